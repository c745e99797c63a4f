/**
 * The plain entries of an aliases file -> ranges of bytes: `name: value` lines whose key is the name in lower case
 * (also a `"quoted name"` with a space), with their indented continuations, and the comments and empty lines between.
 * In real files that is nearly everything. Avoiding strings makes newaliases fast (it saves a fifth of the time; for
 * quoted names, one in a hundred, a tenth). Buffer's native search for newlines takes half the time of a loop over
 * bytes.
 *
 * Limits: stops before the first line of another form (`@`, no value, a NUL, a backslash at the end, a last line
 * without newline, 8190 bytes and more, a continuation with a colon in it ...). The general reader takes that line,
 * and this one continues after it. Each result is the one that lines.ts and parse.ts give.
 */
import { isSpace } from '../../core/fold.ts';

/**
 * Receives an entry: its name as written and its value, as ranges of `bytes` that are valid during the call.
 * `hasUpper`: the name has upper-case letters.
 */
export type PlainSink = (
  bytes: Uint8Array,
  nameStart: number,
  nameEnd: number,
  valueStart: number,
  valueEnd: number,
  line: number,
  hasUpper: boolean,
) => void;

/** The longest logical line that sendmail accepts (BUFSIZ, less newline and NUL). */
const MAX_LINE = 8190;
const MAX_NAME = 200;
const NEWLINE = 0x0a;
const HASH = 0x23;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const SPACE = 0x20;

const OTHERS = 1;
const UPPER = 2;
/** Bytes of names that the address parser only folds. The first byte is a letter or digit. */
const IN_NAME: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return /[A-Z]/.test(character) ? UPPER : Number(/[a-z0-9._+-]/.test(character)) * OTHERS;
});
const BEGINS_NAME: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(/[A-Za-z0-9]/.test(String.fromCharCode(byte))),
);

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

export class PlainReader {
  /** Offset of the next line. */
  position = 0;
  /** Number of physical lines before it, as sendmail counts. */
  line = 0;
  /** True if the last line read was an entry. */
  afterEntry = false;
  readonly #bytes: Buffer;
  readonly #sink: PlainSink;
  /** Buffer for an entry of several lines, joined. */
  readonly #joined = Buffer.alloc(MAX_LINE);
  /** The next NUL and the next colon at or after the place searched last; the length of the text if there is none. */
  #nul = -1;
  #colon = -1;
  /** Kinds of bytes in the last name. */
  #kinds = 0;

  constructor(bytes: Buffer, sink: PlainSink) {
    this.#bytes = bytes;
    this.#sink = sink;
  }

  /** Reads up to the next line that is not plain, or to the end. False: nothing was read. */
  read(): boolean {
    const began = this.position;
    const bytes = this.#bytes;
    for (;;) {
      const first = bytes[this.position]!;
      if (BEGINS_NAME[first] === 1 || first === QUOTE) {
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
    const colon = bytes[start] === QUOTE ? this.#quotedEnd(start) : this.#wordEnd(start);
    if (bytes[colon] !== COLON || colon - start > MAX_NAME) return false;
    let value = colon + 1;
    while (bytes[value] !== NEWLINE && isSpace(bytes[value]!)) value++;
    const end = this.#lineEnd(value);
    if (end <= value || end - start > MAX_LINE) return false;
    if (isBlank(bytes[end + 1])) return this.#continued(start, colon, value, end);
    this.#passed(end, true);
    this.#sink(bytes, start, colon, value, end, this.line, this.#kinds >= UPPER);
    return true;
  }

  #wordEnd(start: number): number {
    const bytes = this.#bytes;
    let end = start;
    let kinds = 0;
    for (let kind = IN_NAME[bytes[end]!]!; kind > 0; kind = IN_NAME[bytes[++end]!]!) kinds |= kind;
    this.#kinds = kinds;
    return end;
  }

  /** The end of a quoted name that needs its quotes. Without a space, the key may be the content of the quotes. */
  #quotedEnd(start: number): number {
    const bytes = this.#bytes;
    let end = start + 1;
    let kinds = 0;
    let spaces = 0;
    for (; bytes[end] === SPACE || IN_NAME[bytes[end]!]! > 0; end++) {
      if (bytes[end] === SPACE) spaces++;
      else kinds |= IN_NAME[bytes[end]!]!;
    }
    this.#kinds = kinds;
    return bytes[end] === QUOTE && spaces > 0 ? end + 1 : start;
  }

  /** The newline that ends this line; -1: there is none, or the line has a NUL or ends in a backslash. */
  #lineEnd(from: number): number {
    const bytes = this.#bytes;
    const end = bytes.indexOf(NEWLINE, from);
    if (end < 0) return -1;
    if (this.#nul < from) this.#nul = this.#find(0, from);
    if (this.#nul < end) return -1;
    return end > from && bytes[end - 1] === BACKSLASH ? -1 : end;
  }

  #find(byte: number, from: number): number {
    const found = this.#bytes.indexOf(byte, from);
    return found < 0 ? this.#bytes.length : found;
  }

  /** An entry with indented lines. A colon in its value may cause a warning, so the general reader must take it. */
  #continued(start: number, colon: number, value: number, firstEnd: number): boolean {
    const bytes = this.#bytes;
    let end = firstEnd;
    let lines = 1;
    for (; isBlank(bytes[end + 1]); lines++) {
      end = this.#lineEnd(end + 1);
      if (end < 0 || end - start - lines > MAX_LINE) return false;
    }
    if (this.#colon < value) this.#colon = this.#find(COLON, value);
    if (this.#colon < end) return false;
    const joined = this.#joined;
    let length = 0;
    for (let i = start; i < end; i++) if (bytes[i] !== NEWLINE) joined[length++] = bytes[i]!;
    this.line += lines - 1;
    this.#passed(end, true);
    this.#sink(joined, 0, colon - start, value - start, length, this.line, this.#kinds >= UPPER);
    return true;
  }
}
