/**
 * Bytes, in pieces of any size -> the requests of Postfix's policy protocol: lines `name=value`, ended by an empty line.
 *
 * Of a name that comes twice the last value counts, as the protocol allows. Size and number of attributes are bounded;
 * every byte is looked at once, however small the pieces.
 */
import type { ByteString } from '../core/bytes.ts';
import { ProtocolError } from './conversation.ts';
import { GrowingBytes, ownMemory } from './own-memory.ts';

export type Attributes = ReadonlyMap<ByteString, ByteString>;

/** Postfix sends some thirty attributes. */
export const MAX_REQUEST_BYTES: number = 64 * 1024;
/** No attribute is longer than a line of SMTP (line_length_limit is 2048): an address of 60 KB would take 30 ms to read. */
export const MAX_LINE_BYTES: number = 8 * 1024;
export const MAX_ATTRIBUTES = 256;

export class AttributeReader {
  #chunk: ByteString = '';
  #at = 0;
  /** The beginning of a line whose end is still to come. */
  readonly #line = new GrowingBytes();
  #size = 0;
  #attributes = new Map<ByteString, ByteString>();
  /** Names of attributes that share the memory of what came with them. */
  #shared: ByteString[] = [];

  get isPartial(): boolean {
    return this.#size > 0 || this.#at < this.#chunk.length;
  }

  /** Bytes that are held of what did not arrive whole. */
  get held(): number {
    return this.#size + this.#chunk.length - this.#at;
  }

  push(bytes: ByteString): void {
    this.#chunk = this.#at === this.#chunk.length ? bytes : this.#chunk.slice(this.#at) + bytes;
    this.#at = 0;
  }

  /** The next whole request. @throws ProtocolError for what is none */
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

  /** Lets go of the memory of what was read: the peer may never go on. */
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
