/**
 * The tables of a CDB file -> the slots in the order of their records, so that a walk can compare each record with
 * its slot without a search. Each slot is checked to be where a lookup of its hash finds it.
 */
import type { ReadOnlyFile } from '../read-only-file.ts';
import { HEADER_BYTES, RECORD_HEADER, SLOT_BYTES, TABLES, type Table } from './layout.ts';

/** Every program makes two slots for a record; a file with far more claims them without having written them. */
const MOST_SLOTS_A_RECORD = 16;
/** So many may always be there. */
const FREE_SLOTS = 1 << 20;

/** Reads all tables, which start at `start` and end with the file. @throws MapError `damaged` */
export function readSlots(file: ReadOnlyFile, tables: readonly Table[], start: number): Slots {
  const size = file.size - start;
  const mostRecords = (start - HEADER_BYTES) / RECORD_HEADER;
  if (size / SLOT_BYTES > FREE_SLOTS + MOST_SLOTS_A_RECORD * mostRecords)
    throw file.damaged(`${size / SLOT_BYTES} slots, and room for ${Math.floor(mostRecords)} records`);
  const bytes = new Uint8Array(size);
  file.read(bytes, start);
  const words = new Uint32Array(bytes.buffer);
  tables.forEach(({ position, slots }, table) => {
    if (!isReachable(words, ((position - start) / SLOT_BYTES) * 2, slots, table)) {
      throw file.damaged(`table ${table} has a slot that no lookup reaches`);
    }
  });
  // The two halves of a 64-bit number, hash and position, sort by position.
  const used = new Uint32Array(words.length);
  let length = 0;
  for (let at = 0; at < words.length; at += 2) {
    if (words[at + 1] === 0) continue;
    used[length++] = words[at]!;
    used[length++] = words[at + 1]!;
  }
  return new Slots(file, new BigUint64Array(used.buffer, 0, length / 2).sort());
}

/** True if each used slot belongs to this table, and no empty slot lies between the place of its hash and itself. */
function isReachable(words: Uint32Array, first: number, slots: number, table: number): boolean {
  const positionAt = (slot: number): number => words[first + 2 * slot + 1]!;
  let run = 0;
  // A run of slots at the end of a table goes on at its start.
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

/** The used slots, by position. */
export class Slots {
  readonly #file: ReadOnlyFile;
  /** Hash and position in turn, two words for each slot. */
  readonly #words: Uint32Array;

  constructor(file: ReadOnlyFile, sorted: BigUint64Array) {
    this.#file = file;
    this.#words = new Uint32Array(sorted.buffer, sorted.byteOffset, sorted.length * 2);
  }

  /** @throws MapError `damaged` unless the slot of record number `index` has this position and hash */
  assertLeadTo(index: number, position: number, hash: number): void {
    if (this.#words[2 * index + 1] === position && this.#words[2 * index] === hash) return;
    throw this.#file.damaged(`the record at ${position} is not found by its key`);
  }

  assertCount(records: number): void {
    const slots = this.#words.length / 2;
    if (slots !== records) throw this.#file.damaged(`${slots} slots for ${records} records`);
  }
}
