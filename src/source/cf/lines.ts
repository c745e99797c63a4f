/**
 * The text of a sendmail.cf -> its logical lines; the only reader of lines. A line that begins with a blank or tab
 * continues the line before, with the line break kept; this holds also after an empty line or a comment. CR before a
 * line break, and text after a NUL, are dropped. Comments and blanks at the end are removed. A backslash at the end
 * of a line continues nothing.
 *
 * From level 3 of the file on (`V3`), `#` begins a comment anywhere, also in quotes, unless `\` (which is removed) or
 * a `$` that belongs to it stands before it. A comment ends at the line break, not at the end of the logical line.
 *
 * Source: sendmail's "Installation and Operation Guide", chapter 5, and the behaviour of sendmail 8.17. Pure, linear;
 * never fails.
 */
import type { ByteString } from '../../core/bytes.ts';
import { isSpace, trimEndBytes } from '../../core/fold.ts';

/** The configuration level from which comments within lines count. */
const COMMENT_LEVEL = 3;

/** A line with its continuations and without comments. Comment lines and empty lines are left out. */
export interface ConfigurationLine {
  /** Begins with the letter of its kind. `$` and macros are as written. */
  readonly text: ByteString;
  /** The number of its first physical line, from 1. */
  readonly line: number;
  /** The level of the last `V` line before it; 0 without one. */
  readonly level: number;
}

/** The logical lines of a file, in order. */
export function* configurationLines(text: ByteString): Generator<ConfigurationLine> {
  let level = 0;
  for (const { text: folded, line } of foldedLines(text)) {
    if (folded === '' || folded.startsWith('#')) continue;
    const content = trimLine(level >= COMMENT_LEVEL ? stripComments(folded) : folded);
    yield { text: content, line, level };
    if (content.startsWith('V')) level = Number.parseInt(content.slice(1), 10) || 0;
  }
}

/** Joins lines with their continuations. `#` has no meaning yet, so a comment is continued as well. */
function* foldedLines(text: ByteString): Generator<{ readonly text: ByteString; readonly line: number }> {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  let parts: ByteString[] = [];
  for (const [index, raw] of lines.entries()) {
    if (index > 0 && raw[0] !== ' ' && raw[0] !== '\t') {
      yield { text: upToNul(parts.join('\n')), line: index - parts.length + 1 };
      parts = [];
    }
    parts.push(raw.endsWith('\r') ? raw.slice(0, -1) : raw);
  }
  if (parts.length > 0) yield { text: upToNul(parts.join('\n')), line: lines.length - parts.length + 1 };
}

function upToNul(text: ByteString): ByteString {
  return text.split('\0', 1)[0]!;
}

/** Keeps the first character, even a blank. */
function trimLine(text: ByteString): ByteString {
  return withoutDollar(text.slice(0, 1) + trimEndBytes(text.slice(1)), text);
}

/** A `$` before removed blanks was the macro with that name, so it is removed, too. */
function withoutDollar(trimmed: ByteString, text: ByteString): ByteString {
  if (trimmed.length === text.length || !trimmed.endsWith('$')) return trimmed;
  let dollars = 1;
  while (trimmed[trimmed.length - 1 - dollars] === '$') dollars++;
  return dollars % 2 === 1 ? trimmed.slice(0, -1) : trimmed;
}

/** A macro, whose content is no comment; an escaped `#`; a comment up to the line break. */
const MARKS = /\$\$|\$[=~&?]?(?:\{[^}]*\}?|[^\\]|\\(?!#))|\\#|#[^\n]*/g;

/** Removes comments from a logical line, with the blanks before them. `\#` becomes `#`. */
function stripComments(text: ByteString): ByteString {
  if (!text.includes('#')) return text;
  let kept = '';
  let end = 0;
  for (const { 0: mark, index } of text.matchAll(MARKS)) {
    if (mark !== '\\#' && mark[0] !== '#') continue;
    const before = text.slice(end, index);
    kept += mark === '\\#' ? `${before}#` : trimBlanks(before);
    end = index + mark.length;
  }
  return kept + text.slice(end);
}

/** Removes blanks at the end, up to a line break. */
function trimBlanks(text: ByteString): ByteString {
  let end = text.length;
  while (end > 0 && text[end - 1] !== '\n' && isSpace(text.charCodeAt(end - 1))) end--;
  return withoutDollar(text.slice(0, end), text);
}
