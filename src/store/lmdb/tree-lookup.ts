/**
 * A key -> its value, down the tree of a map. Used until the table of all keys is complete (key-index.ts). Checks new
 * paths through the tree, which the checks of single pages in pages.ts cannot cover.
 */
import type { ByteString } from '../../core/bytes.ts';
import { PAGE_BRANCH, PAGE_LEAF } from './layout.ts';
import type { Meta } from './meta.ts';
import { CheckedPaths, checkPathTo, extendPath } from './nodes.ts';
import type { PageSearch } from './page-search.ts';
import type { Latin1Buffer, PageStore } from './pages.ts';
import { Values } from './values.ts';

export class TreeLookup {
  readonly #pages: PageStore;
  readonly #memory: Latin1Buffer;
  readonly #main: Meta['main'];
  readonly #header: number;
  readonly #base: number;
  readonly #search: PageSearch;
  readonly #values: Values;
  /** The nodes that led to the leaf, as one number. */
  #path = 0;
  readonly #checked = new CheckedPaths();

  constructor(pages: PageStore, { main, layout }: Meta, search: PageSearch) {
    this.#pages = pages;
    this.#memory = pages.memory;
    this.#main = main;
    this.#header = layout.header;
    this.#base = layout.base;
    this.#search = search;
    this.#values = new Values(pages, pages.memory);
  }

  /**
   * Searches for the key with a NUL, the greater of the two forms; the node found may also be the form without it.
   */
  get(): ByteString | undefined {
    const search = this.#search;
    const leaf = this.#findLeaf();
    const index = search.last(leaf, 0);
    const node = index < 0 ? 0 : this.#nodeAt(leaf, index);
    const length = index < 0 ? 0 : this.#u16(node + 6);
    if (search.matched === length && length === search.length - 1) return this.#values.of(node, 0);
    if (search.matched === length && length === search.length) {
      // taken first: the search for the form without a NUL may reuse the memory of this page
      const value = this.#values.of(node, 1);
      return this.#getPlain() ?? value;
    }
    // if this leaf starts with the place of the form with a NUL, the form without it can end the leaf before
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

  /** For a key that is not in its leaf but would be at its edge: checks that it is the right leaf. */
  #absent(): undefined {
    if (this.#checked.isChecked(this.#path, this.#pages)) return;
    checkPathTo(this.#search.key(), this.#pages, this.#main);
    this.#checked.add(this.#path, this.#pages);
  }

  /** The leaf that must hold the key. Checks a path with new pages, and after a sign of damage every path. */
  #findLeaf(): number {
    const { known } = this.#pages;
    const leaf = this.#descend();
    if (this.#pages.known === known && !this.#pages.isSuspect) return leaf;
    checkPathTo(this.#search.key(), this.#pages, this.#main);
    return this.#descend();
  }

  #descend(): number {
    let page = this.#main.root;
    this.#path = 0;
    for (let depth = this.#main.depth; depth > 1; depth--) {
      const at = this.#pages.load(page, PAGE_BRANCH);
      const index = this.#search.last(at, 1);
      this.#path = extendPath(this.#path, at + index);
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
