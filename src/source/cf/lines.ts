/**
 * The text of a sendmail.cf -> its lines; the only reader of lines. A line that begins with a blank or tab continues the line
 * before, with the line break kept; this holds also after an empty line or a comment. CR before a line break, and text after a
 * NUL, are dropped. Blanks at the end are removed. A backslash at the end of a line continues nothing.
 *
 * From level 3 of the file on (`V3`), `#` begins a comment anywhere, also in quotes, unless `\` (which is removed) or
 * a `$` that belongs to it stands before it. A comment ends at the line break, not at the end of the logical line.
 *
 * Source: sendmail's "Installation and Operation Guide", chapter 5, and the behaviour of sendmail 8.17. Pure, linear;
 * never fails.
 */
import type { ByteString } from '../../core/bytes.ts';
import { isSpace } from '../../core/fold.ts';
import { toInner, written } from './inner-form.ts';
import { MacroNames } from './macro-names.ts';

/** The level from which comments within lines count. */
const COMMENT_LEVEL = 3;

/** A line with its continuation lines, as written. */
export interface CfLine {
  readonly text: ByteString;
  /** The number of its first line, and the number of lines that are read at its end. */
  readonly line: number;
  readonly lastLine: number;
}

/** Joins lines with their continuations. `#` has no meaning yet, so a comment is continued as well. */
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
    const whole = upToNul(text.slice(start, end).replaceAll('\r\n', '\n'));
    yield { text: whole.endsWith('\n') ? whole.slice(0, -1) : whole, line, lastLine: read };
    start = end;
  }
}

/** A line in the inner form, without comments. @param level of the file so far */
export function readLine(text: ByteString, names: MacroNames, level: number): ByteString {
  return withoutSpace(upToNul(toInner(text, names, level >= COMMENT_LEVEL)));
}

/** The level that a `V` line sets, without its letter; undefined: it is invalid. */
export function levelOf(text: ByteString): number | undefined {
  const digits = /^[ \t\n\v\f\r]*([0-9]+)/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function upToNul(text: ByteString): ByteString {
  const zero = text.indexOf('\0');
  return zero < 0 ? text : text.slice(0, zero);
}

/** Removes white space at the end; the first character stays. */
function withoutSpace(text: ByteString): ByteString {
  let end = text.length;
  while (end > 1 && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

/** A line without comments; macros are as a file has them. */
export interface ConfigurationLine {
  /** Begins with the letter of its kind. */
  readonly text: ByteString;
  /** The number of its first physical line, from 1. */
  readonly line: number;
}

/** The lines of a file, in order. Comment lines and empty lines are left out. */
export function* configurationLines(text: ByteString): Generator<ConfigurationLine> {
  const names = new MacroNames(() => undefined);
  let level = 0;
  for (const { text: given, line } of cfLines(text)) {
    if (given === '' || given.startsWith('#')) continue;
    const inner = readLine(given, names, level);
    yield { text: written(inner, names), line };
    if (inner.startsWith('V')) level = levelOf(inner.slice(1)) ?? level;
  }
}
