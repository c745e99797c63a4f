/**
 * Byte strings in memory of their own. A string that was cut out of another keeps all of it, and one that was joined from
 * pieces keeps each of them: held for long, a few bytes may cost as much as everything that came with them.
 */
import type { ByteString } from '../core/bytes.ts';

/** Pieces of one string, and one more for each so many bytes of it, until it is copied: each byte is copied some times. */
const MAX_PIECES = 64;
const BYTES_A_PIECE = 256;

export function ownMemory(bytes: ByteString): ByteString {
  return Buffer.from(bytes, 'latin1').toString('latin1');
}

/** A string that grows. */
export class GrowingBytes {
  #bytes: ByteString = '';
  #pieces = 0;

  get bytes(): ByteString {
    return this.#bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  add(piece: ByteString): void {
    this.#bytes += piece;
    if (++this.#pieces > MAX_PIECES + this.#bytes.length / BYTES_A_PIECE) this.own();
  }

  own(): void {
    this.#bytes = ownMemory(this.#bytes);
    this.#pieces = 0;
  }

  /** Leaves what begins here. */
  cut(at: number): void {
    this.#bytes = ownMemory(this.#bytes.slice(at));
    this.#pieces = 0;
  }

  clear(): void {
    this.#bytes = '';
    this.#pieces = 0;
  }
}
