/**
 * Nodes in memory or in a file -> a hash table of their keys. A lookup waits for memory twice (the table's line and the
 * node's), for an absent key mostly once.
 *
 * A node has the form of an LMDB leaf node: length of the value (u32), flags, length of the key (u16 each), the key,
 * the value. Keys that differ only in NULs at the end have the same hash, so one search finds both forms. A slot is two words:
 * half of the node's place, which is even; and a tag, eight bits of the key's hash that exclude all but one in 255 wrong nodes,
 * with 24 bits for a check of the node.
 * Limits: seven of ten slots are used at most, so an entry takes 11.4 bytes. A probe run that exceeds MAX_RUN
 * (hostile keys) is refused. The hash starts from a random number.
 */
import type { KeyHash } from './key-hash.ts';
import { NODE_HEADER } from './lmdb/layout.ts';
import { viewOf } from './records/copy.ts';

/** The limit for the place of a node. */
export const MAX_PLACE: number = 2 ** 32;
const SLOT_BYTES = 8;
const SLOTS_PER_ENTRY = 10 / 7;
/** Runs of used slots this long do not occur by chance: 300 are to be expected in a table of 20 million. */
const MAX_RUN = 512;
const WORD = 4;
const CHECK_BITS = 24;
/** Of the check of a node. */
export const CHECK_MASK: number = 2 ** CHECK_BITS - 1;

/** Gives the table the bytes of nodes. */
export interface NodeSource {
  /** The memory that holds nodes. */
  readonly memory: Uint8Array;
  /**
   * The offset in `memory` of the node at a place, until the next call.
   *
   * @throws MapError `unreadable` if another node has taken its place: its check would be another
   */
  bring(place: number, check: number): number;
  /** A number of 24 bits for a node at `at` in a memory. */
  checkOf(memory: DataView, at: number): number;
}

/** Nodes that stay in memory, to which nobody else writes: their places are offsets there. */
export class NodesInMemory implements NodeSource {
  readonly memory: Uint8Array;

  constructor(memory: Uint8Array) {
    this.memory = memory;
  }

  bring(place: number): number {
    return place;
  }

  checkOf(): number {
    return 0;
  }
}

export class KeyTable {
  readonly #nodes: NodeSource;
  readonly #hash: KeyHash;
  readonly #view: DataView;
  /** Two words a slot: half of the node's place; tag and check. A slot without a tag is not used. */
  readonly #words: Uint32Array;
  /** Slots at which a search starts; behind them there is room for a run. */
  readonly #homes: number;

  /** @param most greatest number of entries */
  constructor(nodes: NodeSource, hash: KeyHash, most: number) {
    this.#nodes = nodes;
    this.#hash = hash;
    this.#view = viewOf(nodes.memory);
    this.#homes = homesFor(most);
    this.#words = new Uint32Array(KeyTable.bytesFor(most) / WORD);
  }

  /** Bytes of a table for this number of entries. */
  static bytesFor(most: number): number {
    return (homesFor(most) + MAX_RUN + 1) * SLOT_BYTES;
  }

  /**
   * Adds a node that goes to this place. `hash` is that of its key, `check` that of its source. False: the probe run is too
   * long, or the place is odd.
   */
  enter(hash: number, check: number, place: number): boolean {
    const words = this.#words;
    const half = place / 2;
    let at = this.#homeOf(hash);
    for (let run = 0; words[at + 1] !== 0; run++) {
      if (run === MAX_RUN - 1) return false;
      at += 2;
    }
    words[at] = half;
    words[at + 1] = ((tagOf(hash) << CHECK_BITS) | check) >>> 0;
    return words[at] === half;
  }

  /**
   * The offset in memory of the first node with a key, else of the node with the key and a NUL; 0: there is neither.
   *
   * @param key at least `length` bytes, then a NUL
   * @throws MapError as {@link NodeSource.bring} does
   */
  find(key: DataView, length: number): number {
    const hash = this.#hash.ofKey(key, 0, length);
    const words = this.#words;
    const wanted = tagOf(hash);
    let withNul = -1;
    for (let at = this.#homeOf(hash); ; at += 2) {
      const mark = words[at + 1]!;
      if (mark === 0) return withNul < 0 ? 0 : this.#bring(withNul);
      if (mark >>> CHECK_BITS !== wanted) continue;
      const node = this.#bring(at);
      const more = this.#view.getUint16(node + 6, true) - length;
      if ((more !== 0 && more !== 1) || !this.#startsWith(node + NODE_HEADER, key, length + more)) continue;
      if (more === 0) return node;
      if (withNul < 0) withNul = at;
    }
  }

  /** The node of the slot that starts with word `at`. */
  #bring(at: number): number {
    return this.#nodes.bring(this.#words[at]! * 2, this.#words[at + 1]! & CHECK_MASK);
  }

  /** The first word of the slot at which the search for a hash starts. */
  #homeOf(hash: number): number {
    return 2 * ((((hash >>> 0) * this.#homes) / 0x1_0000_0000) | 0);
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

function homesFor(most: number): number {
  return Math.ceil(most * SLOTS_PER_ENTRY) + 1;
}
