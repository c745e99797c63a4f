/**
 * The tables of a CDB file -> which record each slot leads to, in the order of the records, so that a walk over them can
 * hold each against its slot without a search. Each slot is checked to be where a lookup of its hash comes by.
 */
import type { ReadOnlyFile } from '../read-only-file.ts';
import { SLOT_BYTES, TABLES, type Table } from './layout.ts';

/** Reads all tables, which begin at `start` and end with the file. @throws MapError `damaged` */
export function readSlots(file: ReadOnlyFile, tables: readonly Table[], start: number): Slots {
  const bytes = new Uint8Array(file.size - start);
  file.read(bytes, start);
  const words = new Uint32Array(bytes.buffer);
  tables.forEach(({ position, slots }, table) => {
    if (!isReachable(words, ((position - start) / SLOT_BYTES) * 2, slots, table)) {
      throw file.damaged(`table ${table} has a slot that no lookup comes to`);
    }
  });
  // Position and hash of a slot are the two halves of one number, which sorts by position.
  const used = new Uint32Array(words.length);
  let length = 0;
  for (let at = 0; at < words.length; at += 2) {
    if (words[at + 1] === 0) continue;
    used[length++] = words[at]!;
    used[length++] = words[at + 1]!;
  }
  return new Slots(file, new BigUint64Array(used.buffer, 0, length / 2).sort());
}

/** Whether each slot in use is of this table, and has no empty one between its hash's place and itself. */
function isReachable(words: Uint32Array, first: number, slots: number, table: number): boolean {
  const positionAt = (slot: number): number => words[first + 2 * slot + 1]!;
  let run = 0;
  // What stands at the end of a table goes on at its beginning.
  while (run < slots && positionAt(slots - 1 - run) !== 0) run++;
  for (let slot = 0; slot < slots; slot++) {
    if (positionAt(slot) === 0) {
      run = 0;
      continue;
    }
    run = Math.min(run + 1, slots);
    const hash = words[first + 2 * slot]!;
    const home = (hash >>> 8) % slots;
    if (hash % TABLES !== table || (slot - home + slots) % slots >= run) return false;
  }
  return true;
}

/** Slots in use, by position. */
export class Slots {
  readonly #file: ReadOnlyFile;
  /** Hash and position in turn: the halves of each slot. */
  readonly #words: Uint32Array;

  constructor(file: ReadOnlyFile, sorted: BigUint64Array) {
    this.#file = file;
    this.#words = new Uint32Array(sorted.buffer, sorted.byteOffset, sorted.length * 2);
  }

  /** @throws MapError `damaged` unless the slot of record number `index` leads to its position, by this hash */
  assertLeadTo(index: number, position: number, hash: number): void {
    if (this.#words[2 * index + 1] === position && this.#words[2 * index] === hash) return;
    throw this.#file.damaged(`the record at ${position} is not found by its key`);
  }

  assertCount(records: number): void {
    const slots = this.#words.length / 2;
    if (slots !== records) throw this.#file.damaged(`${slots} slots for ${records} records`);
  }
}
