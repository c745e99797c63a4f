/**
 * The text of a sendmail.cf -> its logical lines, the one reader of them: a line that begins with a blank or tab continues
 * the one before, line break kept, an empty line or comment too; CR before a line break and what follows a NUL are
 * dropped; comments and blanks at the end are taken off. A backslash at the end of a line continues nothing.
 *
 * From level 3 of the file on (`V3`) `#` begins a comment wherever it stands, quotes or not, unless `\` (which goes) or a
 * `$` that belongs to it stands before it. A comment ends at the line break, and not at the end of the logical line.
 *
 * Source: sendmail's "Installation and Operation Guide", chapter 5, and the behaviour of sendmail 8.17. Pure, linear;
 * never fails.
 */
import type { ByteString } from '../../core/bytes.ts';
import { isSpace, trimEndBytes } from '../../core/fold.ts';

/** Comments within lines count from this configuration level on. */
const COMMENT_LEVEL = 3;

/** A line with what continues it, and without comments. Comment lines and empty ones are left out. */
export interface ConfigurationLine {
  /** Begins with the letter that says what it is. `$` and its macros are as written. */
  readonly text: ByteString;
  /** The number of its first physical line, from 1. */
  readonly line: number;
  /** Of the last `V` line before it; 0 without one. */
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

/** Lines joined with those that continue them; `#` does not count yet, so a comment is continued as well. */
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

/** The first character is kept, be it a blank. */
function trimLine(text: ByteString): ByteString {
  return withoutDollar(text.slice(0, 1) + trimEndBytes(text.slice(1)), text);
}

/** A `$` before the blanks that were taken off was the macro of that name: it goes too. */
function withoutDollar(trimmed: ByteString, text: ByteString): ByteString {
  if (trimmed.length === text.length || !trimmed.endsWith('$')) return trimmed;
  let dollars = 1;
  while (trimmed[trimmed.length - 1 - dollars] === '$') dollars++;
  return dollars % 2 === 1 ? trimmed.slice(0, -1) : trimmed;
}

/** A macro, which keeps what it holds from being a comment; an escaped `#`; a comment up to the line break. */
const MARKS = /\$\$|\$[=~&?]?(?:\{[^}]*\}?|[^\\]|\\(?!#))|\\#|#[^\n]*/g;

/** Takes comments off a logical line, with the blanks before them; `\#` becomes `#`. */
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

/** Without blanks at the end, up to a line break. */
function trimBlanks(text: ByteString): ByteString {
  let end = text.length;
  while (end > 0 && text[end - 1] !== '\n' && isSpace(text.charCodeAt(end - 1))) end--;
  return withoutDollar(text.slice(0, end), text);
}
