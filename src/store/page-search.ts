/**
 * A key and a page -> the last node of the page that is not after the key.
 *
 * The key is kept with a NUL behind it, the greatest of the two forms that answer. Pages are those that a PageStore has
 * checked, so every offset in them is good.
 */
import type { ByteString } from '../core/bytes.ts';
import { NODE_HEADER } from './layout.ts';
import type { PageStore } from './pages.ts';

export class PageSearch {
  /** Bytes of the key that count, its NUL included. */
  length = 0;
  /** How many bytes of the key the node that was found begins with; -1 where nobody looked. */
  matched = -1;
  readonly #key: Uint8Array;
  readonly #pages: PageStore;
  readonly #memory: Uint8Array;
  readonly #header: number;
  readonly #base: number;

  constructor(pages: PageStore) {
    this.#pages = pages;
    this.#memory = pages.memory;
    this.#header = pages.layout.header;
    this.#base = pages.layout.base;
    this.#key = new Uint8Array(pages.pageSize);
  }

  /** The look-up key and a NUL, the greatest of the two keys that answer. False: no page holds a key as long. */
  seek(key: ByteString, fold: boolean): boolean {
    const target = this.#key;
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
    return this.#key.subarray(0, this.length);
  }

  /**
   * The last node of a page that is not after the key, or first - 1. The page's key heads leave few nodes to look at, mostly
   * one, provided that the key begins as all keys of the page do: that is seen at any of them.
   */
  last(at: number, first: 0 | 1): number {
    const { heads } = this.#pages;
    const slot = this.#pages.slotOf(at);
    this.matched = -1;
    const shared = heads.narrow(slot, at, first, this.#key, this.length);
    const count = heads.countOf(slot);
    if (count <= first) return first - 1;
    const { low, high } = heads;
    // in a leaf one that may be the key; in a branch the same one each time, which the processor still has
    const witness = this.#nodeAt(at, first === 0 ? Math.min(low, count - 1) : first) + NODE_HEADER;
    const order = this.#compareStart(witness, shared);
    if (order !== 0) return order < 0 ? count - 1 : first - 1;
    return low === high ? low - 1 : this.#searchAmong(at, low, high, shared);
  }

  /** Compares what stands at a place with the start of the key. */
  #compareStart(place: number, length: number): number {
    const memory = this.#memory;
    const key = this.#key;
    const common = Math.min(length, this.length);
    for (let i = 0; i < common; i++) if (memory[place + i] !== key[i]) return memory[place + i]! - key[i]!;
    return length - common;
  }

  /**
   * Binary search among nodes that begin with `shared` bytes of the key. What both ends of the range have in common with
   * the key, all between them have too, so a comparison starts behind it: maps are full of long common beginnings.
   */
  #searchAmong(at: number, from: number, to: number, shared: number): number {
    const memory = this.#memory;
    const key = this.#key;
    const keyLength = this.length;
    const pointers = at + this.#header;
    const nodes = at + this.#base;
    let low = from;
    let high = to;
    let lowMatch = shared;
    let highMatch = shared;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const pointer = pointers + middle * 2;
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
    if (low > from) this.matched = lowMatch;
    return low - 1;
  }

  #nodeAt(at: number, index: number): number {
    const pointer = at + this.#header + index * 2;
    return at + this.#base + (this.#memory[pointer]! | (this.#memory[pointer + 1]! << 8));
  }
}
