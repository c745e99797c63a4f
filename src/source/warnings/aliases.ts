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
  for (const start of startsOfMarked(buffer)) {
    const line = buffer.toString('latin1', start, lineEnd(buffer, start));
    const found = line.startsWith('#') ? [] : judge(line);
    if (found.length === 0) continue;
    for (; counted < start; counted = lineEnd(buffer, counted) + 1) number++;
    for (const finding of found) findings.push({ line: number, ...finding });
  }
  return findings;
}

const TAB = 0x09;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const HASH = 0x23;
const COMMA = 0x2c;
const COLON = 0x3a;
const BAR = 0x7c;
const INCLUDE: Buffer = Buffer.from(':include:');
/** Signs that may be suspicious, and newlines. */
const IS_SIGN: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number([NEWLINE, HASH, COLON, BAR].includes(byte)),
);

/** The starts of lines that have a comment, a bar or a colon without a name before it, and are not usual. */
function startsOfMarked(buffer: Buffer): number[] {
  const starts: number[] = [];
  let start = 0;
  let isJudged = false;
  for (let i = 0; i < buffer.length; i++) {
    const byte = buffer[i]!;
    if (IS_SIGN[byte] === 0) continue;
    if (byte === NEWLINE) {
      start = i + 1;
      isJudged = false;
    } else if (byte === HASH) {
      if (isBlank(buffer[i - 1]) && starts.at(-1) !== start) starts.push(start);
    } else if (!isJudged && (byte === BAR || i === start || isBeforeColon(buffer[i - 1]!))) {
      isJudged = true;
      if (starts.at(-1) !== start && !isUsual(buffer, start)) starts.push(start);
    }
  }
  return starts;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

/** A byte before a colon that ends no name. */
function isBeforeColon(byte: number): boolean {
  return isBlank(byte) || byte === COMMA || byte === COLON;
}

/**
 * Whether a line without a comment has no finding for a simple reason: its bars stand behind quotes, and its only colons are that
 * of a name and, behind it, those of one `:include:`. In real files a quarter of all lines is like this.
 */
function isUsual(buffer: Buffer, start: number): boolean {
  let names = 0;
  let includes = 0;
  for (let i = start; i < buffer.length && buffer[i] !== NEWLINE; i++) {
    const byte = buffer[i];
    if (byte === BAR && buffer[i - 1] !== QUOTE) return false;
    if (byte !== COLON) continue;
    if (includes > 0) return false;
    if (isInclude(buffer, i)) {
      includes++;
      i += INCLUDE.length - 1;
    } else if (names++ > 0 || i === start || buffer[i - 1]! <= SPACE || buffer[i - 1] === COMMA) return false;
  }
  return true;
}

function isInclude(buffer: Buffer, at: number): boolean {
  for (let i = 0; i < INCLUDE.length; i++) if (buffer[at + i] !== INCLUDE[i]) return false;
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
