/**
 * The bytes of a node -> 32-bit numbers: one of its key, and one of all that it holds. The form of a node is in key-table.ts.
 *
 * Words of four bytes, from a random start, so that nobody can choose keys with equal numbers.
 */
import { NODE_HEADER } from './lmdb/layout.ts';

const WORD = 4;

export class KeyHash {
  readonly #seed: number = (Math.random() * 0x1_0000_0000) | 0;

  /** Of a key, without the NULs at its end. */
  ofKey(bytes: DataView, start: number, end: number): number {
    let last = end;
    while (last > start && bytes.getUint8(last - 1) === 0) last--;
    return extend(this.#seed, bytes, start, last);
  }

  /** Of the key of a node at `at` in a memory. */
  ofNode(memory: DataView, at: number): number {
    const key = at + NODE_HEADER;
    return this.ofKey(memory, key, key + memory.getUint16(at + 6, true));
  }

  /** Of a whole node: its lengths, its flags, its key and what follows the key. */
  ofContent(memory: DataView, at: number, end: number): number {
    const key = at + NODE_HEADER;
    const header = extend(this.ofNode(memory, at), memory, at, key);
    return extend(header, memory, key + memory.getUint16(at + 6, true), end);
  }
}

/** Mixed at the end, so that the upper bits depend on all bytes. */
function extend(seed: number, bytes: DataView, start: number, end: number): number {
  let hash = seed;
  let at = start;
  for (; at + WORD <= end; at += WORD) {
    hash = Math.imul(hash ^ bytes.getInt32(at, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  let rest = 0;
  for (; at < end; at++) rest = (rest << 8) | bytes.getUint8(at);
  hash = Math.imul(hash ^ rest, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return hash ^ (hash >>> 13);
}
