/**
 * Byte strings with memory of their own. In V8 a slice keeps the whole string in memory that it was cut from, and a joined
 * string keeps all its pieces. So a few bytes that are held for long may keep much more in memory.
 */
import type { ByteString } from '../core/bytes.ts';

/**
 * Pieces that a string may have before it is copied, plus one for each BYTES_A_PIECE bytes: each byte is copied a few
 * times.
 */
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

  /** Keeps the bytes from this offset on. */
  cut(at: number): void {
    this.#bytes = ownMemory(this.#bytes.slice(at));
    this.#pieces = 0;
  }

  clear(): void {
    this.#bytes = '';
    this.#pieces = 0;
  }
}
