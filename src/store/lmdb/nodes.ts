/**
 * The nodes of a page that was checked as it was read (pages.ts), and the range of keys that its place in the tree
 * allows it. A page with a key outside of its range was damaged, or is not the page that its parent meant: a look-up
 * there would say "not found" of keys that the map has.
 */
import { type Layout, NODE_HEADER, PAGE_BRANCH, PAGE_LEAF } from './layout.ts';
import type { Tree } from './meta.ts';
import type { PageStore } from './pages.ts';

/** Keys from `low` on and before `high`; an absent bound is none. */
export interface KeyRange {
  readonly low?: Buffer;
  readonly high?: Buffer;
}

/** Nodes of a page, or of a sub-page of duplicate values, in memory that must not change meanwhile. */
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

  /** Where node `index` is in memory. */
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

  /** The range of the page below node `index` of a branch that has this range itself. The first key of a branch is none. */
  rangeBelow(index: number, range: KeyRange): KeyRange {
    const low = index > 0 ? Buffer.from(this.keyOf(index)) : range.low;
    const high = index + 1 < this.count ? Buffer.from(this.keyOf(index + 1)) : range.high;
    return { ...(low && { low }), ...(high && { high }) };
  }

  /** The last node of a branch whose key is not after the one that is sought. */
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

/** Loads a page that must be of this kind and hold keys of this range only; its place in memory. @throws MapError `damaged` */
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

/** Checks the range of every page on the way to a key. @throws MapError `damaged` */
export function checkWayTo(key: Uint8Array, pages: PageStore, { root, depth }: Tree): void {
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

/** A number for a way through the tree that goes on at a node (its place in memory). */
export function wayOn(way: number, node: number): number {
  return Math.imul(way, 0x9e3779b1) ^ node;
}

/**
 * Ways that were checked, as long as no page was read since. Misses at a leaf's edge are common (in an access map
 * `192.0.2` stands before all tags), and to check the way of each again makes them five times slower.
 */
export class GoodWays {
  readonly #good = new Set<number>();
  #reads = 0;

  isGood(way: number, { reads }: PageStore): boolean {
    if (reads !== this.#reads) this.#good.clear();
    this.#reads = reads;
    return this.#good.has(way);
  }

  add(way: number, { reads }: PageStore): void {
    if (reads === this.#reads) this.#good.add(way);
  }
}
