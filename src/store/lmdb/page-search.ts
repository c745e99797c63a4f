/**
 * A key and a page -> the last node of the page that is not after the key.
 *
 * The key is kept with a NUL behind it, the greatest of the two forms that answer. Pages are those that a PageStore has
 * checked, so every offset in them is good.
 */
import type { ByteString } from '../../core/bytes.ts';
import { NODE_HEADER, NODE_POINTER } from './layout.ts';
import type { PageStore } from './pages.ts';

export class PageSearch {
  /** Bytes of the key that count, its NUL included. */
  length = 0;
  /** How many bytes of the key the node that was found begins with; -1 where nobody looked. */
  matched = -1;
  /** The key and a NUL. */
  readonly bytes: Uint8Array;
  readonly #memory: Uint8Array;
  readonly #header: number;
  readonly #base: number;

  constructor(pages: PageStore) {
    this.#memory = pages.memory;
    this.#header = pages.layout.header;
    this.#base = pages.layout.base;
    this.bytes = new Uint8Array(pages.pageSize);
  }

  /** The look-up key and a NUL, the greatest of the two keys that answer. False: no page holds a key as long. */
  seek(key: ByteString, fold: boolean): boolean {
    const target = this.bytes;
    const length = key.length;
    if (length >= target.length) return false;
    for (let i = 0; i < length; i++) {
      const byte = key.charCodeAt(i);
      if (byte > 255) return false;
      target[i] = fold && byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
    }
    target[length] = 0;
    this.length = length + 1;
    return true;
  }

  /** The bytes that count. */
  key(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /**
   * The last node of a page, from `first` on, that is not after the key, or first - 1. What both ends of a range of nodes
   * have in common with the key, all between them have too, so a comparison starts behind it: maps are full of long common
   * beginnings.
   */
  last(at: number, first: 0 | 1): number {
    const memory = this.#memory;
    const key = this.bytes;
    const keyLength = this.length;
    const pointers = at + this.#header;
    const nodes = at + this.#base;
    let low: number = first;
    let high = this.countOf(at);
    let lowMatch = 0;
    let highMatch = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const pointer = pointers + middle * NODE_POINTER;
      const node = nodes + (memory[pointer]! | (memory[pointer + 1]! << 8));
      const length = memory[node + 6]! | (memory[node + 7]! << 8);
      const start = node + NODE_HEADER;
      const common = Math.min(length, keyLength);
      let i = Math.min(lowMatch, highMatch);
      while (i < common && memory[start + i] === key[i]) i++;
      if (i < common ? memory[start + i]! < key[i]! : length <= keyLength) {
        low = middle + 1;
        lowMatch = i;
      } else {
        high = middle;
        highMatch = i;
      }
    }
    this.matched = low > first ? lowMatch : -1;
    return low - 1;
  }

  /** Nodes of a page. */
  countOf(at: number): number {
    const lower = at + this.#header - 4;
    return ((this.#memory[lower]! | (this.#memory[lower + 1]! << 8)) + this.#base - this.#header) / NODE_POINTER;
  }
}
