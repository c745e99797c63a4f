/**
 * A reader of Berkeley DB or CDB -> the records of a map, in the form of an LMDB map: a key is found with or without
 * its NUL.
 */
import { type ByteString, encodeText } from '../core/bytes.ts';
import { KeptRecords } from './kept-records.ts';
import type { BuildMark } from './lmdb/mark.ts';
import type { Latin1Buffer } from './lmdb/pages.ts';
import type { FileFormat, MapRecords, RecordVisitor } from './map-file.ts';
import type { RecordReader } from './record-reader.ts';
import { viewOf } from './records/copy.ts';
import { MOST_ASCII, MOST_BYTE, putKey } from './search-key.ts';

export class ForeignRecords implements MapRecords {
  readonly format: FileFormat;
  readonly what: string;
  readonly mark: BuildMark = { keys: 'unknown' };
  readonly hasDuplicates: boolean;
  readonly #reader: RecordReader;
  #size: number | undefined;
  readonly #kept: KeptRecords | undefined;
  /** Buffer for the key of a lookup and its NUL. */
  #key: Buffer = Buffer.alloc(256);
  #view: DataView = viewOf(this.#key);

  constructor(format: FileFormat, reader: RecordReader) {
    this.format = format;
    this.what = reader.what;
    this.hasDuplicates = reader.hasDuplicates;
    this.#reader = reader;
    if (reader.isFoundAsWalked) this.#kept = new KeptRecords(() => reader.records(), reader.fileSize);
  }

  get size(): number {
    if (this.#size === undefined) {
      let count = 0;
      for (const _ of this.#reader.records()) count++;
      this.#size = count;
    }
    return this.#size;
  }

  get(key: string, fold = false, isText = false): ByteString | undefined {
    const bits = this.#seek(key, fold);
    if (bits > MOST_ASCII && isText) return this.get(encodeText(key, 'key'), fold);
    if (bits > MOST_BYTE) return undefined;
    const { length } = key;
    const kept = this.#kept;
    if (kept?.isWhole) return kept.get(this.#view, length);
    const value = this.#find(length);
    if (kept?.keepNext()) this.#reader.forget();
    return value;
  }

  /** Writes a key and a NUL into the buffer. Returns the bits of its characters. */
  #seek(key: ByteString, fold: boolean): number {
    const { length } = key;
    if (length >= this.#key.length) {
      this.#key = Buffer.alloc(2 * length);
      this.#view = viewOf(this.#key);
    }
    return putKey(key, fold, this.#key);
  }

  /** Looks up the key in the pages of the file. */
  #find(length: number): ByteString | undefined {
    const plain = this.#reader.find(this.#key.subarray(0, length));
    if (plain !== undefined) return textOf(plain.bytes, plain.start, plain.end);
    const value = this.#reader.find(this.#key.subarray(0, length + 1));
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
