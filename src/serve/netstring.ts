/**
 * Bytes, in pieces of any size -> netstrings (`5:hello,`), and back.
 *
 * Strict: decimal digits without a leading zero, a colon, that many bytes of any kind, a comma.
 * Limits: a length over the limit is refused before any byte of the string is kept. Each byte is read once, even if
 * it arrives alone.
 */
import type { ByteString } from '../core/bytes.ts';
import { ProtocolError } from './conversation.ts';
import { GrowingBytes } from './own-memory.ts';

const HEADER = /^(0|[1-9]\d*):/;

export class NetstringReader {
  readonly #limit: number;
  /** Characters of the longest header with an allowed length: its digits and the colon. */
  readonly #headerLimit: number;
  readonly #text = new GrowingBytes();
  #at = 0;
  /** Length of the announced string and its comma; undefined: the header has not arrived. */
  #wanted: number | undefined;

  constructor(limit: number) {
    this.#limit = limit;
    this.#headerLimit = String(limit).length + 1;
  }

  get isPartial(): boolean {
    return this.#wanted !== undefined || this.#at < this.#text.length;
  }

  /** Bytes held of an incomplete request. */
  get held(): number {
    return this.#text.length;
  }

  push(bytes: ByteString): void {
    this.#text.add(bytes);
  }

  /** The next complete string. @throws ProtocolError if the bytes are no netstring */
  next(): ByteString | undefined {
    this.#wanted ??= this.#readHeader();
    if (this.#wanted === undefined || this.#text.length - this.#at < this.#wanted) return this.#wait();
    const end = this.#at + this.#wanted - 1;
    const { bytes } = this.#text;
    if (bytes[end] !== ',') throw new ProtocolError('a netstring without its comma');
    const string = bytes.slice(this.#at, end);
    this.#at = end + 1;
    this.#wanted = undefined;
    return string;
  }

  /** Releases the bytes that were read. */
  #wait(): undefined {
    if (this.#at === this.#text.length) this.#text.clear();
    else if (this.#at > 0) this.#text.cut(this.#at);
    this.#at = 0;
  }

  #readHeader(): number | undefined {
    const start = this.#text.bytes.slice(this.#at, this.#at + this.#headerLimit);
    const header = HEADER.exec(start);
    if (header === null) {
      const maybe = /^(?:0|[1-9]\d*)?$/.test(start) && start.length < this.#headerLimit;
      if (maybe) return undefined;
      throw new ProtocolError(/^[1-9]\d*$/.test(start) ? this.#tooLong() : 'no netstring');
    }
    const length = Number(header[1]);
    if (length > this.#limit) throw new ProtocolError(this.#tooLong());
    this.#at += header[0].length;
    return length + 1;
  }

  #tooLong(): string {
    return `a request of more than ${this.#limit} bytes`;
  }
}

export function netstring(bytes: ByteString): ByteString {
  return `${bytes.length}:${bytes},`;
}
