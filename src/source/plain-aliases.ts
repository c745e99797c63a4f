/**
 * The entries of an aliases file that need no parser, read as bytes: `name: value` lines whose name is its own key but for
 * case, with the indented lines that continue them, and the comments and empty lines between. In real files that is nearly
 * everything, and making no strings of it is what makes newaliases fast (a fifth of the time).
 *
 * Stops before the first line that is anything else (quotes, `@`, no value, a NUL, a backslash at the end, the last line
 * without newline, 8190 bytes and more, a continuation with a colon in it ...): the general reader takes that one, and this
 * one goes on behind it. So it decides nothing that alias-lines.ts and aliases.ts do not decide in the same way.
 */
import { isSpace } from '../core/fold.ts';

/** Takes one entry: its name as written and its value as ranges of `bytes`, valid during the call. */
export type PlainSink = (
  bytes: Uint8Array,
  nameStart: number,
  nameEnd: number,
  valueStart: number,
  valueEnd: number,
  line: number,
) => void;

/** The longest logical line that sendmail takes (BUFSIZ, less newline and NUL). */
const MAX_LINE = 8190;
const MAX_NAME = 200;
const NEWLINE = 0x0a;
const HASH = 0x23;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** Bytes of names that the address parser gives back as they are, but for case; the first one is a letter or digit. */
const IN_NAME: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(/[A-Za-z0-9._+-]/.test(String.fromCharCode(byte))),
);
const BEGINS_NAME: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(/[A-Za-z0-9]/.test(String.fromCharCode(byte))),
);

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

export class PlainReader {
  /** Where the next line starts. */
  position = 0;
  /** Physical lines before it, as sendmail counts. */
  line = 0;
  /** Whether the last line read was an entry. */
  afterEntry = false;
  readonly #bytes: Uint8Array;
  readonly #sink: PlainSink;
  /** An entry of several lines, joined. */
  readonly #joined = new Uint8Array(MAX_LINE);

  constructor(bytes: Uint8Array, sink: PlainSink) {
    this.#bytes = bytes;
    this.#sink = sink;
  }

  /** Reads on to the next line that is not plain, or the end; false: there was nothing to read. */
  read(): boolean {
    const began = this.position;
    const bytes = this.#bytes;
    for (;;) {
      const first = bytes[this.position]!;
      if (BEGINS_NAME[first] === 1) {
        if (!this.#entry()) break;
      } else if (first === NEWLINE || first === HASH) {
        const end = this.#lineEnd(this.position);
        if (end < 0 || end - this.position > MAX_LINE || isBlank(bytes[end + 1])) break;
        this.#passed(end, false);
      } else break;
    }
    return this.position > began;
  }

  #passed(end: number, isEntry: boolean): void {
    this.position = end + 1;
    this.line++;
    this.afterEntry = isEntry;
  }

  #entry(): boolean {
    const bytes = this.#bytes;
    const start = this.position;
    let colon = start + 1;
    while (IN_NAME[bytes[colon]!] === 1) colon++;
    if (bytes[colon] !== COLON || colon - start > MAX_NAME) return false;
    let value = colon + 1;
    while (bytes[value] !== NEWLINE && isSpace(bytes[value]!)) value++;
    const end = this.#lineEnd(value);
    if (end <= value || end - start > MAX_LINE) return false;
    if (isBlank(bytes[end + 1])) return this.#continued(start, colon, value, end);
    this.#passed(end, true);
    this.#sink(bytes, start, colon, value, end, this.line);
    return true;
  }

  /** The newline that ends this line; -1 where there is none, or the line has a NUL or ends in a backslash. */
  #lineEnd(from: number): number {
    const bytes = this.#bytes;
    let end = from;
    for (; ; end++) {
      const byte = bytes[end];
      if (byte === undefined || byte === 0) return -1;
      if (byte === NEWLINE) break;
    }
    return end > from && bytes[end - 1] === BACKSLASH ? -1 : end;
  }

  /** An entry with indented lines. A colon in its value may make a warning, which is none of our business. */
  #continued(start: number, colon: number, value: number, firstEnd: number): boolean {
    const bytes = this.#bytes;
    const joined = this.#joined;
    let length = 0;
    let end = firstEnd;
    let lines = 1;
    for (let from = start; ; from = end + 1, end = this.#lineEnd(from), lines++) {
      if (end < 0 || length + end - from > MAX_LINE) return false;
      for (let i = from; i < end; i++) {
        const byte = bytes[i]!;
        if (byte === COLON && i > colon) return false;
        joined[length++] = byte;
      }
      if (!isBlank(bytes[end + 1])) break;
    }
    this.line += lines - 1;
    this.#passed(end, true);
    this.#sink(joined, 0, colon - start, value - start, length, this.line);
    return true;
  }
}
