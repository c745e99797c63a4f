/**
 * The nodes of a page that was checked when it was read (pages.ts), and the range of keys that its place in the tree
 * allows. A page with a key outside its range is damaged, or is not the page that its parent refers to: a lookup
 * there would miss keys that the map has.
 */
import { type Layout, NODE_HEADER, NODE_POINTER, PAGE_BRANCH, PAGE_LEAF } from './layout.ts';
import type { Tree } from './meta.ts';
import { compareKeys, type PageStore } from './pages.ts';

/** Keys from that of `low` (included) to that of `high` (excluded). Both are copies of nodes, without what follows the key. */
export interface KeyRange {
  readonly low: DataView | undefined;
  readonly high: DataView | undefined;
}

export const ALL_KEYS: KeyRange = { low: undefined, high: undefined };

/** Nodes of a page, or of a sub-page of duplicate values. The memory must not change while this is used. */
export class PageNodes {
  readonly #view: DataView;
  readonly #at: number;
  readonly #layout: Layout;

  constructor(view: DataView, at: number, layout: Layout) {
    this.#view = view;
    this.#at = at;
    this.#layout = layout;
  }

  get count(): number {
    const { header, base } = this.#layout;
    return (this.#view.getUint16(this.#at + header - 4, true) + base - header) >> 1;
  }

  /** The place of node `index` in memory. */
  placeOf(index: number): number {
    const { header, base } = this.#layout;
    return this.#at + base + this.#view.getUint16(this.#at + header + index * NODE_POINTER, true);
  }

  keyOf(index: number): Buffer {
    const { buffer, byteOffset } = this.#view;
    const node = this.placeOf(index);
    return Buffer.from(buffer, byteOffset + node + NODE_HEADER, this.#view.getUint16(node + 6, true));
  }

  /** The page below node `index` of a branch. */
  childOf(index: number): number {
    const node = this.placeOf(index);
    return this.#view.getUint32(node, true) + this.#view.getUint16(node + 4, true) * 0x1_0000_0000;
  }

  /**
   * The range of the page below node `index` of a branch that has this range. The first key of a branch is not used.
   *
   * @param before the range of the page below the node before, if it is known
   */
  rangeBelow(index: number, range: KeyRange, before?: KeyRange): KeyRange {
    return {
      low: index > 0 ? (before?.high ?? this.#copyOf(index)) : range.low,
      high: index + 1 < this.count ? this.#copyOf(index + 1) : range.high,
    };
  }

  #copyOf(index: number): DataView {
    const { buffer, byteOffset } = this.#view;
    const node = this.placeOf(index);
    const end = node + NODE_HEADER + this.#view.getUint16(node + 6, true);
    return new DataView(buffer.slice(byteOffset + node, byteOffset + end));
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
    if (low !== undefined && compareKeys(this.#view, this.placeOf(firstKey), low, 0) < 0) return false;
    return high === undefined || compareKeys(this.#view, this.placeOf(count - 1), high, 0) < 0;
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
  if (!new PageNodes(pages.view, at, pages.layout).isWithin(range, kind === PAGE_BRANCH ? 1 : 0)) {
    throw pages.damaged(`page ${page} has keys that belong elsewhere`);
  }
  return at;
}

/** Checks the range of every page on the path to a key. @throws MapError `damaged` */
export function checkPathTo(key: Uint8Array, pages: PageStore, { root, depth }: Tree): void {
  let page = root;
  let range = ALL_KEYS;
  for (let level = depth; level > 1; level--) {
    const nodes = new PageNodes(pages.view, loadWithin(pages, page, PAGE_BRANCH, range), pages.layout);
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
