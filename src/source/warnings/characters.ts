/**
 * Text -> findings about characters that are invisible or look like others. Text is bytes, mostly UTF-8: a byte order
 * mark, blanks that sendmail does not treat as such, full-width signs, carriage returns, UTF-16.
 *
 * Comment lines are skipped. Each kind of finding is reported once per line. A carriage return is reported only in the first
 * line that has one, with the number of such lines. Linear in the text.
 */
import { isAscii } from 'node:buffer';
import type { ByteString } from '../../core/bytes.ts';
import type { Finding, PlacedFinding } from './finding.ts';

/** Bytes of the longest character here. */
const LONGEST_SIGN = 3;
const RETURN = 0x0d;
const NUL = 0;

/** Blanks, and characters without width: in UTF-8, and as the lone byte A0 of Latin-1. */
const INVISIBLE: ReadonlyMap<ByteString, string> = new Map([
  ['\xef\xbb\xbf', 'a byte order mark'],
  ['\xc2\xa0', 'a no-break space'],
  ['\xc2\xad', 'a soft hyphen'],
  ['\xe1\x9a\x80', 'a foreign space (U+1680)'],
  ...range(0x80, 0x8a).map((byte): [ByteString, string] => [`\xe2\x80${byte}`, 'a foreign space (U+2000 to U+200A)']),
  ...range(0x8b, 0x8f).map((byte): [ByteString, string] => [`\xe2\x80${byte}`, 'a character without width']),
  ['\xe2\x80\xa8', 'a foreign line end (U+2028)'],
  ['\xe2\x80\xa9', 'a foreign line end (U+2029)'],
  ['\xe2\x80\xaf', 'a narrow no-break space'],
  ['\xe2\x81\x9f', 'a foreign space (U+205F)'],
  ['\xe2\x81\xa0', 'a character without width'],
  ['\xe3\x80\x80', 'an ideographic space'],
]);
const INVISIBLE_BYTES =
  /\xef\xbb\xbf|\xc2[\xa0\xad]|\xe1\x9a\x80|\xe2\x80[\x80-\x8f\xa8\xa9\xaf]|\xe2\x81[\x9f\xa0]|\xe3\x80\x80/;
const LATIN_1_SPACE = /(?:^|[\x00-\x7f])\xa0(?:[\x00-\x7f]|$)/;

/** Full-width ASCII (U+FF01 to U+FF5E), the ideographic full stop, typographic quotes and dashes. */
const LOOK_ALIKE = /\xef\xbc[\x81-\xbf]|\xef\xbd[\x80-\x9e]|\xe3\x80\x82|\xe2\x80[\x90-\x95\x98-\x9f]/;

function range(first: number, last: number): ByteString[] {
  return Array.from({ length: last - first + 1 }, (_, i) => String.fromCharCode(first + i));
}

/** True if a piece of text may have a finding; a very cheap test. */
export function isSuspect(bytes: Uint8Array): boolean {
  return !isAscii(bytes) || bytes.includes(RETURN) || bytes.includes(NUL);
}

/** Findings about the characters of a line, key or value. */
export function characterFindings(text: ByteString): Finding[] {
  const findings: Finding[] = [];
  const invisible = INVISIBLE_BYTES.exec(text)?.[0] ?? (LATIN_1_SPACE.test(text) ? '\xc2\xa0' : undefined);
  if (invisible !== undefined) {
    findings.push({ code: 'MM308', about: invisible, text: `${INVISIBLE.get(invisible)} is taken for a letter` });
  }
  const [alike] = LOOK_ALIKE.exec(text) ?? [];
  if (alike !== undefined)
    findings.push({
      code: 'MM309',
      about: alike,
      text: `${alike} is taken for a letter, not for a character of ASCII`,
    });
  return findings;
}

/** Findings about the characters at both ends of a value, which may hold any others in between. */
export function edgeFindings(text: ByteString): Finding[] {
  const edges = [text.slice(0, LONGEST_SIGN), text.slice(-LONGEST_SIGN)];
  const [found] = edges.flatMap(characterFindings).filter(({ code }) => code === 'MM308');
  return found === undefined ? [] : [found];
}

/** Bytes at the start of a text that show whether it is UTF-16. */
export const UTF16_BYTES = 6;

/** Finds a text that begins as UTF-16: with its mark, or with ASCII characters of two bytes each. */
export function utf16Finding(text: Uint8Array): PlacedFinding | undefined {
  const start = Buffer.from(text.subarray(0, UTF16_BYTES)).toString('latin1');
  if (!/^(?:\xff\xfe|\xfe\xff|(?:[\t-~]\0){3}|(?:\0[\t-~]){3})/.test(start)) return undefined;
  return {
    line: 1,
    code: 'MM310',
    text: 'the file is in UTF-16, which sendmail reads as other characters; write it in UTF-8',
  };
}

export function returnFinding(line: number, lines: number): PlacedFinding {
  const others = lines === 1 ? '' : ` and ${lines - 1} more`;
  return { line, code: 'MM304', text: `a carriage return ends the line${others}, and stays in the text` };
}

/** All findings in a text whose lines are entries or comments (`#`). */
export function textFindings(bytes: Uint8Array, keepsReturn = true): PlacedFinding[] {
  if (!isSuspect(bytes)) return [];
  const utf16 = utf16Finding(bytes);
  if (utf16 !== undefined) return [utf16];
  const findings: PlacedFinding[] = [];
  const returns = { first: 0, lines: 0 };
  for (const [i, text] of Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString('latin1')
    .split('\n')
    .entries()) {
    if (text.startsWith('#')) continue;
    const line = i + 1;
    for (const finding of characterFindings(text)) findings.push({ line, ...finding });
    if (!text.endsWith('\r') || text.length === 1) continue;
    returns.first ||= line;
    returns.lines++;
  }
  if (keepsReturn && returns.lines > 0) findings.push(returnFinding(returns.first, returns.lines));
  return findings.sort((a, b) => a.line - b.line);
}
