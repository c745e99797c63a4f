/**
 * A file that was just written -> a check that it holds exactly the records that it was written from, in order. The reader that
 * answers lookups reads it, through a descriptor of its own; it shares no code with the writer, checks every page, its place in
 * the tree and the order of keys, and reads also the files that the package `lmdb` has written.
 *
 * Nothing is copied: the reader gives ranges of its pages, which are compared with the arena in place.
 */
import { MapError } from '../../core/errors.ts';
import { systemText } from '../../core/system-error.ts';
import { openAgain, openDescriptor } from '../input-file.ts';
import { NODE_BIG, NODE_HEADER } from '../lmdb/layout.ts';
import { openMapOf } from '../open-map-file.ts';
import { CHUNK_SHIFT, OFFSET_MASK } from '../records/arena.ts';
import { sameBytes, Views, viewOf } from '../records/copy.ts';
import type { SortedRecords } from '../records/sort.ts';

/**
 * @param path the name of the open file
 * @throws MapError `notVerified`
 */
export function verifyMap(fd: number, path: string, records: SortedRecords): void {
  try {
    using map = openMapOf(openAgain(fd) ?? openDescriptor(path), path);
    const comparison = new Comparison(path, records);
    map.forEachRecord((keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd) =>
      comparison.record(keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd),
    );
    comparison.finish();
  } catch (cause) {
    if (cause instanceof MapError && cause.code === 'notVerified') throw cause;
    const first = cause instanceof MapError ? (cause.cause ?? cause) : cause;
    throw new MapError('notVerified', `${path} cannot be read back: ${systemText(first)}`, {
      file: path,
      cause: first,
    });
  }
}

/** Number of records that are brought into the processor's cache together. */
const RECORDS_AHEAD = 32;

/** Compares the file's keys and values, as they are read, with the records. */
class Comparison {
  readonly #path: string;
  readonly #records: SortedRecords;
  readonly #keys = new Views();
  readonly #values = new Views();
  #index = 0;

  constructor(path: string, records: SortedRecords) {
    this.#path = path;
    this.#records = records;
  }

  record(
    keyBytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueBytes: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    const { arena, addresses } = this.#records;
    const index = this.#index;
    if (index >= addresses.length) throw this.#differs('more records');
    if (index % RECORDS_AHEAD === 0)
      arena.readAhead(addresses, index, Math.min(addresses.length, index + RECORDS_AHEAD));
    const address = addresses[index]!;
    const view = arena.views[address >>> CHUNK_SHIFT]!;
    const node = (address & OFFSET_MASK) << 1;
    const key = node + NODE_HEADER;
    const keyLength = view.getUint16(node + 6, true);
    const hasKey = keyEnd - keyStart === keyLength && sameBytes(this.#keys.of(keyBytes), keyStart, keyEnd, view, key);
    if (!hasKey) throw this.#differs('another key');
    const isBig = (view.getUint16(node + 4, true) & NODE_BIG) !== 0;
    const expected = isBig ? viewOf(arena.bigValueAt(address)) : view;
    const hasValue =
      valueEnd - valueStart === view.getUint32(node, true) &&
      sameBytes(this.#values.of(valueBytes), valueStart, valueEnd, expected, isBig ? 0 : key + keyLength);
    if (!hasValue) throw this.#differs('another value');
    this.#index = index + 1;
  }

  finish(): void {
    if (this.#index !== this.#records.addresses.length) throw this.#differs('fewer records');
  }

  #differs(what: string): MapError {
    const text = `${this.#path} reads back with ${what} than was written (record ${this.#index + 1})`;
    return new MapError('notVerified', text, { file: this.#path });
  }
}
