/**
 * A line and a scanf format with one conversion -> the text that it takes: `%s`, `%*s %s`, `%[^\n]`, `%2s`.
 */
import type { ByteString } from '../../core/bytes.ts';
import { isSpace } from '../../core/fold.ts';

/** The text of the one conversion that is kept; undefined: the line does not fit. */
export function scanLine(line: ByteString, format: ByteString): ByteString | undefined {
  let at = 0;
  let kept: ByteString | undefined;
  for (let i = 0; i < format.length; i++) {
    const character = format[i]!;
    if (isSpace(character.charCodeAt(0))) {
      at = skipSpace(line, at);
      continue;
    }
    if (character !== '%' || format[i + 1] === '%') {
      if (character === '%') i++;
      if (line[at] !== format[i]) return kept;
      at++;
      continue;
    }
    const conversion = conversionAt(format, i + 1);
    if (conversion === undefined) return kept;
    if (conversion.skipsSpace) at = skipSpace(line, at);
    let end = at;
    while (end < line.length && end - at < conversion.width && conversion.takes(line.charCodeAt(end))) end++;
    if (end === at) return kept;
    if (conversion.isKept) kept ??= conversion.isText ? line.slice(at, end) : '';
    at = end;
    i = conversion.end - 1;
  }
  return kept;
}

interface Conversion {
  readonly isKept: boolean;
  readonly isText: boolean;
  readonly width: number;
  readonly skipsSpace: boolean;
  readonly end: number;
  takes(byte: number): boolean;
}

/** The conversions of the last format: all lines of a file are read with the same one. */
let known: { readonly format: ByteString; readonly conversions: Map<number, Conversion | undefined> } | undefined;

function conversionAt(format: ByteString, start: number): Conversion | undefined {
  if (known?.format !== format) known = { format, conversions: new Map() };
  const { conversions } = known;
  if (!conversions.has(start)) conversions.set(start, parseConversion(format, start));
  return conversions.get(start);
}

function parseConversion(format: ByteString, start: number): Conversion | undefined {
  const [whole, star, digits = ''] = /^(\*?)([0-9]*)[hlqLjzt]*/.exec(format.slice(start))!;
  const at = start + whole.length;
  const letter = format[at];
  const common = { isKept: star === '', isText: true, end: at + 1 };
  const width = digits === '' ? Infinity : Number(digits);
  if (letter === 's') return { ...common, width, skipsSpace: true, takes: (byte) => !isSpace(byte) };
  if (letter === 'c') return { ...common, width: digits === '' ? 1 : width, skipsSpace: false, takes: () => true };
  if (letter === 'd' || letter === 'u' || letter === 'i')
    return { ...common, isText: false, width, skipsSpace: true, takes: (byte) => byte >= 0x30 && byte <= 0x39 };
  if (letter !== '[') return undefined;
  const set = parseSet(format, at + 1);
  return { ...common, width, skipsSpace: false, takes: set.takes, end: set.end };
}

function parseSet(format: ByteString, start: number): { takes(byte: number): boolean; end: number } {
  let at = start;
  const isInverted = format[at] === '^';
  if (isInverted) at++;
  const members = new Set<number>();
  for (let isFirst = true; at < format.length && (isFirst || format[at] !== ']'); isFirst = false) {
    const from = format.charCodeAt(at);
    if (format[at + 1] === '-' && at + 2 < format.length && format[at + 2] !== ']') {
      for (let byte = from; byte <= format.charCodeAt(at + 2); byte++) members.add(byte);
      at += 3;
    } else {
      members.add(from);
      at++;
    }
  }
  return { takes: (byte) => members.has(byte) !== isInverted, end: at + 1 };
}

function skipSpace(line: ByteString, start: number): number {
  let at = start;
  while (at < line.length && isSpace(line.charCodeAt(at))) at++;
  return at;
}
