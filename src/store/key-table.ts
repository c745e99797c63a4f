/**
 * Nodes in memory -> a hash table of their keys. A lookup waits for memory twice (the table's line and the node's),
 * for an absent key mostly once.
 *
 * A node has the form of an LMDB leaf node: length of the value (u32), flags, length of the key (u16 each), the key,
 * the value. Keys that differ only in NULs at the end have the same hash, so one search finds both forms. A slot
 * holds the node's place, which is even and below 2^26, and seven bits of the hash, which exclude all but one in 128
 * wrong nodes. At most half of the slots are used: four to eight bytes per slot used, 8 MiB for a million records.
 * Limits: a probe run that exceeds MAX_RUN (hostile keys) is refused. The hash starts from a random number.
 */
import { NODE_HEADER } from './lmdb/layout.ts';

/** The limit for the place of a node. */
export const MAX_PLACE: number = 1 << 26;
const PLACE_BITS = 25;
const PLACE_MASK = (1 << PLACE_BITS) - 1;
/** A run of used slots this long does not occur by chance in a table that is half empty. */
const MAX_RUN = 128;

export class KeyTable {
  readonly #memory: Uint8Array;
  readonly #seed: number = (Math.random() * 0x1_0000_0000) | 0;
  readonly #slots: Uint32Array;
  readonly #shift: number;

  /** @param most greatest number of entries */
  constructor(memory: Uint8Array, most: number) {
    let bits = 4;
    while (1 << bits < most * 2) bits++;
    this.#memory = memory;
    this.#slots = new Uint32Array(1 << bits);
    this.#shift = 32 - bits;
  }

  /** Adds the key of the node at a place. False: the probe run is too long. */
  enter(node: number): boolean {
    const key = node + NODE_HEADER;
    const hash = this.#hash(this.#memory, key, key + this.#lengthOf(node));
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
   * The place of the first node with a key, else of the node with the key and a NUL; 0: there is neither.
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
      if (withNul === 0) withNul = node;
    }
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
    return this.#memory[node + 6]! | (this.#memory[node + 7]! << 8);
  }

  #startsWith(place: number, key: Uint8Array, length: number): boolean {
    const memory = this.#memory;
    for (let i = 0; i < length; i++) if (memory[place + i] !== key[i]) return false;
    return true;
  }
}
