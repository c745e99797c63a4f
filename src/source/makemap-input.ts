/**
 * makemap's input, bytes -> records: `key value` lines, the source files of access, virtusertable, mailertable and
 * others.
 *
 * A record is passed on as ranges of a buffer, never as strings: a million lines take about 100 ms. The buffer is the
 * caller's chunk (or a small one of the parser's, for a line in two chunks) and is valid only during the call.
 * Nothing is folded or copied, and there is no I/O.
 * Limits: memory for one line, for input of any size.
 * Differences: a line that is too long or has a NUL byte is refused as a whole, with sendmail's message, and counts
 * as one line. (sendmail drops 1023 bytes, reads the rest as the next line, may store it, and counts wrongly from
 * there on; a last line without newline is cut at the NUL.)
 * Source: makemap(8) and the behaviour of sendmail 8.17's program.
 */
import { foldCase, isSpace } from '../core/fold.ts';
import type { Problem } from '../core/problem.ts';
import { EX_DATAERR } from '../core/sysexits.ts';

/** sendmail's MAXLINE, which must hold the line, its newline and a NUL. */
const LINE_BUFFER = 1024;
/** Bytes of the longest line that is read, without its newline. */
export const MAX_LINE: number = LINE_BUFFER - 2;
const TOO_LONG = `line too long (${LINE_BUFFER} bytes max)`;

const NEWLINE = 0x0a;
const SPACE = 0x20;

/** makemap's options for reading lines. */
export interface LineRules {
  /**
   * `-t`: the byte that ends a key. Without it white space ends a key, and a line must not start with white space.
   */
  readonly delimiter?: number;
  /** `-D`: a line that starts with this byte is a comment; null: there are no comments; absent: `#`. */
  readonly comment?: number | null;
  /** `-e`: a key without a value gets an empty one. */
  readonly emptyValues?: boolean;
  /** `-f`: messages show keys as they are, not folded. */
  readonly keepCase?: boolean;
}

/** Receives a record: its key and value as half-open ranges of `bytes`, which is valid only during the call. */
export type RecordSink = (
  bytes: Uint8Array,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
  line: number,
) => void;

/** Receives a comment without the character that begins it, as a half-open range of `bytes`, valid only during the call. */
export type CommentSink = (bytes: Uint8Array, start: number, end: number) => void;

/** Reads input chunk by chunk. Records and problems come in line order. */
export class MakemapParser {
  readonly #onRecord: RecordSink;
  readonly #onProblem: (problem: Problem) => void;
  readonly #onComment: CommentSink;
  readonly #delimiter: number | undefined;
  readonly #comment: number | null;
  readonly #emptyValues: boolean;
  readonly #keepCase: boolean;
  /** The unfinished line at the end of the last chunk, with room for a newline. */
  readonly #pending: Uint8Array = new Uint8Array(MAX_LINE + 1);
  /** May exceed the size of `#pending`: then the line is too long, and only its length is kept. */
  #pendingLength = 0;
  #line = 0;

  constructor(
    rules: LineRules,
    onRecord: RecordSink,
    onProblem: (problem: Problem) => void,
    onComment: CommentSink = () => {},
  ) {
    this.#onRecord = onRecord;
    this.#onProblem = onProblem;
    this.#onComment = onComment;
    this.#delimiter = rules.delimiter;
    this.#comment = rules.comment === undefined ? 0x23 : rules.comment;
    this.#emptyValues = rules.emptyValues ?? false;
    this.#keepCase = rules.keepCase ?? false;
  }

  /** Lines read so far. */
  get lines(): number {
    return this.#line;
  }

  push(chunk: Uint8Array): void {
    const last = chunk.lastIndexOf(NEWLINE);
    let start = 0;
    if (this.#pendingLength > 0 && last >= 0) {
      start = chunk.indexOf(NEWLINE) + 1;
      this.#keep(chunk.subarray(0, start - 1));
      this.#finishPending();
    }
    while (start <= last) start = this.#readLine(chunk, start) + 1;
    this.#keep(chunk.subarray(last + 1));
  }

  /** Ends the input; its last line may lack the newline. */
  end(): void {
    if (this.#pendingLength > 0) this.#finishPending();
  }

  #keep(piece: Uint8Array): void {
    const room = MAX_LINE - this.#pendingLength;
    if (room > 0) this.#pending.set(piece.length > room ? piece.subarray(0, room) : piece, this.#pendingLength);
    this.#pendingLength += piece.length;
  }

  #finishPending(): void {
    const length = this.#pendingLength;
    this.#pendingLength = 0;
    if (length <= MAX_LINE) {
      this.#pending[length] = NEWLINE;
      this.#readLine(this.#pending, 0);
    } else {
      this.#line++;
      this.#refuse('MM305', TOO_LONG);
    }
  }

  /** Reads the line at `start`, which has a newline. Returns the offset of the newline. */
  #readLine(bytes: Uint8Array, start: number): number {
    let end = start;
    let hasNul = false;
    // nearly every key ends at its first byte that is not greater than a space, so the end is searched for only once
    if (this.#delimiter === undefined) while (bytes[end]! > SPACE) end++;
    const word = end;
    for (; ; end++) {
      const byte = bytes[end]!;
      if (byte > NEWLINE) continue;
      if (byte === NEWLINE) break;
      if (byte === 0) hasNul = true;
    }
    this.#line++;
    if (end - start > MAX_LINE || hasNul) this.#refuse('MM305', TOO_LONG);
    else if (end > start && bytes[start] !== this.#comment) this.#splitLine(bytes, start, word, end);
    else if (end > start) this.#onComment(bytes, start + 1, end);
    return end;
  }

  /** @param word an offset in the line before which the key does not end */
  #splitLine(bytes: Uint8Array, start: number, word: number, end: number): void {
    const delimiter = this.#delimiter;
    let keyEnd = word;
    let value: number;
    if (delimiter === undefined) {
      while (keyEnd < end && !isSpace(bytes[keyEnd]!)) keyEnd++;
      value = keyEnd;
      while (value < end && isSpace(bytes[value]!)) value++;
    } else {
      while (keyEnd < end && bytes[keyEnd] !== delimiter) keyEnd++;
      value = keyEnd;
      while (value < end && bytes[value] === delimiter) value++;
    }
    if (delimiter === undefined && keyEnd === start) this.#refuse('MM302', 'syntax error (leading space)');
    else if (value < end || this.#emptyValues) this.#onRecord(bytes, start, keyEnd, value, end, this.#line);
    else this.#refuse('MM301', `no RHS for LHS ${this.#shown(bytes.subarray(start, keyEnd))}`);
  }

  #shown(key: Uint8Array): string {
    const text = Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
    return this.#keepCase ? text : foldCase(text);
  }

  #refuse(code: Problem['code'], text: string): void {
    this.#onProblem({ severity: 'error', code, line: this.#line, text, status: EX_DATAERR });
  }
}
