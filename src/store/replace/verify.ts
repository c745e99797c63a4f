/**
 * A file that was just written -> a check that it holds exactly the records that it was written from, in order. An
 * independent implementation, the `lmdb` package, reads 1.0 files of more than {@link SMALL} records. Our own readers read
 * the others: small files, 0.9 and CDB, and 1.0 files if the package cannot be used.
 *
 * Nothing is copied: the package's decoders get ranges of its buffers, which are compared with the arena in place (a
 * fifth of the time that it takes to fetch keys and values as Buffers).
 */
import type { ByteString } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import type { Problem } from '../../core/problem.ts';
import { systemText } from '../../core/system-error.ts';
import { openAgain, openDescriptor } from '../input-file.ts';
import { NODE_BIG, NODE_HEADER } from '../lmdb/layout.ts';
import { LmdbUnusable, readThroughLmdb } from '../lmdb/native.ts';
import { openMapOf } from '../open-map-file.ts';
import { CHUNK_SHIFT, OFFSET_MASK } from '../records/arena.ts';
import { compareNodes } from '../records/compare.ts';
import { sameBytes, Views, viewOf } from '../records/copy.ts';
import type { SortedRecords } from '../records/sort.ts';

/** Loading the package takes longer than the whole run for a map with so few records. */
const SMALL = 2000;

/**
 * @param path the name of the open file
 * @throws MapError `notVerified`
 * @returns a warning if the package cannot be used
 */
export async function verifyMap(
  fd: number,
  path: string,
  records: SortedRecords,
  duplicates: boolean,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const mostOrder = duplicates ? 0 : -1;
  try {
    if (records.arena.format === '1.0' && records.addresses.length > SMALL) {
      try {
        await readThroughPackage(fd, path, duplicates, new Comparison(path, records, mostOrder));
        return problems;
      } catch (cause) {
        if (!(cause instanceof LmdbUnusable)) throw cause;
        const text = `${cause.message}; the new map was checked by our own reader`;
        problems.push({ severity: 'warning', code: 'otherReader', text, ours: true });
      }
    }
    readThroughReader(fd, path, new Comparison(path, records, mostOrder));
    return problems;
  } catch (cause) {
    if (cause instanceof MapError && cause.code === 'notVerified') throw cause;
    const first = cause instanceof MapError ? (cause.cause ?? cause) : cause;
    throw new MapError('notVerified', `${path} cannot be read back: ${systemText(first)}`, {
      file: path,
      cause: first,
    });
  }
}

async function readThroughPackage(
  fd: number,
  path: string,
  duplicates: boolean,
  comparison: Comparison,
): Promise<void> {
  if (comparison.expectsEmptyKey()) comparison.take('', readOne(fd, path, ''));
  await readThroughLmdb(fd, duplicates, comparison);
  comparison.finish();
}

function readThroughReader(fd: number, path: string, comparison: Comparison): void {
  const map = openMapOf(openAgain(fd) ?? openDescriptor(path), path);
  try {
    map.forEachRecord((keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd) => {
      comparison.key(keyBytes, keyStart, keyEnd);
      comparison.value(valueBytes, valueStart, valueEnd);
    });
  } finally {
    map.close();
  }
  comparison.finish();
}

function readOne(fd: number, path: string, key: ByteString): ByteString {
  const map = openMapOf(openAgain(fd) ?? openDescriptor(path), path);
  try {
    return map.get(key) ?? '';
  } finally {
    map.close();
  }
}

/** Number of records whose lengths are read together. */
const RECORDS_AHEAD = 32;

/** Compares the file's keys and values, as they are read, with the records. */
class Comparison {
  readonly #path: string;
  readonly #records: SortedRecords;
  /** The greatest allowed result of comparing a key with the next one. */
  readonly #mostOrder: number;
  readonly #keys = new Views();
  readonly #values = new Views();
  readonly #keyLengths = new Uint16Array(RECORDS_AHEAD);
  #index = 0;

  constructor(path: string, records: SortedRecords, mostOrder: number) {
    this.#path = path;
    this.#records = records;
    this.#mostOrder = mostOrder;
  }

  /** The `lmdb` package cannot iterate over the empty key, so our reader reads it. */
  expectsEmptyKey(): boolean {
    const { arena, addresses } = this.#records;
    return addresses.length > 0 && arena.keyLengthAt(addresses[0]!) === 0;
  }

  take(key: ByteString, value: ByteString): void {
    this.key(Buffer.from(key, 'latin1'), 0, key.length);
    this.value(Buffer.from(value, 'latin1'), 0, value.length);
  }

  key(bytes: Uint8Array, start: number, end: number): void {
    const { arena, addresses } = this.#records;
    if (this.#index >= addresses.length) throw this.#differs('more records');
    if (this.#index % RECORDS_AHEAD === 0) this.#readLengths();
    const address = addresses[this.#index]!;
    const isOrdered = arena.format !== 'cdb';
    if (isOrdered && this.#index > 0 && compareNodes(arena, addresses[this.#index - 1]!, address) > this.#mostOrder) {
      throw this.#differs('keys in another order');
    }
    const expected = arena.views[address >>> CHUNK_SHIFT]!;
    const from = ((address & OFFSET_MASK) << 1) + NODE_HEADER;
    const isSame = end - start === this.#keyLengths[this.#index % RECORDS_AHEAD];
    if (!isSame || !sameBytes(this.#keys.of(bytes), start, end, expected, from)) throw this.#differs('another key');
  }

  /**
   * In a loop of its own, so that the processor waits for all of the scattered records together (as in writer.ts).
   */
  #readLengths(): void {
    const { arena, addresses } = this.#records;
    const from = this.#index;
    for (let i = from, end = Math.min(addresses.length, from + RECORDS_AHEAD); i < end; i++) {
      this.#keyLengths[i - from] = arena.keyLengthAt(addresses[i]!);
    }
  }

  value(bytes: Uint8Array, start: number, end: number): void {
    const { arena, addresses } = this.#records;
    const address = addresses[this.#index++]!;
    if (end - start !== arena.valueLengthAt(address)) throw this.#differs('another value');
    const big = (arena.words[address >>> CHUNK_SHIFT]![(address & OFFSET_MASK) + 2]! & NODE_BIG) !== 0;
    const expected = big ? viewOf(arena.bigValueAt(address)) : arena.views[address >>> CHUNK_SHIFT]!;
    const from = big ? 0 : ((address & OFFSET_MASK) << 1) + NODE_HEADER + arena.keyLengthAt(address);
    if (!sameBytes(this.#values.of(bytes), start, end, expected, from)) throw this.#differs('another value');
  }

  lastKey(): Buffer {
    const { arena, addresses } = this.#records;
    return Buffer.from(arena.keyAt(addresses[this.#index - 1]!), 'latin1');
  }

  finish(): void {
    if (this.#index !== this.#records.addresses.length) throw this.#differs('fewer records');
  }

  #differs(what: string): MapError {
    const text = `${this.#path} reads back with ${what} than was written (record ${this.#index + 1})`;
    return new MapError('notVerified', text, { file: this.#path });
  }
}
