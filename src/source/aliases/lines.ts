/**
 * The text of an aliases file -> its logical lines. A backslash before a newline, or an indented next line, continues
 * a line.
 *
 * Limits: sendmail reads C strings into a buffer of 8192 bytes. A logical line holds up to 8190 bytes (8191 at the
 * end of a file without a final newline). A NUL byte hides the rest of its physical line with the newline, so the
 * line counts as too long, unless it is the last one or is continued. After a line that is too long, its rest and all
 * continuations are skipped; skipped lines do not count in later line numbers.
 * Differences: if the buffer is full and the next byte is a blank, sendmail never ends; here the line is too long.
 * Source: newaliases of sendmail 8.17.
 */
import type { ByteString } from '../../core/bytes.ts';

/** Bytes of sendmail's line buffer (BUFSIZ), with the final NUL. */
const BUFFER_SIZE = 8192;

/** A logical line without its newline. */
export interface LogicalLine {
  readonly text: ByteString;
  /** Numbers of its first and its last physical line, as sendmail counts. */
  readonly first: number;
  readonly last: number;
  /** The buffer was full, or a NUL hid the newline. sendmail drops such a line. */
  readonly tooLong: boolean;
  /** Offset in `text` of each indented continuation, with its blanks. */
  readonly indents: readonly number[];
  /** Bytes after a NUL were dropped, but the line is used. */
  readonly cutAtNul: boolean;
  /** Number of whole physical lines that were skipped after a line that is too long. */
  readonly passedOver: number;
}

const NO_INDENTS: readonly number[] = [];
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

/** Reads the logical lines of a text, also comments and empty lines. */
export class LineReader {
  readonly #text: Buffer;
  #position = 0;
  #line = 0;
  /** The next NUL at or after the position; the length of the text if there is none. */
  #nul: number;

  constructor(text: Buffer) {
    this.#text = text;
    this.#nul = this.#find(0);
  }

  #find(byte: number): number {
    const found = this.#text.indexOf(byte, this.#position);
    return found < 0 ? this.#text.length : found;
  }

  get position(): number {
    return this.#position;
  }

  /** Physical lines before the position, as sendmail counts. */
  get line(): number {
    return this.#line;
  }

  /** Continues after lines that another reader has read; they held no NUL. */
  skipTo(position: number, line: number): void {
    this.#position = position;
    this.#line = line;
  }

  next(): LogicalLine | undefined {
    if (this.#position >= this.#text.length) return undefined;
    return this.#plainLine() ?? this.#joinedLine();
  }

  /** Nearly all lines: they end in a newline, are short, have no NUL, and are not continued. */
  #plainLine(): LogicalLine | undefined {
    const text = this.#text;
    const start = this.#position;
    const end = text.indexOf(NEWLINE, start);
    if (end < 0 || end > this.#nul || end - start > BUFFER_SIZE - 2) return undefined;
    if (isBlank(text[end + 1]) || (end > start && text[end - 1] === BACKSLASH)) return undefined;
    this.#position = end + 1;
    const line = ++this.#line;
    return {
      text: text.toString('latin1', start, end),
      first: line,
      last: line,
      tooLong: false,
      indents: NO_INDENTS,
      cutAtNul: false,
      passedOver: 0,
    };
  }

  /** The general case: physical lines are appended to the buffer as long as they continue. */
  #joinedLine(): LogicalLine {
    const first = this.#line + 1;
    const indents: number[] = [];
    let joined = '';
    let cutAtNul = false;
    for (;;) {
      const room = BUFFER_SIZE - 1 - joined.length;
      if (room === 0 || this.#position >= this.#text.length) break;
      const piece = this.#fill(room);
      cutAtNul ||= piece.cut;
      const { bytes } = piece;
      if (piece.ended && (bytes === '' ? joined : bytes).endsWith('\\')) {
        // Cutting the piece and not the joined text keeps many short lines linear; the joined text is cut only for an
        // empty line.
        joined = bytes === '' ? joined.slice(0, -1) : joined + bytes.slice(0, -1);
        continue;
      }
      joined += bytes;
      if (!isBlank(this.#text[this.#position])) {
        const tooLong = !piece.ended && this.#position < this.#text.length;
        return this.#finish({ text: joined, first, tooLong, indents, cutAtNul });
      }
      indents.push(joined.length);
    }
    const tooLong = this.#position < this.#text.length;
    return this.#finish({ text: joined, first, tooLong, indents, cutAtNul });
  }

  #finish(line: Omit<LogicalLine, 'last' | 'passedOver'>): LogicalLine {
    const last = this.#line;
    return { ...line, last, passedOver: line.tooLong ? this.#passOver() : 0 };
  }

  /** Reads up to a newline, at most `room` bytes with it, and cuts at a NUL. `ended`: the newline was read. */
  #fill(room: number): { bytes: ByteString; ended: boolean; cut: boolean } {
    const start = this.#position;
    const limit = Math.min(start + room, this.#text.length);
    const newline = this.#text.indexOf(NEWLINE, start);
    const found = newline >= 0 && newline < limit;
    this.#position = found ? newline + 1 : limit;
    this.#line++;
    const cut = this.#nul < this.#position;
    const bytes = this.#text.toString('latin1', start, cut ? this.#nul : found ? newline : limit);
    if (cut) this.#nul = this.#find(0);
    return { bytes, ended: found && !cut, cut };
  }

  /** Skips the rest of a line that is too long, and its continuations. Returns the number of whole lines skipped. */
  #passOver(): number {
    const text = this.#text;
    let atLineStart = text[this.#position - 1] === NEWLINE;
    let wholeLines = 0;
    // sendmail remembers the last byte of a line while the next one is empty.
    let lastByte = 0;
    for (;;) {
      const start = this.#position;
      const newline = text.indexOf(NEWLINE, start);
      if (atLineStart && start < text.length) wholeLines++;
      atLineStart = true;
      this.#position = newline < 0 ? text.length : newline + 1;
      if (newline < 0) break;
      if (newline > start) lastByte = text[newline - 1]!;
      if (lastByte !== BACKSLASH && !isBlank(text[this.#position])) break;
    }
    if (this.#nul < this.#position) this.#nul = this.#find(0);
    return wholeLines;
  }
}
