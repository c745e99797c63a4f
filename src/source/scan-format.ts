/**
 * The scanf format of an F line (`%s`, `%*s %s`, `%[^\#]`) -> a function that takes the matching text from a line.
 *
 * Limits: a sound format fills exactly one text, `%s` or `%[...]`, with a width, and may skip others by `%*`. `%c`, numbers (`%d`)
 * and formats that fill none or several texts are not sound: their result in sendmail is undefined, or it crashes.
 * Linear in the line, except for formats with several `%*[...]`.
 * Source: scanf of the C library, as sendmail 8.17 uses it.
 */
import type { ByteString } from '../core/bytes.ts';

/** Returns the part of a line that counts, `''` for none. */
export type ScanFormat = (line: ByteString) => ByteString;

/** One piece of a format. */
interface Piece {
  /** The end of its match in the line, from `start`; undefined: no match. */
  readonly end: (line: ByteString, start: number) => number | undefined;
  /** `number`: it takes what counts, but that is no text. */
  readonly takes: 'text' | 'number' | 'nothing';
  /** sendmail does not define what happens. */
  readonly isUnsound?: true;
}

/** `%s`. */
export const FIRST_WORD: ScanFormat = (line) => /[^\t-\r ]+/.exec(line)?.[0] ?? '';

const PIECE = /%(\*?)(\d*)[hlqLjzt]*(?:\[(\^?)(\]?[^\]]*)\]?|([a-zA-Z%]))|[\t-\r ]+|[\s\S]/g;

/** @returns undefined for a format by which sendmail finds nothing */
export function scanFormat(format: ByteString): ScanFormat | undefined {
  if (format === '%s') return FIRST_WORD;
  const pieces = piecesOf(format);
  const takes = pieces.flatMap((piece) => (piece.takes === 'nothing' ? [] : [piece.takes]));
  const isSound = takes.join() === 'text' && !pieces.some(({ isUnsound }) => isUnsound);
  return isSound ? (line) => scan(pieces, line) : undefined;
}

/** The same for any format; one that is not sound takes its first text. */
export function scanAnyFormat(format: ByteString): ScanFormat {
  if (format === '%s') return FIRST_WORD;
  const pieces = piecesOf(format);
  return (line) => scan(pieces, line);
}

function piecesOf(format: ByteString): readonly Piece[] {
  return Array.from(format.matchAll(PIECE), pieceOf);
}

function scan(pieces: readonly Piece[], line: ByteString): ByteString {
  let at = 0;
  for (const { end, takes } of pieces) {
    const next = end(line, at);
    if (next === undefined) return '';
    if (takes !== 'nothing') return takes === 'text' ? line.slice(at, next) : '';
    at = next;
  }
  return '';
}

function pieceOf([whole, star, width, not, set, letter]: RegExpMatchArray): Piece {
  const takes = star === '' ? 'text' : 'nothing';
  const limit = width === undefined || width === '' ? undefined : Number(width);
  if (set !== undefined) return { takes, end: runOf(inSet(set, not === '^'), limit) };
  if (letter === 's') return { takes, end: afterBlanks(runOf((char) => !isBlank(char), limit)) };
  if (letter === 'c') {
    // the other text that it takes with `%c` is not defined
    const end: Piece['end'] = (line, start) => characters(line, start, limit ?? 1);
    return takes === 'text' ? { takes, end, isUnsound: true } : { takes, end };
  }
  if (letter !== undefined && 'dui'.includes(letter)) {
    const end = afterBlanks(runOf((char) => /^[0-9]$/.test(char), limit));
    return { takes: takes === 'text' ? 'number' : takes, end, isUnsound: true };
  }
  if (whole === '%%') return { takes: 'nothing', end: text('%') };
  if (letter !== undefined || whole === '%') return { takes: 'nothing', end: () => undefined, isUnsound: true };
  return { takes: 'nothing', end: isBlank(whole) ? skipBlanks : text(whole) };
}

function isBlank(text: ByteString): boolean {
  return /^[\t-\r ]+$/.test(text);
}

function skipBlanks(line: ByteString, start: number): number {
  let end = start;
  while (end < line.length && isBlank(line[end]!)) end++;
  return end;
}

function afterBlanks(end: Piece['end']): Piece['end'] {
  return (line, start) => end(line, skipBlanks(line, start));
}

function text(wanted: ByteString): Piece['end'] {
  return (line, start) => (line.startsWith(wanted, start) ? start + wanted.length : undefined);
}

function characters(line: ByteString, start: number, count: number): number | undefined {
  return atLeastOne(start, Math.min(line.length, start + count));
}

function runOf(fits: (char: ByteString) => boolean, limit = Number.POSITIVE_INFINITY): Piece['end'] {
  return (line, start) => {
    let end = start;
    while (end < line.length && end - start < limit && fits(line[end]!)) end++;
    return atLeastOne(start, end);
  };
}

function atLeastOne(start: number, end: number): number | undefined {
  return end > start ? end : undefined;
}

/** The characters of `[...]`; `a-m` is a range. */
function inSet(set: ByteString, not: boolean): (char: ByteString) => boolean {
  const members = new Set<ByteString>();
  for (let at = 0; at < set.length; at++) {
    const isRange = set[at + 1] === '-' && set[at + 2] !== undefined && set[at + 2]! >= set[at]!;
    const last = isRange ? set.charCodeAt(at + 2) : set.charCodeAt(at);
    for (let code = set.charCodeAt(at); code <= last; code++) members.add(String.fromCharCode(code));
    if (isRange) at += 2;
  }
  return (char) => members.has(char) !== not;
}
