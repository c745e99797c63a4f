/**
 * The text of a sendmail.cf -> its lines: each with its continuation lines, in sendmail's inner form (symbols.ts), without
 * comments.
 *
 * A line that begins with a blank or tab continues the one before, line break included. From level 3 of the file on, `#` begins
 * a comment anywhere but after `$` and `\`. Carriage returns before line feeds are dropped.
 */
import type { ByteString } from '../../core/bytes.ts';
import { isSpace } from '../../core/fold.ts';
import type { Macros } from '../macros.ts';
import { MACRO, QUOTED } from '../symbols.ts';

/** A line with its continuation lines. */
export interface CfLine {
  readonly text: ByteString;
  /** The number of its first line, and the number of lines that are read at its end. */
  readonly line: number;
  readonly lastLine: number;
}

/** Joins continued lines. */
export function* cfLines(text: ByteString): Generator<CfLine> {
  let start = 0;
  let read = 0;
  while (start < text.length) {
    const line = read + 1;
    let end = start;
    for (;;) {
      const newline = text.indexOf('\n', end);
      if (newline < 0) {
        end = text.length;
        break;
      }
      read++;
      end = newline + 1;
      if (text[end] !== ' ' && text[end] !== '\t') break;
    }
    const whole = text.slice(start, end).replaceAll('\r\n', '\n');
    const zero = whole.indexOf('\0');
    const kept = zero < 0 ? whole : whole.slice(0, zero);
    yield { text: kept.endsWith('\n') ? kept.slice(0, -1) : kept, line, lastLine: read };
    start = end;
  }
}

/** Removes comments and inserts symbols. @param level of the file so far */
export function translate(line: ByteString, macros: Macros, level: number): ByteString {
  const text = quoteSymbols(line);
  let out = '';
  let end = false;
  for (let i = 0; i < text.length && !end; i++) {
    const character = text[i]!;
    if (character === '#' && i > 0 && level >= 3) {
      const before = out.at(-1);
      if (before === MACRO) out += '#';
      else if (before === '\\') out = `${out.slice(0, -1)}#`;
      else {
        out = withoutBlanks(out);
        const newline = text.indexOf('\n', i);
        if (newline < 0) break;
        i = newline - 1;
      }
      continue;
    }
    if (character !== '$' || i + 1 >= text.length) {
      out += character;
      continue;
    }
    if (text[i + 1] === '$') {
      out += '$';
      i++;
      continue;
    }
    out += MACRO;
    i++;
    if ('=~&?'.includes(text[i]!)) out += text[i++]!;
    const name = macros.parseName(text, i);
    // an invalid name ends the line; after one that is too long, names are still read
    out += String.fromCharCode(name.id);
    end = name.id === 0 && name.next === i;
    i = name.next - 1;
  }
  const zero = out.indexOf('\0');
  return withoutSpace(zero < 0 ? out : out.slice(0, zero));
}

/** Removes white space, but not line breaks, at the end; the first character stays. */
function withoutBlanks(text: ByteString): ByteString {
  let end = text.length;
  while (end > 1 && text[end - 1] !== '\n' && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

function withoutSpace(text: ByteString): ByteString {
  let end = text.length;
  while (end > 1 && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

/** Bytes that would be taken for symbols. */
function quoteSymbols(text: ByteString): ByteString {
  return /[\x80-\x9f\xff]/.test(text) ? text.replace(/[\x80-\x9f\xff]/g, `${QUOTED}$&`) : text;
}
