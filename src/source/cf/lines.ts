/**
 * The text of a sendmail.cf -> its lines: indented lines continue the one before, as does what follows a backslash at the
 * end; `#` begins a comment unless it is `\#` or `$#`, which counts from level 3 of the file on (`V3`).
 *
 * Defined by sendmail's "Installation and Operation Guide", chapter 5, and the behaviour of sendmail 8.17. Pure, linear.
 */
import type { ByteString } from '../../core/bytes.ts';
import { trimEndBytes } from '../../core/fold.ts';

/** Comments within lines count from this configuration level on. */
export const COMMENT_LEVEL = 3;

/** A line with what continues it. */
export interface ConfigurationLine {
  readonly text: ByteString;
  /** The number of its first physical line. */
  readonly line: number;
}

/** Joins indented lines to the one before (newline kept) and lines that end in a backslash (both gone). */
export function* configurationLines(text: ByteString): Generator<ConfigurationLine> {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  let parts: ByteString[] = [];
  let first = 1;
  let escaped = false;
  for (const [index, raw] of lines.entries()) {
    const bytes = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    const continues = escaped || bytes.startsWith(' ') || bytes.startsWith('\t');
    if (index > 0 && !continues) {
      yield { text: parts.join(''), line: first };
      parts = [];
      first = index + 1;
    } else if (index > 0 && !escaped) {
      parts.push('\n');
    }
    escaped = bytes.endsWith('\\');
    parts.push(escaped ? bytes.slice(0, -1) : bytes);
  }
  if (parts.length > 0) yield { text: parts.join(''), line: first };
}

/** Takes comments off a line, with the blanks before them. */
export function stripComments(text: ByteString): ByteString {
  return text.includes('#') ? text.split('\n').map(stripComment).join('\n') : text;
}

function stripComment(text: ByteString): ByteString {
  let kept = '';
  let start = 0;
  for (let hash = text.indexOf('#'); hash >= 0; hash = text.indexOf('#', hash + 1)) {
    const before = text[hash - 1];
    if (before === '\\') {
      kept += text.slice(start, hash - 1);
      start = hash;
    } else if (before !== '$') {
      return trimEndBytes(kept + text.slice(start, hash));
    }
  }
  return kept + text.slice(start);
}
