/**
 * The nodes of a page that was checked when it was read (pages.ts), and the range of keys that its place in the tree
 * allows. A page with a key outside its range is damaged, or is not the page that its parent refers to: a lookup
 * there would miss keys that the map has.
 */
import { type Layout, NODE_HEADER, PAGE_BRANCH, PAGE_LEAF } from './layout.ts';
import type { Tree } from './meta.ts';
import type { PageStore } from './pages.ts';

/** Keys from `low` (included) to `high` (excluded); an absent bound means no bound. */
export interface KeyRange {
  readonly low?: Buffer;
  readonly high?: Buffer;
}

/** Nodes of a page, or of a sub-page of duplicate values. The memory must not change while this is used. */
export class PageNodes {
  readonly #memory: Buffer;
  readonly #at: number;
  readonly #layout: Layout;

  constructor(memory: Buffer, at: number, layout: Layout) {
    this.#memory = memory;
    this.#at = at;
    this.#layout = layout;
  }

  get count(): number {
    const { header, base } = this.#layout;
    return (this.#memory.readUInt16LE(this.#at + header - 4) + base - header) >> 1;
  }

  /** The place of node `index` in memory. */
  placeOf(index: number): number {
    const { header, base } = this.#layout;
    return this.#at + base + this.#memory.readUInt16LE(this.#at + header + index * 2);
  }

  keyOf(index: number): Buffer {
    const start = this.placeOf(index) + NODE_HEADER;
    return this.#memory.subarray(start, start + this.#memory.readUInt16LE(start - 2));
  }

  /** The page below node `index` of a branch. */
  childOf(index: number): number {
    return this.#memory.readUIntLE(this.placeOf(index), 6);
  }

  /**
   * The range of the page below node `index` of a branch that has this range. The first key of a branch is not used.
   */
  rangeBelow(index: number, range: KeyRange): KeyRange {
    const low = index > 0 ? Buffer.from(this.keyOf(index)) : range.low;
    const high = index + 1 < this.count ? Buffer.from(this.keyOf(index + 1)) : range.high;
    return { ...(low && { low }), ...(high && { high }) };
  }

  /** The last node of a branch whose key is not after this key. */
  toward(key: Uint8Array): number {
    let low = 1;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare(this.keyOf(middle), key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  isWithin({ low, high }: KeyRange, firstKey: 0 | 1): boolean {
    const { count } = this;
    if (count <= firstKey) return true;
    if (low !== undefined && Buffer.compare(this.keyOf(firstKey), low) < 0) return false;
    return high === undefined || Buffer.compare(this.keyOf(count - 1), high) < 0;
  }
}

/**
 * Loads a page that must be of this kind and hold only keys of this range. Returns its place in memory. @throws
 * MapError `damaged`
 */
export function loadWithin(
  pages: PageStore,
  page: number,
  kind: typeof PAGE_BRANCH | typeof PAGE_LEAF,
  range: KeyRange,
): number {
  const at = pages.load(page, kind);
  if (!new PageNodes(pages.memory, at, pages.layout).isWithin(range, kind === PAGE_BRANCH ? 1 : 0)) {
    throw pages.damaged(`page ${page} has keys that belong elsewhere`);
  }
  return at;
}

/** Checks the range of every page on the path to a key. @throws MapError `damaged` */
export function checkPathTo(key: Uint8Array, pages: PageStore, { root, depth }: Tree): void {
  let page = root;
  let range: KeyRange = {};
  for (let level = depth; level > 1; level--) {
    const nodes = new PageNodes(pages.memory, loadWithin(pages, page, PAGE_BRANCH, range), pages.layout);
    const index = nodes.toward(key);
    range = nodes.rangeBelow(index, range);
    page = nodes.childOf(index);
  }
  loadWithin(pages, page, PAGE_LEAF, range);
}

/** A number for a path through the tree, extended by a node (its place in memory). */
export function extendPath(path: number, node: number): number {
  return Math.imul(path, 0x9e3779b1) ^ node;
}

/**
 * Paths that were checked; valid until another page is read. Misses at the edge of a leaf are common (in an access
 * map `192.0.2` stands before all tags), and checking the path of each again would make them five times slower.
 */
export class CheckedPaths {
  readonly #checked = new Set<number>();
  #reads = 0;

  isChecked(path: number, { reads }: PageStore): boolean {
    if (reads !== this.#reads) this.#checked.clear();
    this.#reads = reads;
    return this.#checked.has(path);
  }

  add(path: number, { reads }: PageStore): void {
    if (reads === this.#reads) this.#checked.add(path);
  }
}
