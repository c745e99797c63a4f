/**
 * A key that is sought -> its value, down the tree of a map: how the first look-ups go, until the table of all keys is
 * whole (key-index.ts). What pages.ts cannot see in one page, whether a way down is the right one, is checked here
 * for ways that are new.
 */
import type { ByteString } from '../../core/bytes.ts';
import { PAGE_BRANCH, PAGE_LEAF } from './layout.ts';
import type { Meta } from './meta.ts';
import { checkWayTo, GoodWays, wayOn } from './nodes.ts';
import type { PageSearch } from './page-search.ts';
import type { Latin1Buffer, PageStore } from './pages.ts';
import type { Values } from './values.ts';

export class TreeLookUp {
  readonly #pages: PageStore;
  readonly #memory: Latin1Buffer;
  readonly #main: Meta['main'];
  readonly #header: number;
  readonly #base: number;
  readonly #search: PageSearch;
  readonly #values: Values;
  /** Which nodes led to the leaf. */
  #way = 0;
  readonly #ways = new GoodWays();

  constructor(pages: PageStore, { main, layout }: Meta, search: PageSearch, values: Values) {
    this.#pages = pages;
    this.#memory = pages.memory;
    this.#main = main;
    this.#header = layout.header;
    this.#base = layout.base;
    this.#search = search;
    this.#values = values;
  }

  /** The key with a NUL is sought, as the greater of the two; what is found may as well be the one without. */
  get(): ByteString | undefined {
    const search = this.#search;
    const leaf = this.#findLeaf();
    const index = search.last(leaf, 0);
    const node = index < 0 ? 0 : this.#nodeAt(leaf, index);
    const length = index < 0 ? 0 : this.#u16(node + 6);
    if (search.matched === length && length === search.length - 1) return this.#values.of(node, 0);
    if (search.matched === length && length === search.length) {
      // taken first: the way to the one without may need the memory that this page is in
      const value = this.#values.of(node, 1);
      return this.#getPlain() ?? value;
    }
    // the one without can be the last of the leaf before, if this one begins where the one with a NUL was
    if (index < 0) return this.#getPlain() ?? this.#absent();
    return index + 1 < search.countOf(leaf) ? undefined : this.#absent();
  }

  #getPlain(): ByteString | undefined {
    const search = this.#search;
    search.length--;
    const leaf = this.#findLeaf();
    const index = search.last(leaf, 0);
    if (index < 0) return undefined;
    const node = this.#nodeAt(leaf, index);
    return search.matched === search.length && this.#u16(node + 6) === search.length
      ? this.#values.of(node, 0)
      : undefined;
  }

  /** A key that is not in its leaf, but would stand at its edge: is it the right leaf? */
  #absent(): undefined {
    if (this.#ways.isGood(this.#way, this.#pages)) return;
    checkWayTo(this.#search.key(), this.#pages, this.#main);
    this.#ways.add(this.#way, this.#pages);
  }

  /** The leaf in which the key is, if anywhere. A way with pages that are new is checked; after a sign of damage, every way. */
  #findLeaf(): number {
    const { known } = this.#pages;
    const leaf = this.#descend();
    if (this.#pages.known === known && !this.#pages.isSuspect) return leaf;
    checkWayTo(this.#search.key(), this.#pages, this.#main);
    return this.#descend();
  }

  #descend(): number {
    let page = this.#main.root;
    this.#way = 0;
    for (let depth = this.#main.depth; depth > 1; depth--) {
      const at = this.#pages.load(page, PAGE_BRANCH);
      const index = this.#search.last(at, 1);
      this.#way = wayOn(this.#way, at + index);
      page = this.#childAt(this.#nodeAt(at, index));
    }
    return this.#pages.load(page, PAGE_LEAF);
  }

  /** The page below a node of a branch. */
  #childAt(node: number): number {
    return this.#u16(node) + this.#u16(node + 2) * 0x1_0000 + this.#u16(node + 4) * 0x1_0000_0000;
  }

  #u16(at: number): number {
    return this.#memory[at]! | (this.#memory[at + 1]! << 8);
  }

  #nodeAt(at: number, index: number): number {
    return at + this.#base + this.#u16(at + this.#header + index * 2);
  }
}
