/**
 * A tree of pages -> its records in key order. Works on copies of leaves, so lookups in between may move pages in the
 * cache.
 *
 * Errors: the keys of a leaf must be in the range that its parents give and after those of the leaf before, and there
 * must not be more records than the tree states. So a damaged tree that refers to one page many times ends the walk.
 */
import { MapError } from '../../core/errors.ts';
import type { RecordVisitor } from '../map-file.ts';
import {
  DB,
  NODE_BIG,
  NODE_DATABASE,
  NODE_DUPLICATES,
  NODE_HEADER,
  PAGE_BRANCH,
  PAGE_LEAF,
  PAGE_SUB,
} from './layout.ts';
import { readTree, type Tree } from './meta.ts';
import { ALL_KEYS, type KeyRange, loadWithin, PageNodes } from './nodes.ts';
import { checkNodes, compareKeys, type PageStore } from './pages.ts';

/** The nodes of one page or sub-page, in memory of its own or borrowed for a short time. */
export class TreeWalk {
  readonly #pages: PageStore;
  readonly #memory: Buffer;
  readonly #view: DataView;

  constructor(pages: PageStore, memory: Buffer) {
    this.#pages = pages;
    this.#memory = memory;
    this.#view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  }

  /** The leaves of a tree, in order. Each is valid until the next but one. */
  static *leaves(pages: PageStore, tree: Tree): Generator<TreeWalk> {
    let seen = 0;
    let previous: TreeWalk | undefined;
    let leaf = new TreeWalk(pages, Buffer.alloc(pages.pageSize));
    let next = new TreeWalk(pages, Buffer.alloc(pages.pageSize));
    for (const at of leafPlaces(pages, tree)) {
      [leaf, next] = [next, leaf];
      pages.memory.copy(leaf.#memory, 0, at, at + pages.pageSize);
      seen += leaf.#nodes(0).count;
      if (seen > tree.entries || (previous !== undefined && !previous.#precedes(leaf)))
        throw pages.damaged('its pages overlap');
      previous = leaf;
      yield leaf;
    }
  }

  /** Visits the records of a leaf. Returns how many of the `left` expected records remain after it. */
  forEachRecord(visit: RecordVisitor, left: number): number {
    const view = this.#view;
    const { header, base } = this.#pages.layout;
    const pointersEnd = header + 2 * this.#nodes(0).count;
    let remaining = left;
    for (let pointer = header; pointer < pointersEnd; pointer += 2) {
      const node = view.getUint16(pointer, true) + base;
      const keyStart = node + NODE_HEADER;
      const keyEnd = keyStart + view.getUint16(node + 6, true);
      if (view.getUint16(node + 4, true) === 0) {
        remaining--;
        visit(this.#memory, keyStart, keyEnd, this.#memory, keyEnd, keyEnd + view.getUint32(node, true));
        continue;
      }
      for (const value of this.#values(node)) {
        if (remaining-- === 0) throw this.#pages.damaged('it has more values than it says');
        visit(this.#memory, keyStart, keyEnd, value, 0, value.length);
      }
    }
    return remaining;
  }

  firstValue(node: number): Uint8Array {
    for (const value of this.#values(node)) return value;
    throw this.#pages.damaged('a key without a value');
  }

  /** The values of a leaf node that does not hold a single value itself. */
  *#values(node: number): Generator<Buffer> {
    const pages = this.#pages;
    const flags = this.#view.getUint16(node + 4, true);
    const length = this.#view.getUint32(node, true);
    const start = node + NODE_HEADER + this.#view.getUint16(node + 6, true);
    if ((flags & NODE_DUPLICATES) !== 0 && !pages.hasDuplicates)
      throw pages.damaged('several values of a key, which its flags do not allow');
    if (flags === NODE_BIG) {
      const value = pages.readOverflow(this.#memory, start, length);
      yield Buffer.from(value.buffer, value.byteOffset, value.length);
    } else if (flags === NODE_DUPLICATES) {
      yield* this.#subPage(start, length);
    } else if (flags === (NODE_DUPLICATES | NODE_DATABASE)) {
      if (length !== DB.length) throw pages.damaged('a record of duplicate values');
      const tree = readTree(this.#view, start, pages.lastPage, pages.pageSize, (what) => pages.damaged(what));
      for (const leaf of TreeWalk.leaves(pages, tree)) yield* leaf.#keys(0);
    } else if (flags === 0) {
      yield this.#memory.subarray(start, start + length);
    } else if (flags === NODE_DATABASE) {
      const what = 'an LMDB file with named databases, not a map';
      throw new MapError('notAMap', `${pages.path} is ${what}`, { file: pages.path });
    } else {
      throw pages.damaged('a record of an unknown kind');
    }
  }

  *#subPage(start: number, length: number): Generator<Buffer> {
    const { header, base } = this.#pages.layout;
    const bad = (): MapError => this.#pages.damaged('a page of duplicate values');
    if (length < header + 2) throw bad();
    const lower = this.#view.getUint16(start + header - 4, true) + base;
    const upper = this.#view.getUint16(start + header - 2, true) + base;
    const isSubPage = this.#view.getUint16(start + header - 6, true) === (PAGE_LEAF | PAGE_SUB);
    if (!isSubPage || lower < header + 2 || lower % 2 !== 0 || upper < lower || upper > length) throw bad();
    if (!checkNodes(this.#pages, this.#view, start, lower, upper, length, false)) throw bad();
    yield* this.#keys(start);
  }

  /** The keys of a page; on a page of duplicates they are the values. */
  *#keys(at: number): Generator<Buffer> {
    const nodes = this.#nodes(at);
    for (let i = 0; i < nodes.count; i++) yield nodes.keyOf(i);
  }

  #nodes(at: number): PageNodes {
    return new PageNodes(this.#view, at, this.#pages.layout);
  }

  #precedes(next: TreeWalk): boolean {
    const nodes = this.#nodes(0);
    return compareKeys(this.#view, nodes.placeOf(nodes.count - 1), next.#view, next.#nodes(0).placeOf(0)) < 0;
  }
}

/** The leaves of a tree, in order: their places in the cache, valid until the next page is loaded. */
export function leafPlaces(pages: PageStore, { root, depth }: Tree): Generator<number> {
  return leafPages(pages, root, depth, ALL_KEYS);
}

function* leafPages(pages: PageStore, page: number, depth: number, range: KeyRange): Generator<number> {
  if (depth === 0) return;
  if (depth === 1) {
    yield loadWithin(pages, page, PAGE_LEAF, range);
    return;
  }
  let below: KeyRange | undefined;
  for (let index = 0; ; index++) {
    // Loaded again for each child: another page may have taken its place.
    const nodes = new PageNodes(pages.view, loadWithin(pages, page, PAGE_BRANCH, range), pages.layout);
    if (index >= nodes.count) return;
    below = nodes.rangeBelow(index, range, below);
    yield* leafPages(pages, nodes.childOf(index), depth - 1, below);
  }
}
