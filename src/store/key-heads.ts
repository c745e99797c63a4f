/**
 * Where in a page a key can be, told from a few bytes of each of its keys that stand side by side: the first four behind
 * what all keys of the page have in common.
 *
 * A binary search over the keys themselves waits for memory at every step, since each key lies in another cache line. Over
 * these heads it stays within a few lines, and leaves one key to compare (a fifth off random look-ups in a million
 * entries). A page has up to 128 heads: of more keys every second, fourth ... has one. Of branches the pages below
 * stand beside them, so that a search goes on without looking at nodes. All is made when a page is first searched, and
 * takes 512 bytes a leaf.
 */
import { type Layout, NODE_HEADER } from './layout.ts';

const HEADS = 128;
const HEAD_BYTES = 4;

export class KeyHeads {
  /** Nodes from `low` to before `high` may hold the key; those before have smaller keys, those from `high` on greater. */
  low = 0;
  high = 0;
  readonly #memory: Uint8Array;
  readonly #layout: Layout;
  readonly #heads: Uint32Array;
  /** Pages below the first nodes of branches. */
  readonly #children: Uint32Array;
  /** Nodes of each page; 0: its heads are not made yet. */
  readonly #counts: Uint16Array;
  /** Bytes that all keys of a page begin with. */
  readonly #shared: Uint16Array;
  /** Keys for a head, as a power of two. */
  readonly #shift: Uint8Array;

  constructor(memory: Uint8Array, layout: Layout, slots: number) {
    this.#memory = memory;
    this.#layout = layout;
    this.#heads = new Uint32Array(slots * HEADS);
    this.#children = new Uint32Array(slots * HEADS);
    this.#counts = new Uint16Array(slots);
    this.#shared = new Uint16Array(slots);
    this.#shift = new Uint8Array(slots);
  }

  /** Another page has come into this slot. */
  forget(slot: number): void {
    this.#counts[slot] = 0;
  }

  /** Nodes of the page that was narrowed last in this slot. */
  countOf(slot: number): number {
    return this.#counts[slot]!;
  }

  /** The page below a node of a branch that was narrowed; undefined: the node has to be asked. */
  childOf(slot: number, index: number): number | undefined {
    return index < HEADS ? this.#children[slot * HEADS + index] : undefined;
  }

  /**
   * Finds {@link low} and {@link high} among the nodes of a page from `first` on, all under the condition that the key
   * begins as they all do.
   *
   * @returns the length of that beginning
   */
  narrow(slot: number, at: number, first: 0 | 1, key: Uint8Array, keyLength: number): number {
    if (this.#counts[slot] === 0) this.#make(slot, at, first);
    const shared = this.#shared[slot]!;
    const shift = this.#shift[slot]!;
    const count = this.#counts[slot]!;
    const head = headOf(key, 0, keyLength, shared);
    const heads = this.#heads;
    const begin = slot * HEADS;
    const end = begin + ((count - first - 1) >> shift) + 1;
    let low = begin;
    for (let high = end; low < high; ) {
      const middle = (low + high) >>> 1;
      if (heads[middle]! < head) low = middle + 1;
      else high = middle;
    }
    let high = low;
    while (high < end && heads[high] === head) high++;
    this.low = low === begin ? first : first + ((low - begin - 1) << shift) + 1;
    this.high = high === end ? count : first + ((high - begin) << shift);
    return shared;
  }

  #make(slot: number, at: number, first: 0 | 1): void {
    const { header, base } = this.#layout;
    const count = (this.#u16(at + header - 4) + base - header) >> 1;
    const shared = count > first ? this.#sharedBy(this.#keyAt(at, first), this.#keyAt(at, count - 1)) : 0;
    let shift = 0;
    while ((count - first - 1) >> shift >= HEADS) shift++;
    for (let i = first, next = slot * HEADS; i < count; i += 1 << shift) {
      const key = this.#keyAt(at, i);
      this.#heads[next++] = headOf(this.#memory, key, this.#u16(key - 2), shared);
    }
    if (first === 1) this.#keepChildren(slot, at, Math.min(count, HEADS));
    this.#counts[slot] = count;
    this.#shared[slot] = shared;
    this.#shift[slot] = shift;
  }

  #keepChildren(slot: number, at: number, count: number): void {
    for (let i = 0; i < count; i++) {
      const node = this.#keyAt(at, i) - NODE_HEADER;
      // a page that cannot be: there is none as far behind
      const isFar = this.#u16(node + 4) > 0;
      this.#children[slot * HEADS + i] = isFar ? 0xffff_ffff : this.#u16(node) + this.#u16(node + 2) * 0x1_0000;
    }
  }

  /** Keys are in order, so what the first and the last begin with, all between them do, too. */
  #sharedBy(left: number, right: number): number {
    const memory = this.#memory;
    const most = Math.min(this.#u16(left - 2), this.#u16(right - 2));
    let shared = 0;
    while (shared < most && memory[left + shared] === memory[right + shared]) shared++;
    return shared;
  }

  #keyAt(at: number, index: number): number {
    const { header, base } = this.#layout;
    return at + base + this.#u16(at + header + index * 2) + NODE_HEADER;
  }

  #u16(at: number): number {
    return this.#memory[at]! | (this.#memory[at + 1]! << 8);
  }
}

/** Four bytes of a key from `from` on, as a number that compares as they do; zeros behind its end. */
function headOf(bytes: Uint8Array, start: number, length: number, from: number): number {
  let head = 0;
  for (let i = from; i < from + HEAD_BYTES; i++) head = (head << 8) | (i < length ? bytes[start + i]! : 0);
  return head >>> 0;
}
