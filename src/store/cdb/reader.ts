/**
 * A CDB file -> its records in the order in which they were written, and lookups. If a key occurs twice, a lookup
 * gives the first value, as in every CDB reader; `records` gives both.
 *
 * A walk checks that the slot of each record leads to it, and that there are as many slots as records. A lookup reads
 * the slots of one key and the records that they refer to.
 */
import type { MapError } from '../../core/errors.ts';
import type { ReadOnlyFile } from '../read-only-file.ts';
import { emptyPlace, isSameKey, type RecordPlace, type RecordReader, type Span, wholeSpan } from '../record-reader.ts';
import { viewOf } from '../records/copy.ts';
import { cdbHash, HEADER_BYTES, RECORD_HEADER, SLOT_BYTES, TABLES, type Table } from './layout.ts';
import { readSlots } from './slots.ts';

/** Bytes read at a time by a walk. */
const CHUNK_BYTES = 1 << 20;
/** Slots read at a time: a key is rarely further from the slot that its hash gives. */
const SLOTS_AT_A_TIME = 8;
/** Bytes of a value that are read together with the key. */
const USUAL_VALUE = 256;

export function openCdb(file: ReadOnlyFile, tables: readonly Table[]): RecordReader {
  return new CdbReader(file, tables);
}

class CdbReader implements RecordReader {
  readonly what = 'CDB';
  readonly hasDuplicates = false;
  /** The order of the slots, not of the records, decides which of several records of a key is found. */
  readonly isFoundAsWalked = false;
  readonly #file: ReadOnlyFile;
  readonly #tables: readonly Table[];
  /** The end of the records. */
  readonly #end: number;

  constructor(file: ReadOnlyFile, tables: readonly Table[]) {
    this.#file = file;
    this.#tables = tables;
    this.#end = tables.find(({ slots }) => slots > 0)?.position ?? HEADER_BYTES;
  }

  get fileSize(): number {
    return this.#file.size;
  }

  find(key: Uint8Array): Span | undefined {
    const hash = cdbHash(key);
    if (this.#tables[hash % TABLES]!.slots === 0) return undefined;
    const value = this.#valueOf(key, hash);
    this.#file.assertUnchanged();
    return value;
  }

  *records(): Generator<RecordPlace> {
    const place = emptyPlace();
    const slots = readSlots(this.#file, this.#tables, this.#end);
    let records = 0;
    let chunk = Buffer.alloc(0);
    let view = viewOf(chunk);
    let start = 0;
    for (let position = HEADER_BYTES; position < this.#end; records++) {
      const need = (length: number): void => {
        if (position + length > this.#end) throw this.#damaged(position, 'does not end before the tables');
        if (position + length <= start + chunk.length) return;
        chunk = Buffer.allocUnsafe(Math.min(Math.max(CHUNK_BYTES, length), this.#end - position));
        view = viewOf(chunk);
        start = position;
        this.#file.read(chunk, position);
      };
      need(RECORD_HEADER);
      const keyLength = view.getUint32(position - start, true);
      const valueLength = view.getUint32(position - start + 4, true);
      this.#file.assertLength(keyLength);
      this.#file.assertLength(valueLength);
      const length = RECORD_HEADER + keyLength + valueLength;
      need(length);
      place.key = chunk;
      place.value = chunk;
      place.keyStart = position - start + RECORD_HEADER;
      place.keyEnd = place.keyStart + keyLength;
      place.valueStart = place.keyEnd;
      place.valueEnd = position - start + length;
      slots.assertLeadTo(records, position, cdbHash(chunk, place.keyStart, place.keyEnd));
      position += length;
      yield place;
    }
    slots.assertCount(records);
    this.#file.assertUnchanged();
  }

  /** Nothing is kept in memory, so there is nothing to release. */
  forget(): void {}

  #valueOf(key: Uint8Array, hash: number): Span | undefined {
    for (const position of this.#positionsOf(hash)) {
      const value = this.#valueAt(position, key);
      if (value !== undefined) return wholeSpan(value);
    }
    return undefined;
  }

  /** The positions of records that may have a key of this hash, in the order of the slots. */
  *#positionsOf(hash: number): Generator<number> {
    const { position, slots } = this.#tables[hash % TABLES]!;
    const some = Buffer.allocUnsafe(Math.min(slots, SLOTS_AT_A_TIME) * SLOT_BYTES);
    let slot = (hash >>> 8) % slots;
    for (let seen = 0; seen < slots; ) {
      const count = Math.min(SLOTS_AT_A_TIME, slots - slot, slots - seen);
      this.#file.read(some, position + slot * SLOT_BYTES, 0, count * SLOT_BYTES);
      for (let i = 0; i < count; i++) {
        const record = some.readUInt32LE(i * SLOT_BYTES + 4);
        if (record === 0) return;
        if (some.readUInt32LE(i * SLOT_BYTES) === hash) yield record;
      }
      seen += count;
      slot = (slot + count) % slots;
    }
  }

  /** The value of the record at a position, if it has this key. */
  #valueAt(position: number, key: Uint8Array): Uint8Array | undefined {
    const left = this.#end - position;
    if (position < HEADER_BYTES || left < RECORD_HEADER) throw this.#damaged(position, 'is outside the records');
    const first = Buffer.allocUnsafe(Math.min(left, RECORD_HEADER + key.length + USUAL_VALUE));
    this.#file.read(first, position);
    const keyLength = first.readUInt32LE(0);
    const length = RECORD_HEADER + keyLength + first.readUInt32LE(4);
    if (length > left) throw this.#damaged(position, 'does not end before the tables');
    if (!isSameKey(key, first, RECORD_HEADER, keyLength)) return undefined;
    if (length <= first.length) return first.subarray(RECORD_HEADER + keyLength, length);
    this.#file.assertLength(length - RECORD_HEADER - keyLength);
    const value = Buffer.allocUnsafe(length - RECORD_HEADER - keyLength);
    this.#file.read(value, position + RECORD_HEADER + keyLength);
    return value;
  }

  #damaged(position: number, what: string): MapError {
    return this.#file.damaged(`the record at ${position} ${what}`);
  }
}
