/**
 * A hash of Berkeley DB 1.85 (the BSDs, old macOS) -> its records and lookups. The header is big-endian on every
 * machine and gives the byte order of the pages. It holds the exact number of records, which a walk must match.
 *
 * A page is a list of u16: their number, pairs of the offsets of key and value, free bytes, start of the data. A
 * second number below 4 is no offset: 0 refers to the bucket's next page; 1 to 3 mean a long pair, which has its
 * pages to itself. There are no duplicates.
 * Source: the library's hash/page.h and hash_bigkey.c.
 */
import type { ReadOnlyFile } from '../read-only-file.ts';
import { emptyPlace, isSameKey, type RecordPlace, type Span, wholeSpan } from '../record-reader.ts';
import type { Damages } from './damages.ts';
import type { Database } from './database.ts';
import { type HashFunction, hashFunctionOf } from './hash-functions.ts';
import { doublingOf, SPARES } from './layout.ts';
import { Visits } from './visits.ts';

const VERSION = 2;
const LITTLE_ENDIAN = 1234;
const BIG_ENDIAN = 4321;
/** With 65,536 the library destroys its own file. */
const MAX_PAGE_SIZE = 32_768;
const MIN_PAGE_SIZE = 64;
const HEADER_BYTES = 260;

/** Values of a pair's second number that are no offsets. */
const NEXT_PAGE = 0;
const PART_OF_KEY = 1;
const END_OF_KEY = 2;
const END_OF_KEY_AND_VALUE = 3;
const LEAST_OFFSET = 4;

interface OldPage {
  readonly number: number;
  readonly bytes: Buffer;
  /** The list of u16; the first is their number. */
  readonly words: Uint16Array;
}

/** A key with its value. */
interface Pair {
  readonly key: Span;
  readonly value: Span;
}

export class OldHash implements Database {
  readonly canFind: boolean;
  readonly #file: ReadOnlyFile;
  readonly #pageSize: number;
  readonly #littleEndian: boolean;
  readonly #count: number;
  readonly #lastBucket: number;
  readonly #highMask: number;
  readonly #lowMask: number;
  readonly #keys: number;
  readonly #headerPages: number;
  readonly #spares: readonly number[];
  readonly #hash: HashFunction | undefined;

  constructor(file: ReadOnlyFile, head: Uint8Array) {
    if (head.length < HEADER_BYTES) throw file.damaged('it ends inside its header');
    const view = new DataView(head.buffer, head.byteOffset, head.length);
    const [version, order, pageSize] = [view.getUint32(4), view.getUint32(8), view.getUint32(12)];
    const isPower = (pageSize & (pageSize - 1)) === 0;
    if (version !== VERSION) throw file.damaged(`hash version ${version} is not known`);
    if (order !== LITTLE_ENDIAN && order !== BIG_ENDIAN) throw file.damaged(`byte order ${order}`);
    if (!isPower || pageSize < MIN_PAGE_SIZE || pageSize > MAX_PAGE_SIZE) throw file.damaged(`page size ${pageSize}`);
    // An empty map may have only its header.
    if (file.size % pageSize !== 0 && file.size !== HEADER_BYTES) throw file.damaged('it ends inside a page');
    this.#file = file;
    this.#pageSize = pageSize;
    this.#littleEndian = order === LITTLE_ENDIAN;
    this.#count = Math.floor(file.size / pageSize);
    this.#lastBucket = view.getUint32(40);
    this.#highMask = view.getUint32(44);
    this.#lowMask = view.getUint32(48);
    this.#keys = view.getUint32(56);
    this.#headerPages = view.getUint32(60);
    this.#hash = hashFunctionOf(view.getUint32(64));
    this.#spares = Array.from({ length: SPARES }, (_, i) => view.getUint32(68 + 4 * i));
    this.canFind = this.#hash !== undefined;
  }

  get isFoundAsWalked(): boolean {
    return this.canFind;
  }

  find(key: Uint8Array): Span | undefined {
    for (const bucket of this.#bucketsOf(key)) {
      for (const { key: found, value } of this.#pairs(this.#pageOfBucket(bucket), new Visits(this.#file))) {
        if (isSameKey(key, found.bytes, found.start, found.end - found.start)) return value;
      }
    }
    return undefined;
  }

  *records(visits: Visits, damages: Damages): Generator<RecordPlace> {
    const place = emptyPlace();
    // The page of a bucket has at least the bucket's number.
    const last = Math.min(this.#lastBucket, this.#count);
    for (let bucket = 0; bucket <= last; bucket++) {
      visits.pass(this.#pageSize);
      try {
        for (const { key, value } of this.#pairs(this.#pageOfBucket(bucket), visits)) {
          if (!this.#belongsTo(bucket, key)) damages.note(this.#file.damaged(`bucket ${bucket} has a key of another`));
          place.key = key.bytes;
          place.keyStart = key.start;
          place.keyEnd = key.end;
          place.value = value.bytes;
          place.valueStart = value.start;
          place.valueEnd = value.end;
          yield place;
        }
      } catch (error) {
        damages.note(error);
      }
    }
  }

  assertWhole(_visits: Visits, records: number): void {
    if (records !== this.#keys) throw this.#file.damaged(`it states ${this.#keys} records`);
  }

  /** Nothing is kept in memory, so there is nothing to release. */
  forget(): void {}

  /**
   * The buckets that may hold a key. A key with bytes above 127 has two: the library hashes `char`, whose sign
   * depends on its compiler and is not in the file. In a hash of up to 256 buckets both are the same.
   */
  #bucketsOf(key: Uint8Array): ReadonlySet<number> {
    const signed = new Int8Array(key.buffer, key.byteOffset, key.length);
    return new Set([key, signed].map((bytes) => this.#bucketOf(this.#hash!(bytes, 0, bytes.length))));
  }

  #bucketOf(hash: number): number {
    const bucket = (hash & this.#highMask) >>> 0;
    return bucket > this.#lastBucket ? (bucket & this.#lowMask) >>> 0 : bucket;
  }

  /** False: a lookup of this key searches another bucket. */
  #belongsTo(bucket: number, { bytes, start, end }: Span): boolean {
    return this.#hash === undefined || this.#bucketsOf(bytes.subarray(start, end)).has(bucket);
  }

  #pageOfBucket(bucket: number): number {
    return bucket + this.#headerPages + (bucket === 0 ? 0 : this.#spares[doublingOf(bucket) - 1]!);
  }

  #pageOfAddress(address: number): number {
    return this.#pageOfBucket(2 ** (address >> 11) - 1) + (address & 2047);
  }

  *#pairs(first: number, visits: Visits): Generator<Pair> {
    // Not written yet: an empty bucket.
    if (first >= this.#count) return;
    for (let number: number | undefined = first; number !== undefined; ) {
      const page: OldPage = this.#page(number, visits);
      const { words, bytes } = page;
      number = undefined;
      let end = this.#pageSize;
      for (let i = 1; i < words[0]!; i += 2) {
        const [key, value] = [words[i]!, words[i + 1]!];
        if (value === NEXT_PAGE) number = this.#pageOfAddress(key);
        else if (value < LEAST_OFFSET) {
          const long = this.#longPair(page, visits);
          yield long.pair;
          number = long.next;
          break;
        } else {
          if (key > end || value > key || value < 2 * words.length)
            throw this.#damaged(page, 'has items that do not fit');
          yield { key: { bytes, start: key, end }, value: { bytes, start: value, end: key } };
          end = value;
        }
      }
    }
  }

  /** A pair on several pages, of which `first` is the first; and the page on which its bucket goes on. */
  #longPair(first: OldPage, visits: Visits): { readonly pair: Pair; readonly next: number | undefined } {
    const key: Uint8Array[] = [];
    const value: Uint8Array[] = [];
    let page = first;
    const follow = (): OldPage => this.#page(this.#pageOfAddress(page.words[3]!), visits);
    for (; page.words[2] === PART_OF_KEY; page = follow()) key.push(this.#part(page, page.words[1]!, this.#pageSize));
    key.push(this.#part(page, page.words[1]!, this.#pageSize));
    if (page.words[2] === END_OF_KEY_AND_VALUE) {
      value.push(this.#part(page, page.words[4]!, page.words[1]!));
      const isComplete = page.words[page.words[0]! + 1] !== 0;
      if (isComplete) return { pair: joined(key, value), next: this.#pageOfAddress(page.words[3]!) };
    } else if (page.words[2] !== END_OF_KEY) throw this.#damaged(page, 'has a long key that does not end');
    for (page = follow(); page.words[2] === END_OF_KEY; page = follow()) {
      value.push(this.#part(page, page.words[1]!, this.#pageSize));
    }
    if (page.words[2] !== END_OF_KEY_AND_VALUE) throw this.#damaged(page, 'has a long value that does not end');
    value.push(this.#part(page, page.words[1]!, this.#pageSize));
    return { pair: joined(key, value), next: page.words[0]! > 2 ? this.#pageOfAddress(page.words[3]!) : undefined };
  }

  #part(page: OldPage, start: number, end: number): Uint8Array {
    if (start < 2 * page.words.length || start > end) throw this.#damaged(page, 'has a part that does not fit');
    return page.bytes.subarray(start, end);
  }

  #page(number: number, visits: Visits): OldPage {
    visits.enter(number);
    if (number < this.#headerPages || number >= this.#count) throw this.#file.damaged(`page ${number} does not exist`);
    const bytes = Buffer.allocUnsafe(this.#pageSize);
    this.#file.read(bytes, number * this.#pageSize);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const count = view.getUint16(0, this.#littleEndian);
    if (count % 2 !== 0 || 2 * (count + 3) > this.#pageSize) {
      throw this.#file.damaged(`page ${number} says that it has ${count} items`);
    }
    const words = new Uint16Array(count + 3);
    for (let i = 0; i < words.length; i++) words[i] = view.getUint16(2 * i, this.#littleEndian);
    // The list of an empty page gives its free bytes.
    if (words.some((word) => word !== 0)) visits.fill(this.#pageSize);
    return { number, bytes, words };
  }

  #damaged({ number }: OldPage, what: string): Error {
    return this.#file.damaged(`page ${number} ${what}`);
  }
}

function joined(key: readonly Uint8Array[], value: readonly Uint8Array[]): Pair {
  return { key: wholeSpan(Buffer.concat(key)), value: wholeSpan(Buffer.concat(value)) };
}
