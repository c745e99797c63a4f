/**
 * Bytes, in pieces of any size -> the requests of Postfix's policy protocol: lines `name=value`, ended by an empty
 * line.
 *
 * If a name occurs twice, its last value counts, as the protocol allows.
 * Limits: size and number of attributes. Each byte is read once, even if it arrives alone.
 */
import type { ByteString } from '../core/bytes.ts';
import { ProtocolError } from './conversation.ts';
import { GrowingBytes, ownMemory } from './own-memory.ts';

export type Attributes = ReadonlyMap<ByteString, ByteString>;

/** Postfix sends some thirty attributes. */
export const MAX_REQUEST_BYTES: number = 64 * 1024;
/**
 * No attribute is longer than an SMTP line (line_length_limit is 2048). An address of 60 KB would take 30 ms to
 * parse.
 */
export const MAX_LINE_BYTES: number = 8 * 1024;
export const MAX_ATTRIBUTES = 256;

export class AttributeReader {
  #chunk: ByteString = '';
  #at = 0;
  /** The start of a line whose end has not arrived. */
  readonly #line = new GrowingBytes();
  #size = 0;
  #attributes = new Map<ByteString, ByteString>();
  /** Names of attributes that still share the memory of the chunk in which they arrived. */
  #shared: ByteString[] = [];

  get isPartial(): boolean {
    return this.#size > 0 || this.#at < this.#chunk.length;
  }

  /** Bytes held of an incomplete request. */
  get held(): number {
    return this.#size + this.#chunk.length - this.#at;
  }

  push(bytes: ByteString): void {
    this.#chunk = this.#at === this.#chunk.length ? bytes : this.#chunk.slice(this.#at) + bytes;
    this.#at = 0;
  }

  /** The next complete request. @throws ProtocolError if the bytes are no request */
  next(): Attributes | undefined {
    for (;;) {
      const line = this.#nextLine();
      if (line === undefined) return this.#wait();
      if (line === '') return this.#finish();
      this.#add(line);
    }
  }

  #nextLine(): ByteString | undefined {
    const end = this.#chunk.indexOf('\n', this.#at);
    const piece = this.#chunk.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#chunk.length : end + 1;
    this.#size += piece.length + (end < 0 ? 0 : 1);
    if (this.#size > MAX_REQUEST_BYTES) throw new ProtocolError(`a request of more than ${MAX_REQUEST_BYTES} bytes`);
    this.#line.add(piece);
    if (this.#line.length > MAX_LINE_BYTES)
      throw new ProtocolError(`an attribute of more than ${MAX_LINE_BYTES} bytes`);
    if (end < 0) {
      if (piece.length < this.#chunk.length) this.#line.own();
      return undefined;
    }
    const line = this.#line.bytes;
    this.#line.clear();
    return line;
  }

  /** Releases the memory of chunks that were read: the peer may never send more. */
  #wait(): undefined {
    this.#chunk = '';
    this.#at = 0;
    for (const name of this.#shared.splice(0)) {
      const value = this.#attributes.get(name) ?? '';
      this.#attributes.delete(name);
      this.#attributes.set(ownMemory(name), ownMemory(value));
    }
  }

  #add(line: ByteString): void {
    const equals = line.indexOf('=');
    if (equals < 1) throw new ProtocolError('a line that is no attribute');
    const name = line.slice(0, equals);
    this.#attributes.set(name, line.slice(equals + 1));
    this.#shared.push(name);
    if (this.#attributes.size > MAX_ATTRIBUTES) throw new ProtocolError(`more than ${MAX_ATTRIBUTES} attributes`);
  }

  #finish(): Attributes {
    const attributes = this.#attributes;
    this.#attributes = new Map();
    this.#shared = [];
    this.#size = 0;
    return attributes;
  }
}
