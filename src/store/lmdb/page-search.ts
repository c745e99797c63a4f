/**
 * A key and a page -> the last node of the page that is not after the key.
 *
 * The key is kept with a NUL after it, the greater of the two forms that are searched for. A PageStore has checked
 * the pages, so every offset in them is valid.
 */
import type { ByteString } from '../../core/bytes.ts';
import { putKey } from '../search-key.ts';
import { NODE_HEADER, NODE_POINTER } from './layout.ts';
import type { PageStore } from './pages.ts';

const TOO_LONG = 0xffff;

export class PageSearch {
  /** Bytes of the key that count, with its NUL. */
  length = 0;
  /** The number of bytes that the key and the found node share at their start; -1: no node was compared. */
  matched = -1;
  /** The key and a NUL. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly #memory: Uint8Array;
  readonly #header: number;
  readonly #base: number;

  constructor(pages: PageStore) {
    this.#memory = pages.memory;
    this.#header = pages.layout.header;
    this.#base = pages.layout.base;
    this.bytes = new Uint8Array(pages.pageSize);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Sets the key, with a NUL after it. Returns the bits of its characters; a key that is too long for any page has all. */
  seek(key: ByteString, fold: boolean): number {
    if (key.length >= this.bytes.length) return TOO_LONG;
    this.length = key.length + 1;
    return putKey(key, fold, this.bytes);
  }

  /** The bytes that count. */
  key(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /**
   * The last node of a page, from `first` on, that is not after the key, or first - 1. All nodes between two nodes
   * share the bytes that both share with the key, so a comparison starts after these bytes: keys of a map often share
   * a long prefix.
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

  /** The number of nodes of a page. */
  countOf(at: number): number {
    const lower = at + this.#header - 4;
    return ((this.#memory[lower]! | (this.#memory[lower + 1]! << 8)) + this.#base - this.#header) / NODE_POINTER;
  }
}
