/**
 * An aliases file, or a list of addresses -> findings: invisible characters, comments after addresses, programs
 * without quotes, directives of other mail servers.
 *
 * Works line by line, also for an entry on several lines. Only lines with a suspicious sign are parsed, so a large
 * file takes little time.
 * Source: sendmail 8.17's reading of addresses.
 */
import type { ByteString } from '../../core/bytes.ts';
import { trimBytes } from '../../core/fold.ts';
import { textFindings } from './characters.ts';
import type { Finding, PlacedFinding } from './finding.ts';

/** A comment after other text; the sign starts a word. */
const COMMENT = /[ \t]#/;
/** A comment in a list. */
const LIST_COMMENT = /[\t-\r ]#@#(?:[\t-\r ].*)?$/s;
/** A program with an argument, without quotes, at the start of an address. */
const BARE_PROGRAM = /^\|[^\t-\r ,"]+[ \t]+[^\t-\r ,#]/;
/** Directives of Exim and of Postfix; sendmail knows only `:include:`. */
const DIRECTIVE = /^(?::(?:blackhole|defer|fail|unknown|include(?=[\t-\r ]|$))|:(?!include:)[a-z]{5,9}:)/i;

/** An aliases file: `name: addresses`. */
export function aliasFindings(bytes: Uint8Array): PlacedFinding[] {
  return inOrder(bytes, true, (line) => {
    const colon = /^[ \t]/.test(line) ? -1 : line.indexOf(':');
    return addressFindings(line.slice(colon + 1));
  });
}

/** A list (`:include:`, .forward): addresses. sendmail removes a carriage return at the end of a line there. */
export function listFindings(text: ByteString): PlacedFinding[] {
  return inOrder(Buffer.from(text, 'latin1'), false, (line) => addressFindings(line.replace(LIST_COMMENT, '')));
}

function inOrder(bytes: Uint8Array, keepsReturn: boolean, judge: (line: ByteString) => Finding[]): PlacedFinding[] {
  const characters = textFindings(bytes, keepsReturn);
  if (characters[0]?.code === 'MM310') return characters;
  return [...characters, ...marked(bytes, judge)].sort((a, b) => a.line - b.line);
}

/** The findings in lines with a suspicious sign. */
function marked(bytes: Uint8Array, judge: (line: ByteString) => Finding[]): PlacedFinding[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const findings: PlacedFinding[] = [];
  let counted = 0;
  let number = 1;
  for (const start of [...startsOfMarked(buffer)].sort((a, b) => a - b)) {
    const line = buffer.toString('latin1', start, lineEnd(buffer, start));
    const found = line.startsWith('#') ? [] : judge(line);
    if (found.length === 0) continue;
    for (; counted < start; counted = lineEnd(buffer, counted) + 1) number++;
    for (const finding of found) findings.push({ line: number, ...finding });
  }
  return findings;
}

const SIGNS = [' #', '\t#', '|', '\n:', ' :', '\t:', ',:', '::'];
const NEWLINE = 0x0a;
const QUOTE = 0x22;
const COLON = 0x3a;
const BAR = 0x7c;
const COMMA = 0x2c;
const SPACE = 0x20;
const INCLUDE = ':include:';

function startsOfMarked(buffer: Buffer): Set<number> {
  const starts = new Set<number>(buffer[0] === COLON ? [0] : []);
  for (const sign of SIGNS) {
    for (let at = buffer.indexOf(sign), end = 0; at >= 0; at = buffer.indexOf(sign, end)) {
      const last = at + sign.length - 1;
      const start = buffer.lastIndexOf(NEWLINE, last) + 1;
      end = lineEnd(buffer, last);
      if (sign.endsWith('#') || !isUsual(buffer.subarray(start, end))) starts.add(start);
    }
  }
  return starts;
}

/**
 * Whether a line without a comment has no finding for a simple reason: its bars stand behind quotes, and its only colons are that
 * of a name and those of `:include:`. In real files a quarter of all lines is like this.
 */
function isUsual(line: Buffer): boolean {
  const first = line.indexOf(COLON);
  const before = line[first - 1] ?? 0;
  const include = line.indexOf(INCLUDE);
  if (first >= 0 && first !== include && (before <= SPACE || before === COMMA)) return false;
  const second = first < 0 ? -1 : line.indexOf(COLON, first + 1);
  if (include < 0 ? second >= 0 : first !== include && second !== include) return false;
  if (include >= 0 && line.indexOf(COLON, include + INCLUDE.length) >= 0) return false;
  for (let bar = line.indexOf(BAR); bar >= 0; bar = line.indexOf(BAR, bar + 1)) {
    if (line[bar - 1] !== QUOTE) return false;
  }
  return true;
}

function lineEnd(buffer: Buffer, from: number): number {
  const end = buffer.indexOf(NEWLINE, from);
  return end < 0 ? buffer.length : end;
}

function addressFindings(text: ByteString): Finding[] {
  if (!/[#|:]/.test(text)) return [];
  const plain = withoutQuoted(text);
  const findings: Finding[] = [];
  if (COMMENT.test(plain)) {
    const comment = text.slice(COMMENT.exec(plain)!.index + 1);
    findings.push({
      code: 'MM408',
      about: comment,
      text: `"${trimBytes(comment)}" is part of an address, and no comment`,
    });
  }
  for (const address of plain.split(',').map(trimBytes)) findings.push(...oneFinding(address));
  return findings;
}

/** Replaces quoted strings and comments in parentheses by `"`, in the same length. */
function withoutQuoted(text: ByteString): ByteString {
  let plain = '';
  let until = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    const isQuoted = until !== '';
    if (char === '\\') plain += isQuoted ? '""' : text.slice(i, ++i + 1);
    else if (!isQuoted && char !== '"' && char !== '(') plain += char;
    else plain += '"';
    if (char === '\\' && isQuoted) i++;
    else if (char === until) until = '';
    else if (!isQuoted && char === '"') until = '"';
    else if (!isQuoted && char === '(') until = ')';
  }
  return plain;
}

function oneFinding(address: ByteString): Finding[] {
  if (BARE_PROGRAM.test(address)) {
    return [
      {
        code: 'MM409',
        about: address,
        instead: `"${address}"`,
        text: `the blanks of ${address} become other characters; write "${address}"`,
      },
    ];
  }
  const [directive] = DIRECTIVE.exec(address) ?? [];
  return directive === undefined
    ? []
    : [
        {
          code: 'MM418',
          about: directive,
          text: `${directive} is no directive of sendmail, so it is taken for a name`,
        },
      ];
}
