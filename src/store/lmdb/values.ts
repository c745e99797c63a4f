/** A leaf node -> its value: a reused string, or bytes from an overflow run or a tree of values. */
import type { ByteString } from '../../core/bytes.ts';
import { KeptStrings } from './kept-strings.ts';
import { NODE_HEADER } from './layout.ts';
import type { Latin1Buffer, PageStore } from './pages.ts';
import { TreeWalk } from './walk.ts';

export class Values {
  readonly #pages: PageStore;
  readonly #memory: Latin1Buffer;
  readonly #strings: KeptStrings;

  /** @param memory holds the nodes */
  constructor(pages: PageStore, memory: Latin1Buffer) {
    this.#pages = pages;
    this.#memory = memory;
    this.#strings = new KeptStrings(memory);
  }

  keyLengthOf(node: number): number {
    return this.#u16(node + 6);
  }

  /** The value of a leaf node, or its first value. With `nul` = 1, the NUL at its end is removed. */
  of(node: number, nul: 0 | 1): ByteString {
    const flags = this.#u16(node + 4);
    const length = this.#u16(node) + this.#u16(node + 2) * 0x1_0000;
    const start = node + NODE_HEADER + this.#u16(node + 6);
    if (flags === 0) {
      const end = start + length;
      return this.#strings.of(start, nul === 1 && length > 0 && this.#memory[end - 1] === 0 ? end - 1 : end);
    }
    const value = new TreeWalk(this.#pages, this.#memory).firstValue(node);
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
    return nul === 1 && text.endsWith('\0') ? text.slice(0, -1) : text;
  }

  #u16(at: number): number {
    return this.#memory[at]! | (this.#memory[at + 1]! << 8);
  }
}
