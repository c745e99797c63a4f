/**
 * A map that is completely in memory -> a table of all its keys (key-table.ts), which saves a lookup the descent
 * through the tree.
 *
 * Each lookup adds one leaf to the table, in the order of the tree, so that no lookup waits for all of it. Until the
 * table is complete, the tree answers. The walk that fills it checks that each page has the keys of its place, and
 * that all records are there.
 * Limits: if a check fails, if pages would be dropped from memory, or if a probe run is too long (hostile keys), the
 * index is dropped and the tree answers.
 */
import { MapError } from '../../core/errors.ts';
import { KeyTable } from '../key-table.ts';
import { NODE_HEADER, NODE_POINTER } from './layout.ts';
import type { Tree } from './meta.ts';
import { PageNodes } from './nodes.ts';
import type { PageStore } from './pages.ts';
import { leafPlaces } from './walk.ts';

export class KeyIndex {
  /** True: every key of the map is in the table, so {@link find} is exact. */
  isWhole = false;
  readonly #pages: PageStore;
  readonly #tree: Tree;
  #table: KeyTable | undefined;
  #entered = 0;
  #leaves: Generator<number> | undefined;

  constructor(pages: PageStore, tree: Tree) {
    this.#pages = pages;
    this.#tree = tree;
    const mostNodes = (pages.memory.length / (NODE_HEADER + NODE_POINTER)) | 0;
    // each of several values of a key counts as an entry, so the number of nodes is unknown
    const isKnown = !pages.hasDuplicates && tree.entries <= mostNodes;
    if (pages.keepsAll && isKnown) this.#leaves = leafPlaces(pages, tree);
  }

  /** Adds the keys of one more leaf, if there is one. */
  enterNext(): void {
    if (this.#leaves === undefined) return;
    this.#table ??= new KeyTable(this.#pages.memory, this.#tree.entries);
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

  /** As {@link KeyTable.find}; only if {@link isWhole}. */
  find(key: Uint8Array, length: number): number {
    return this.#table!.find(key, length);
  }

  /** False: a probe run is too long for one of its keys. */
  #enterLeaf(table: KeyTable, leaf: number): boolean {
    const nodes = new PageNodes(this.#pages.memory, leaf, this.#pages.layout);
    const { count } = nodes;
    this.#entered += count;
    if (this.#entered > this.#tree.entries) return false;
    for (let i = 0; i < count; i++) if (!table.enter(nodes.placeOf(i))) return false;
    return true;
  }
}
