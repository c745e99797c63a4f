/**
 * A reader of Berkeley DB or CDB -> the records of a map, in the form of an LMDB map: a key is found with or without
 * its NUL.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import type { BuildMark } from './lmdb/mark.ts';
import type { Latin1Buffer } from './lmdb/pages.ts';
import type { FileFormat, MapRecords, RecordVisitor } from './map-file.ts';
import type { RecordReader } from './record-reader.ts';

export class ForeignRecords implements MapRecords {
  readonly format: FileFormat;
  readonly what: string;
  readonly mark: BuildMark = { keys: 'unknown' };
  readonly hasDuplicates: boolean;
  readonly #reader: RecordReader;
  #size: number | undefined;
  /** Buffer for the key of a lookup and its NUL. */
  #key: Buffer = Buffer.alloc(256);

  constructor(format: FileFormat, reader: RecordReader) {
    this.format = format;
    this.what = reader.what;
    this.hasDuplicates = reader.hasDuplicates;
    this.#reader = reader;
  }

  get size(): number {
    if (this.#size === undefined) {
      let count = 0;
      for (const _ of this.#reader.records()) count++;
      this.#size = count;
    }
    return this.#size;
  }

  get(key: ByteString, fold = false): ByteString | undefined {
    if (key.length >= this.#key.length) this.#key = Buffer.alloc(2 * key.length);
    const bytes = this.#key;
    const length = bytes.write(fold ? foldCase(key) : key, 'latin1');
    const plain = this.#reader.find(bytes.subarray(0, length));
    if (plain !== undefined) return textOf(plain.bytes, plain.start, plain.end);
    bytes[length] = 0;
    const value = this.#reader.find(bytes.subarray(0, length + 1));
    if (value === undefined) return undefined;
    const hasNul = value.end > value.start && value.bytes[value.end - 1] === 0;
    return textOf(value.bytes, value.start, value.end - Number(hasNul));
  }

  *entries(): Generator<{ readonly key: ByteString; readonly value: ByteString }> {
    for (const { key, keyStart, keyEnd, value, valueStart, valueEnd } of this.#reader.records()) {
      yield { key: textOf(key, keyStart, keyEnd), value: textOf(value, valueStart, valueEnd) };
    }
  }

  forEachRecord(visit: RecordVisitor): void {
    for (const { key, keyStart, keyEnd, value, valueStart, valueEnd } of this.#reader.records()) {
      visit(key, keyStart, keyEnd, value, valueStart, valueEnd);
    }
  }
}

function textOf(bytes: Uint8Array, start: number, end: number): ByteString {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return (buffer as Latin1Buffer).latin1Slice(start, end);
}
