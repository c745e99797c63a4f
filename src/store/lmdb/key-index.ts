/**
 * A key -> the place of its node, by a hash table over a map that is completely in memory. A lookup then waits for
 * memory twice (the table's line and the node's), for an absent key mostly once, instead of once per level of the
 * tree.
 *
 * Each lookup adds one leaf to the table, in the order of the tree, so that no lookup waits for all of it. Until the
 * table is complete, the tree answers. The walk that fills it checks that each page has the keys of its place, and
 * that all records are there.
 * Limits: if a check fails, if pages would be dropped from memory, or if a probe run exceeds MAX_RUN (hostile keys),
 * the index is dropped and the tree answers.
 *
 * Keys that differ only in NULs at the end have the same hash, so one search finds both forms. A slot holds the
 * node's place, which is even and below 2^26, and seven bits of the hash, which exclude all but one in 128 wrong
 * nodes. At most half of the slots are used: four to eight bytes per slot used, 8 MiB for a million records.
 */
import { MapError } from '../../core/errors.ts';
import { NODE_HEADER, NODE_POINTER } from './layout.ts';
import type { Tree } from './meta.ts';
import { PageNodes } from './nodes.ts';
import type { PageStore } from './pages.ts';
import { leafPlaces } from './walk.ts';

const PLACE_BITS = 25;
const PLACE_MASK = (1 << PLACE_BITS) - 1;
/** A run of used slots this long does not occur by chance in a table that is half empty. */
const MAX_RUN = 128;

export class KeyIndex {
  /** True: every key of the map is in the table, so {@link find} is exact. */
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
    // each of several values of a key counts as an entry, so the number of nodes is unknown
    const isKnown = !pages.hasDuplicates && tree.entries <= mostNodes;
    if (pages.keepsAll && isKnown) this.#leaves = leafPlaces(pages, tree);
  }

  /** Adds the keys of one more leaf, if there is one. */
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
   * The place of the node with a key, else of the node with the key and a NUL; 0: there is neither.
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

  /** False: a probe run is too long for one of its keys. */
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

  /**
   * FNV-1a from a random start, without the NULs at the end, then mixed so that the upper bits depend on all bytes.
   */
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
