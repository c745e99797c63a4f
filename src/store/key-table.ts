/**
 * Nodes in memory or in a file -> a hash table of their keys. A lookup waits for memory twice (the table's line and the
 * node's), for an absent key mostly once.
 *
 * A node has the form of an LMDB leaf node: length of the value (u32), flags, length of the key (u16 each), the key,
 * the value. Keys that differ only in NULs at the end have the same hash, so one search finds both forms. A slot
 * holds half of the node's place, which is even, and eight bits of the hash, which exclude all but one in 255 wrong
 * nodes.
 * Limits: five of eight slots are used at most, so an entry takes 8 to 16 bytes. A probe run that exceeds MAX_RUN
 * (hostile keys) is refused. The hash starts from a random number.
 */
import { NODE_HEADER } from './lmdb/layout.ts';
import { viewOf } from './records/copy.ts';

/** The limit for the place of a node. */
export const MAX_PLACE: number = 2 ** 32;
const SLOT_BYTES = 5;
/** Runs of used slots this long do not occur by chance: 170 are to be expected in the fullest table of 20 million. */
const MAX_RUN = 512;
const WORD = 4;

/** Gives the table the bytes of nodes. */
export interface NodeSource {
  /** The memory that holds nodes. */
  readonly memory: Uint8Array;
  /** The offset in `memory` of the node at a place, until the next call. */
  bring(place: number): number;
  /** The error for a node that is not the one that was entered. */
  changed(): Error;
  /** @throws Error if other nodes may have taken the place of those that were entered */
  assertUnchanged(): void;
}

/** Nodes that stay in memory: their places are offsets there. */
export class NodesInMemory implements NodeSource {
  readonly memory: Uint8Array;

  constructor(memory: Uint8Array) {
    this.memory = memory;
  }

  bring(place: number): number {
    return place;
  }

  changed(): Error {
    return new Error('nodes in memory changed');
  }

  /** Nobody else writes to this memory. */
  assertUnchanged(): void {}
}

export class KeyTable {
  readonly #nodes: NodeSource;
  readonly #view: DataView;
  readonly #seed: number = (Math.random() * 0x1_0000_0000) | 0;
  /** Half of the place of the node in each slot. */
  readonly #halves: Uint32Array;
  /** The tag of the node in each slot; 0: the slot is not used. */
  readonly #tags: Uint8Array;
  readonly #shift: number;

  /** @param most greatest number of entries */
  constructor(nodes: NodeSource, most: number) {
    const bits = slotBits(most);
    this.#nodes = nodes;
    this.#view = viewOf(nodes.memory);
    this.#halves = new Uint32Array(2 ** bits);
    this.#tags = new Uint8Array(2 ** bits);
    this.#shift = 32 - bits;
  }

  /** Bytes of a table for this number of entries. */
  static bytesFor(most: number): number {
    return 2 ** slotBits(most) * SLOT_BYTES;
  }

  /** The hash of the key of a node at `at` in a memory. */
  hashOf(memory: DataView, at: number): number {
    const key = at + NODE_HEADER;
    return this.#hash(memory, key, key + memory.getUint16(at + 6, true));
  }

  /** Adds the node with a hash that goes to this place. False: the probe run is too long, or the place is odd. */
  enter(hash: number, place: number): boolean {
    const tags = this.#tags;
    const mask = tags.length - 1;
    const half = place / 2;
    let at = hash >>> this.#shift;
    for (let run = 0; tags[at] !== 0; run++) {
      if (run === MAX_RUN) return false;
      at = (at + 1) & mask;
    }
    tags[at] = tagOf(hash);
    this.#halves[at] = half;
    return this.#halves[at] === half;
  }

  /**
   * The offset in memory of the first node with a key, else of the node with the key and a NUL; 0: there is neither. A node
   * with another key, and the same tag, may have taken the place of the right one: then the source must be unchanged.
   *
   * @param key at least `length` bytes, then a NUL
   */
  find(key: DataView, length: number): number {
    const hash = this.#hash(key, 0, length);
    const tags = this.#tags;
    const mask = tags.length - 1;
    const wanted = tagOf(hash);
    let withNul = 0;
    let isSure = true;
    for (let at = hash >>> this.#shift; ; at = (at + 1) & mask) {
      const tag = tags[at]!;
      if (tag === 0) {
        if (!isSure) this.#nodes.assertUnchanged();
        return withNul === 0 ? 0 : this.#nodes.bring(withNul);
      }
      if (tag !== wanted) continue;
      const place = this.#halves[at]! * 2;
      const node = this.#nodes.bring(place);
      const more = this.#view.getUint16(node + 6, true) - length;
      if ((more === 0 || more === 1) && this.#startsWith(node + NODE_HEADER, key, length + more)) {
        if (more === 0) return node;
        if (withNul === 0) withNul = place;
      } else if (this.#belongsTo(at, tag, node)) isSure = false;
      else throw this.#nodes.changed();
    }
  }

  /** Whether the key of a node can have been entered into this slot: a file may have changed since then. */
  #belongsTo(at: number, tag: number, node: number): boolean {
    const hash = this.hashOf(this.#view, node);
    return tag === tagOf(hash) && ((at - (hash >>> this.#shift)) & (this.#tags.length - 1)) <= MAX_RUN;
  }

  /**
   * Words of four bytes, from a random start, without the NULs at the end. Then mixed, so that the upper bits depend on
   * all bytes.
   */
  #hash(bytes: DataView, start: number, end: number): number {
    let last = end;
    while (last > start && bytes.getUint8(last - 1) === 0) last--;
    let hash = this.#seed;
    let at = start;
    for (; at + WORD <= last; at += WORD) {
      hash = Math.imul(hash ^ bytes.getInt32(at, true), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    let rest = 0;
    for (; at < last; at++) rest = (rest << 8) | bytes.getUint8(at);
    hash = Math.imul(hash ^ rest, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    return hash ^ (hash >>> 13);
  }

  #startsWith(place: number, key: DataView, length: number): boolean {
    const memory = this.#view;
    let i = 0;
    for (; i + WORD <= length; i += WORD) if (memory.getInt32(place + i, true) !== key.getInt32(i, true)) return false;
    for (; i < length; i++) if (memory.getUint8(place + i) !== key.getUint8(i)) return false;
    return true;
  }
}

/** Lower bits of a hash: the upper ones choose the slot. */
function tagOf(hash: number): number {
  return hash & 0xff || 0xff;
}

function slotBits(most: number): number {
  let bits = 4;
  while (2 ** bits * 5 < most * 8) bits++;
  return bits;
}
