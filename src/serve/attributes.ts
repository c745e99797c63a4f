/**
 * Bytes, in pieces of any size -> the requests of Postfix's policy protocol: lines `name=value`, ended by an empty line.
 *
 * Of a name that comes twice the last value counts, as the protocol allows. Size and number of attributes are bounded;
 * every byte is looked at once, however small the pieces.
 */
import type { ByteString } from '../core/bytes.ts';
import { ProtocolError } from './conversation.ts';

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
  #line: ByteString = '';
  #size = 0;
  #attributes = new Map<ByteString, ByteString>();

  get isPartial(): boolean {
    return this.#size > 0 || this.#at < this.#chunk.length;
  }

  push(bytes: ByteString): void {
    this.#chunk = this.#at === this.#chunk.length ? bytes : this.#chunk.slice(this.#at) + bytes;
    this.#at = 0;
  }

  /** The next whole request. @throws ProtocolError for what is none */
  next(): Attributes | undefined {
    for (;;) {
      const line = this.#nextLine();
      if (line === undefined) return undefined;
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
    this.#line += piece;
    if (this.#line.length > MAX_LINE_BYTES)
      throw new ProtocolError(`an attribute of more than ${MAX_LINE_BYTES} bytes`);
    if (end < 0) return undefined;
    const line = this.#line;
    this.#line = '';
    return line;
  }

  #add(line: ByteString): void {
    const equals = line.indexOf('=');
    if (equals < 1) throw new ProtocolError('a line that is no attribute');
    this.#attributes.set(line.slice(0, equals), line.slice(equals + 1));
    if (this.#attributes.size > MAX_ATTRIBUTES) throw new ProtocolError(`more than ${MAX_ATTRIBUTES} attributes`);
  }

  #finish(): Attributes {
    const attributes = this.#attributes;
    this.#attributes = new Map();
    this.#size = 0;
    return attributes;
  }
}
