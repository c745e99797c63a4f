/**
 * A map -> a table of all its keys (key-table.ts), which saves a lookup the descent through the tree. The nodes are in
 * memory, if all pages are kept there; else they are read from the file, one for a lookup (node-cache.ts).
 *
 * Each lookup adds one leaf to the table, in the order of the tree, so that no lookup waits for all of it. Until the
 * table is complete, the tree answers. The walk that fills it checks that each page has the keys of its place, and
 * that all records are there.
 * Limits: if a check fails, if the table would take more than MAX_TABLE_BYTES, if keys have several values, or if a
 * probe run is too long (hostile keys), there is no table, and the tree answers.
 */
import type { ByteString } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { KeyHash } from '../key-hash.ts';
import { KeyTable, MAX_PLACE, type NodeSource, NodesInMemory } from '../key-table.ts';
import { NODE_HEADER, NODE_POINTER } from './layout.ts';
import type { Meta, Tree } from './meta.ts';
import { NodeCache } from './node-cache.ts';
import { PageNodes } from './nodes.ts';
import type { PageSearch } from './page-search.ts';
import type { PageStore } from './pages.ts';
import { Values } from './values.ts';
import { leafPlaces } from './walk.ts';

/** Of 20 million keys. */
const MAX_TABLE_BYTES = 220 << 20;

export class KeyIndex {
  /** True: every key of the map is in the table, so {@link get} is exact. */
  isWhole = false;
  readonly #pages: PageStore;
  readonly #tree: Tree;
  readonly #hash = new KeyHash();
  readonly #nodes: NodeSource;
  readonly #values: Values;
  #table: KeyTable | undefined;
  #entered = 0;
  /** Hash and check of each node of a leaf. */
  readonly #marks: Int32Array;
  #leaves: Generator<number> | undefined;

  /** Whether a map of this size can have a table. */
  static suits({ main, pageSize, lastPage, hasDuplicates }: Meta): boolean {
    const bytes = (lastPage + 1) * pageSize;
    // a damaged file may state any number of entries; each of several values of a key counts as one
    const isPossible = !hasDuplicates && main.entries <= bytes / (NODE_HEADER + NODE_POINTER);
    return isPossible && bytes <= MAX_PLACE && KeyTable.bytesFor(main.entries) <= MAX_TABLE_BYTES;
  }

  constructor(pages: PageStore, meta: Meta) {
    this.#pages = pages;
    this.#tree = meta.main;
    this.#marks = new Int32Array((2 * pages.pageSize) / NODE_POINTER);
    const cache = pages.keepsAll ? undefined : new NodeCache(pages, this.#hash);
    this.#nodes = cache ?? new NodesInMemory(pages.memory);
    this.#values = new Values(pages, (cache ?? pages).memory);
    if (KeyIndex.suits(meta)) this.#leaves = leafPlaces(pages, meta.main);
  }

  /** Adds the keys of one more leaf, if there is one. */
  enterNext(): void {
    if (this.#leaves === undefined) return;
    this.#table ??= new KeyTable(this.#nodes, this.#hash, this.#tree.entries);
    try {
      const { done, value: leaf } = this.#leaves.next();
      if (done) this.isWhole = this.#entered === this.#tree.entries;
      if (done || !this.#enterLeaf(this.#table, leaf)) this.#leaves = undefined;
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      this.#leaves = undefined;
    }
    if (this.#leaves === undefined && !this.isWhole) this.#table = undefined;
  }

  /** The value of the key of a search, as {@link KeyTable.find} finds it; only if {@link isWhole}. */
  get({ view, length }: PageSearch): ByteString | undefined {
    const node = this.#table!.find(view, length - 1);
    if (node === 0) return undefined;
    return this.#values.of(node, this.#values.keyLengthOf(node) < length ? 0 : 1);
  }

  /** False: a node cannot be entered. */
  #enterLeaf(table: KeyTable, leaf: number): boolean {
    const { view, keepsAll, layout } = this.#pages;
    const nodes = new PageNodes(view, leaf, layout);
    const { count } = nodes;
    this.#entered += count;
    if (this.#entered > this.#tree.entries) return false;
    const before = keepsAll ? 0 : this.#pages.positionOf(leaf) - leaf;
    const marks = this.#marks;
    for (let i = 0; i < count; i++) {
      const node = nodes.placeOf(i);
      marks[2 * i] = this.#hash.ofNode(view, node);
      marks[2 * i + 1] = this.#nodes.checkOf(view, node);
    }
    // apart from the loop above, so that the processor waits for the memory of several slots at a time
    for (let i = 0; i < count; i++)
      if (!table.enter(marks[2 * i]!, marks[2 * i + 1]!, before + nodes.placeOf(i))) return false;
    return true;
  }
}
