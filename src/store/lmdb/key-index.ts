/**
 * The keys of a map that is wholly in memory -> where their nodes are, by a hash table: a look-up then waits for memory
 * twice (the table's line and the node's), one of an absent key mostly once, instead of at every level of the tree.
 *
 * The table is filled one leaf at a look-up, in the tree's order, so that no look-up of a server waits for all of it; it
 * answers once it is whole, and until then the tree does. The walk that fills it checks that every page has the keys of
 * its place and that all records are there. Where that fails, where pages would be dropped from memory, or where keys
 * crowd in one place of the table (somebody chose them so), there is no table, and the tree goes on answering.
 *
 * Keys that differ in NULs at their end have the same hash: a look-up finds both of its forms in one go. A slot is a
 * node's place, which is even and below 2^26, and seven bits of the hash, which spare all but one in 128 looks at another
 * key's node. At most half of the slots are used: four to eight bytes of table a slot used, 8 MiB for a million records.
 */
import { MapError } from '../../core/errors.ts';
import { NODE_HEADER, NODE_POINTER } from './layout.ts';
import type { Tree } from './meta.ts';
import { PageNodes } from './nodes.ts';
import type { PageStore } from './pages.ts';
import { leafPlaces } from './walk.ts';

const PLACE_BITS = 25;
const PLACE_MASK = (1 << PLACE_BITS) - 1;
/** A run of used slots as long as this does not come about by chance in a table that is half empty. */
const MAX_RUN = 128;

export class KeyIndex {
  /** Every key of the map is in the table: {@link find} knows. */
  isWhole = false;
  readonly #pages: PageStore;
  readonly #tree: Tree;
  readonly #seed: number = (Math.random() * 0x1_0000_0000) | 0;
  #slots = new Uint32Array(0);
  #shift = 32;
  #entered = 0;
  #leaves: Generator<number> | undefined;

  constructor(pages: PageStore, tree: Tree) {
    this.#pages = pages;
    this.#tree = tree;
    const mostNodes = (pages.memory.length / (NODE_HEADER + NODE_POINTER)) | 0;
    // of several values to a key each counts as an entry: how many nodes there must be is not known
    const isKnown = !pages.hasDuplicates && tree.entries <= mostNodes;
    if (pages.keepsAll && isKnown) this.#leaves = leafPlaces(pages, tree);
  }

  /** Enters the keys of one more leaf, if any is left. */
  enterNext(): void {
    if (this.#leaves === undefined) return;
    if (this.#entered === 0) this.#makeTable();
    try {
      const { done, value: leaf } = this.#leaves.next();
      if (done) this.isWhole = this.#entered === this.#tree.entries;
      if (done || !this.#enterLeaf(leaf)) this.#leaves = undefined;
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      this.#leaves = undefined;
    }
    if (this.#leaves === undefined && !this.isWhole) this.#slots = new Uint32Array(0);
  }

  /**
   * The place of the node with a key, or else of the one with the key and a NUL; 0: there is neither.
   *
   * @param key at least `length` bytes, then a NUL
   */
  find(key: Uint8Array, length: number): number {
    const hash = this.#hash(key, 0, length);
    const mask = this.#slots.length - 1;
    let withNul = 0;
    for (let at = hash >>> this.#shift; ; at = (at + 1) & mask) {
      const slot = this.#slots[at]!;
      if (slot === 0) return withNul;
      if ((slot ^ (hash << PLACE_BITS)) >>> PLACE_BITS !== 0) continue;
      const node = (slot & PLACE_MASK) * 2;
      const more = this.#lengthOf(node) - length;
      if ((more !== 0 && more !== 1) || !this.#startsWith(node + NODE_HEADER, key, length + more)) continue;
      if (more === 0) return node;
      withNul = node;
    }
  }

  #makeTable(): void {
    let bits = 4;
    while (1 << bits < this.#tree.entries * 2) bits++;
    this.#slots = new Uint32Array(1 << bits);
    this.#shift = 32 - bits;
  }

  /** False: there is no room for all of its keys where they belong. */
  #enterLeaf(leaf: number): boolean {
    const nodes = new PageNodes(this.#pages.memory, leaf, this.#pages.layout);
    const { count } = nodes;
    this.#entered += count;
    if (this.#entered > this.#tree.entries) return false;
    for (let i = 0; i < count; i++) if (!this.#enter(nodes.placeOf(i))) return false;
    return true;
  }

  #enter(node: number): boolean {
    const key = node + NODE_HEADER;
    const hash = this.#hash(this.#pages.memory, key, key + this.#lengthOf(node));
    const mask = this.#slots.length - 1;
    let at = hash >>> this.#shift;
    for (let run = 0; this.#slots[at] !== 0; run++) {
      if (run === MAX_RUN) return false;
      at = (at + 1) & mask;
    }
    this.#slots[at] = (node / 2) | (hash << PLACE_BITS);
    return true;
  }

  /** FNV-1a from a random start, without the NULs at the end, then mixed so that the upper bits depend on all bytes. */
  #hash(bytes: Uint8Array, start: number, end: number): number {
    let last = end;
    while (last > start && bytes[last - 1] === 0) last--;
    let hash = this.#seed;
    for (let i = start; i < last; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    return hash ^ (hash >>> 13);
  }

  #lengthOf(node: number): number {
    const { memory } = this.#pages;
    return memory[node + 6]! | (memory[node + 7]! << 8);
  }

  #startsWith(place: number, key: Uint8Array, length: number): boolean {
    const { memory } = this.#pages;
    for (let i = 0; i < length; i++) if (memory[place + i] !== key[i]) return false;
    return true;
  }
}
