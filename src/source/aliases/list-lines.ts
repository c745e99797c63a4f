/**
 * The text of an :include: or .forward file -> its lines; each is a comma list of its own.
 *
 * A line is cut into pieces of MAX_LIST_LINE_BYTES, and each counts as a line. `#` in the first column begins a
 * comment; so does `#@#` after white space. Text after a NUL is lost. There are no continuation lines.
 * Source: the behaviour of sendmail.
 */
import { isSpace } from '../../core/fold.ts';

/** Bytes of a line that are read as one list: sendmail's MAXLINE without the NUL. */
export const MAX_LIST_LINE_BYTES = 2047;

export interface ListLine {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
}

export function* listLines(text: string): Generator<ListLine> {
  const hasComment = text.includes('#@#');
  let nul = text.indexOf('\0');
  let number = 0;
  let end = 0;
  for (let at = 0; at < text.length; ) {
    // found once per line, not once per piece: a file may be one line
    if (at >= end) end = text.indexOf('\n', at) + 1 || text.length;
    const start = at;
    at = Math.min(end, start + MAX_LIST_LINE_BYTES);
    number++;
    if (nul >= 0 && nul < start) nul = text.indexOf('\0', start);
    const piece = text.slice(start, nul >= 0 && nul < at ? nul : lineEnd(text, start, at));
    const line = hasComment ? withoutComment(piece) : piece;
    if (line !== '' && line[0] !== '#') yield { number, text: line };
  }
}

/** The end of a piece without its line feed, and a carriage return before that. */
function lineEnd(text: string, start: number, end: number): number {
  if (text[end - 1] !== '\n') return end;
  return end - start > 1 && text[end - 2] === '\r' ? end - 2 : end - 1;
}

function withoutComment(line: string): string {
  for (let at = line.indexOf('#@#', 1); at > 0; at = line.indexOf('#@#', at + 1)) {
    const after = line.charCodeAt(at + 3);
    if (isSpace(line.charCodeAt(at - 1)) && (Number.isNaN(after) || isSpace(after))) {
      let end = at;
      while (end > 0 && isSpace(line.charCodeAt(end - 1))) end--;
      return line.slice(0, end);
    }
  }
  return line;
}
