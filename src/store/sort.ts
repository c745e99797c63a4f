/**
 * Puts the records of an arena in key order: addresses in input order -> addresses in LMDB's order (unsigned bytes, the
 * shorter key first), equal keys staying in input order, and where the runs of equal keys are.
 *
 * A radix sort from the most significant end, four key bytes a level: on 1,000,000 lines four times as fast as a
 * comparison sort of the same addresses, because a level reads each key once. A level whose words are all equal (long
 * common prefixes) moves nothing; small groups are sorted by insertion. Time is linear in the bytes that tell keys
 * apart, whatever their order.
 */
import { MapError } from '../core/errors.ts';
import { CHUNK_SHIFT, OFFSET_MASK, type RecordArena } from './arena.ts';
import { LAYOUTS, NODE_HEADER } from './layout.ts';

/** Groups up to this size are sorted by insertion, comparing whole keys. */
const INSERTION_LIMIT = 16;
/** Up to this size moving words one by one costs less than a radix sort's counting (a tenth off 200,000 aliases). */
const SHIFT_LIMIT = 64;
const DIGITS = 256;

/** Records in key order. */
export interface SortedRecords {
  readonly arena: RecordArena;
  /** Node addresses in key order. */
  readonly addresses: Uint32Array;
  /** Index pairs into `addresses`, ascending: start and end of each run of two or more equal keys. */
  readonly equalRuns: readonly number[];
}

/** Which record of a run of equal keys stays. */
export type KeepPolicy = 'first' | 'last';

/** Sorts what the arena holds now. */
export function sortRecords(arena: RecordArena): SortedRecords {
  const sorter = new Sorter(arena);
  sorter.sort(0, sorter.addresses.length, 0);
  return { arena, addresses: sorter.addresses, equalRuns: sorter.equalRuns };
}

/**
 * Leaves one record of each run of equal keys.
 *
 * @param onDropped told each address that goes, in key order and within a key in input order
 */
export function dropDuplicates(
  records: SortedRecords,
  keep: KeepPolicy,
  onDropped: (address: number) => void = () => {},
): SortedRecords {
  const { addresses, equalRuns, arena } = records;
  if (equalRuns.length === 0) return records;
  let from = 0;
  let to = 0;
  for (let run = 0; run < equalRuns.length; run += 2) {
    const start = equalRuns[run]!;
    const end = equalRuns[run + 1]!;
    addresses.copyWithin(to, from, start);
    to += start - from;
    const kept = keep === 'first' ? start : end - 1;
    for (let i = start; i < end; i++) if (i !== kept) onDropped(addresses[i]!);
    addresses[to++] = addresses[kept]!;
    from = end;
  }
  addresses.copyWithin(to, from);
  return { arena, addresses: addresses.subarray(0, to + addresses.length - from), equalRuns: [] };
}

/** The longest value of a key that may have several: LMDB keeps such values as keys. */
const MAX_DUPLICATE = LAYOUTS['1.0'].maxKey;

/**
 * Puts the values of each key in LMDB's order (unsigned bytes, the shorter first), equal ones once.
 *
 * @throws MapError `badInput` for what LMDB cannot keep
 */
export function orderDuplicates(records: SortedRecords): SortedRecords {
  const { arena, addresses, equalRuns } = records;
  if (arena.layout.format !== '1.0') throw new MapError('badInput', 'duplicate keys need the LMDB 1.0 format');
  for (const address of addresses) {
    const what = arena.keyLengthAt(address) === 0 ? 'an empty key' : 'a value over 1978 bytes';
    if (arena.keyLengthAt(address) > 0 && arena.valueLengthAt(address) <= MAX_DUPLICATE) continue;
    throw new MapError('badInput', `${what} is not possible with duplicate keys`, { line: arena.lineAt(address) });
  }
  const ordered: number[] = [];
  let from = 0;
  for (let run = 0; run < equalRuns.length; run += 2) {
    const [start, end] = [equalRuns[run]!, equalRuns[run + 1]!];
    for (; from < start; from++) ordered.push(addresses[from]!);
    const values = Array.from(addresses.subarray(start, end), (address) => ({
      address,
      value: arena.valueAt(address),
    }));
    values.sort((left, right) => Buffer.compare(left.value, right.value));
    // LMDB would lose it without a word.
    if (values[0]!.value.length === 0 && values.at(-1)!.value.length > 0) {
      const line = arena.lineAt(values[0]!.address);
      throw new MapError('badInput', 'an empty value beside others of its key is not possible', { line });
    }
    values.forEach(({ address, value }, i) => {
      if (i === 0 || !value.equals(values[i - 1]!.value)) ordered.push(address);
    });
    from = end;
  }
  for (; from < addresses.length; from++) ordered.push(addresses[from]!);
  return { arena, addresses: Uint32Array.from(ordered), equalRuns: [] };
}

class Sorter {
  readonly addresses: Uint32Array;
  readonly equalRuns: number[] = [];
  readonly #arena: RecordArena;
  readonly #bytes: readonly Uint8Array[];
  readonly #keyWords: Uint32Array;
  readonly #spareAddresses: Uint32Array;
  readonly #spareWords: Uint32Array;
  readonly #histogram = new Uint32Array(4 * DIGITS);

  constructor(arena: RecordArena) {
    this.#arena = arena;
    this.#bytes = arena.bytes;
    this.addresses = arena.addresses();
    this.#keyWords = new Uint32Array(arena.count);
    this.#spareAddresses = new Uint32Array(arena.count);
    this.#spareWords = new Uint32Array(arena.count);
  }

  /** Sorts a range whose keys have their first `depth` bytes in common. Recursion is bounded by maxKey / 4. */
  sort(low: number, high: number, depth: number): void {
    if (high - low <= INSERTION_LIMIT) {
      this.#insertionSort(low, high, depth);
      return;
    }
    if (this.#loadWords(low, high, depth)) {
      const shared = this.#commonPrefix(low, high, depth);
      if (shared > depth + 4) {
        this.sort(low, high, shared);
        return;
      }
    } else if (high - low <= SHIFT_LIMIT) this.#shiftSort(low, high);
    else this.#radixSort(low, high);
    const words = this.#keyWords;
    for (let start = low; start < high; ) {
      const word = words[start]!;
      let end = start + 1;
      while (end < high && words[end] === word) end++;
      if (end - start > 1) {
        // Only a key that ends inside the word leaves a zero in its last byte: looking at each key's length is saved.
        const rest = (word & 255) === 0 ? this.#settleEnded(start, end, depth) : start;
        if (end - rest > 1) this.sort(rest, end, depth + 4);
      }
      start = end;
    }
  }

  #keyLength(address: number): number {
    const bytes = this.#bytes[address >>> CHUNK_SHIFT]!;
    const at = ((address & OFFSET_MASK) << 1) + 6;
    return bytes[at]! | (bytes[at + 1]! << 8);
  }

  /** Reads the next four bytes of every key, zeros past its end. True: they are all equal. */
  #loadWords(low: number, high: number, depth: number): boolean {
    const addresses = this.addresses;
    const words = this.#keyWords;
    const chunks = this.#bytes;
    let differing = 0;
    for (let i = low; i < high; i++) {
      const address = addresses[i]!;
      const bytes = chunks[address >>> CHUNK_SHIFT]!;
      const node = (address & OFFSET_MASK) << 1;
      const left = (bytes[node + 6]! | (bytes[node + 7]! << 8)) - depth;
      const at = node + NODE_HEADER + depth;
      let word = 0;
      if (left > 3) {
        word = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
      } else {
        if (left > 0) word = bytes[at]! << 24;
        if (left > 1) word |= bytes[at + 1]! << 16;
        if (left > 2) word |= bytes[at + 2]! << 8;
      }
      words[i] = word;
      differing |= words[i]! ^ words[low]!;
    }
    return differing === 0;
  }

  /**
   * How many bytes all keys of a range have in common, leaving each at least one byte to go on with. Reading
   * on in the same key is ten times as fast as coming back to it at each level. Less than a word more is not looked for.
   */
  #commonPrefix(low: number, high: number, depth: number): number {
    const addresses = this.addresses;
    const first = addresses[low]!;
    const firstBytes = this.#bytes[first >>> CHUNK_SHIFT]!;
    const firstAt = ((first & OFFSET_MASK) << 1) + NODE_HEADER;
    let shared = this.#keyLength(first) - 1;
    for (let i = low + 1; i < high && shared > depth + 4; i++) {
      const address = addresses[i]!;
      const bytes = this.#bytes[address >>> CHUNK_SHIFT]!;
      const at = ((address & OFFSET_MASK) << 1) + NODE_HEADER;
      shared = Math.min(shared, this.#keyLength(address) - 1);
      let length = depth;
      while (length < shared && bytes[at + length] === firstBytes[firstAt + length]) length++;
      shared = length;
    }
    return shared;
  }

  /** Stable sort of a range by its words, a byte a pass from the least significant; equal bytes cost no pass. */
  #radixSort(low: number, high: number): void {
    const histogram = this.#histogram.fill(0);
    for (let i = low; i < high; i++) {
      const word = this.#keyWords[i]!;
      histogram[word & 255]!++;
      histogram[DIGITS + ((word >>> 8) & 255)]!++;
      histogram[2 * DIGITS + ((word >>> 16) & 255)]!++;
      histogram[3 * DIGITS + (word >>> 24)]!++;
    }
    let from: [Uint32Array, Uint32Array] = [this.addresses, this.#keyWords];
    let to: [Uint32Array, Uint32Array] = [this.#spareAddresses, this.#spareWords];
    for (let digit = 0; digit < 4; digit++) {
      const counts = histogram.subarray(digit * DIGITS, (digit + 1) * DIGITS);
      const shift = digit * 8;
      if (counts[(from[1][low]! >>> shift) & 255] === high - low) continue;
      for (let value = 0, next = low; value < DIGITS; value++) {
        const count = counts[value]!;
        counts[value] = next;
        next += count;
      }
      const [fromAddresses, fromWords] = from;
      const [toAddresses, toWords] = to;
      for (let i = low; i < high; i++) {
        const word = fromWords[i]!;
        const target = counts[(word >>> shift) & 255]!++;
        toWords[target] = word;
        toAddresses[target] = fromAddresses[i]!;
      }
      [from, to] = [to, from];
    }
    if (from[0] !== this.addresses) {
      this.addresses.set(from[0].subarray(low, high), low);
      this.#keyWords.set(from[1].subarray(low, high), low);
    }
  }

  /** Stable sort of a small range by its words. */
  #shiftSort(low: number, high: number): void {
    const addresses = this.addresses;
    const words = this.#keyWords;
    for (let i = low + 1; i < high; i++) {
      const address = addresses[i]!;
      const word = words[i]!;
      let hole = i;
      for (; hole > low && words[hole - 1]! > word; hole--) {
        addresses[hole] = addresses[hole - 1]!;
        words[hole] = words[hole - 1]!;
      }
      addresses[hole] = address;
      words[hole] = word;
    }
  }

  /**
   * Within a group of equal words, moves the keys that end before the word's last byte to the front, shortest first; those
   * of one length are equal. Gives the index of the first key that goes on (with that byte, or with nothing more).
   */
  #settleEnded(start: number, end: number, depth: number): number {
    const addresses = this.addresses;
    const counts = [0, 0, 0, 0, 0];
    for (let i = start; i < end; i++) counts[Math.min(this.#keyLength(addresses[i]!) - depth, 4)]!++;
    if (counts[4] === end - start) return start;
    let next = start;
    for (let left = 0; left <= 4; left++) {
      const count = counts[left]!;
      if (left < 4 && count > 1) this.equalRuns.push(next, next + count);
      counts[left] = next;
      next += count;
    }
    const rest = counts[4]!;
    for (let i = start; i < end; i++) {
      const left = Math.min(this.#keyLength(addresses[i]!) - depth, 4);
      this.#spareAddresses[counts[left]!++] = addresses[i]!;
    }
    addresses.set(this.#spareAddresses.subarray(start, end), start);
    return rest;
  }

  /** Sorts a small group to the end: by the next four bytes, and by whole keys only where those are equal. */
  #insertionSort(low: number, high: number, depth: number): void {
    const addresses = this.addresses;
    const words = this.#keyWords;
    this.#loadWords(low, high, depth);
    for (let i = low + 1; i < high; i++) {
      const address = addresses[i]!;
      const word = words[i]!;
      let hole = i;
      while (hole > low && words[hole - 1]! >= word) {
        if (words[hole - 1] === word && compareNodes(this.#arena, addresses[hole - 1]!, address, depth) <= 0) break;
        addresses[hole] = addresses[hole - 1]!;
        words[hole] = words[hole - 1]!;
        hole--;
      }
      addresses[hole] = address;
      words[hole] = word;
    }
    for (let i = low; i < high; ) {
      let end = i + 1;
      while (end < high && words[i] === words[end] && this.#areEqual(addresses[i]!, addresses[end]!, depth)) end++;
      if (end - i > 1) this.equalRuns.push(i, end);
      i = end;
    }
  }

  #areEqual(left: number, right: number, depth: number): boolean {
    return compareNodes(this.#arena, left, right, depth) === 0;
  }
}

/** Compares the keys of two nodes as LMDB does, from byte `depth` on, before which they are known to be equal. */
export function compareNodes(arena: RecordArena, left: number, right: number, depth = 0): number {
  const leftBytes = arena.bytes[left >>> CHUNK_SHIFT]!;
  const rightBytes = arena.bytes[right >>> CHUNK_SHIFT]!;
  const leftLength = arena.keyLengthAt(left);
  const rightLength = arena.keyLengthAt(right);
  const leftAt = ((left & OFFSET_MASK) << 1) + NODE_HEADER;
  const rightAt = ((right & OFFSET_MASK) << 1) + NODE_HEADER;
  const common = Math.min(leftLength, rightLength);
  for (let i = depth; i < common; i++) {
    const difference = leftBytes[leftAt + i]! - rightBytes[rightAt + i]!;
    if (difference !== 0) return difference;
  }
  return leftLength - rightLength;
}
