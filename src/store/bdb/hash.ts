/**
 * A Berkeley DB hash of version 2.x or later -> its records, bucket after bucket, and the value of one key from the
 * pages of its bucket.
 *
 * Items of a page may be in any order.
 * Limits: a bucket page of zeros counts as an empty bucket that was never written, because a page that was overwritten with
 * zeros looks the same.
 */
import { emptyPlace, isSameKey, type RecordPlace, type Span, wholeSpan } from '../record-reader.ts';
import type { Damages } from './damages.ts';
import { type HashFunction, hashFunctionOf } from './hash-functions.ts';
import { doublingOf, HASH_ITEM, PAGE } from './layout.ts';
import { duplicatesBelow, readOverflow } from './long-items.ts';
import type { Buckets, Meta } from './meta.ts';
import type { Page, PageFile, PageKeys } from './pages.ts';
import { Visits } from './visits.ts';

/** From this version on, the spares give the place of every bucket page, and all of them are in the file. */
const FIRST_WITH_ALL_PAGES = 6;

/** The upper bits of a hash that a lookup on a page starts with; all keys of a page have the same lower bits. */
const HEAD_BITS = 7;
const HEAD_SHIFT = 32 - HEAD_BITS;

export class HashRecords {
  readonly #pages: PageFile;
  readonly #buckets: Buckets;
  readonly #version: number;
  readonly #hash: HashFunction | undefined;

  /** @throws MapError `damaged` if there are more buckets than pages */
  constructor(pages: PageFile, { buckets, version }: Meta & { readonly kind: 'hash' }) {
    if (buckets.last >= pages.count) throw pages.file.damaged(`${buckets.last} buckets in ${pages.count} pages`);
    this.#pages = pages;
    this.#buckets = buckets;
    this.#version = version;
    this.#hash = hashFunctionOf(buckets.checkValue);
  }

  /** False: the file uses a hash function of its program, so only a walk finds a key. */
  get canFind(): boolean {
    return this.#hash !== undefined;
  }

  get isFoundAsWalked(): boolean {
    return this.canFind;
  }

  find(key: Uint8Array): Span | undefined {
    const hash = this.#hash!(key, 0, key.length);
    let number = this.#firstPage(this.#bucketOf(hash));
    if (this.#isNeverWritten(number)) return undefined;
    let isFirst = true;
    // A chain that returns to a page never ends. The page at each power of two steps is remembered to detect that.
    let mark = -1;
    for (let steps = 1; number !== 0; steps++) {
      const page = this.#pages.load(number);
      if (page.type === PAGE.free && isFirst) return undefined;
      this.#assertBucketPage(page);
      const item = this.#keyIn(page, key, hash);
      if (item >= 0) return this.#firstValue(page, item + 1);
      if (page.number === mark) throw this.#pages.damaged(mark, 'is used twice');
      if ((steps & (steps - 1)) === 0) mark = page.number;
      number = page.next;
      isFirst = false;
    }
    return undefined;
  }

  *records(visits: Visits, damages: Damages): Generator<RecordPlace> {
    const place = emptyPlace();
    for (let bucket = 0; bucket <= this.#buckets.last; bucket++) {
      visits.pass(this.#pages.pageSize);
      try {
        yield* this.#bucketRecords(bucket, place, visits, damages);
      } catch (error) {
        damages.note(error);
      }
    }
  }

  assertWhole(visits: Visits): void {
    this.#pages.assertNoneLost(visits);
  }

  forget(): void {
    this.#pages.forget();
  }

  *#bucketRecords(bucket: number, place: RecordPlace, visits: Visits, damages: Damages): Generator<RecordPlace> {
    const first = this.#firstPage(bucket);
    if (this.#isNeverWritten(first)) return;
    for (let number = first; number !== 0; ) {
      visits.enter(number);
      const page = this.#pages.read(number);
      if (page.type === PAGE.free && number === first) return;
      visits.fill(this.#pages.pageSize);
      this.#assertBucketPage(page);
      for (let item = 0; item < page.offsets.length; item += 2) {
        try {
          const key = this.#item(page, item, visits);
          place.key = key.bytes;
          place.keyStart = key.start;
          place.keyEnd = key.end;
          if (!this.#belongsTo(bucket, key)) damages.note(this.#pages.damaged(number, 'has a key of another bucket'));
          for (const value of this.#values(page, item + 1, visits)) {
            place.value = value.bytes;
            place.valueStart = value.start;
            place.valueEnd = value.end;
            yield place;
          }
        } catch (error) {
          damages.note(error);
        }
      }
      number = page.next;
    }
  }

  /** False: a lookup of this key searches another bucket. */
  #belongsTo(bucket: number, { bytes, start, end }: Span): boolean {
    return this.#hash === undefined || this.#bucketOf(this.#hash(bytes, start, end)) === bucket;
  }

  #bucketOf(hash: number): number {
    const { highMask, lowMask, last } = this.#buckets;
    const bucket = (hash & highMask) >>> 0;
    return bucket > last ? (bucket & lowMask) >>> 0 : bucket;
  }

  #firstPage(bucket: number): number {
    const { spares } = this.#buckets;
    const doubling = doublingOf(bucket);
    if (this.#version >= FIRST_WITH_ALL_PAGES) return bucket + spares[doubling]!;
    return bucket + 1 + (bucket === 0 ? 0 : spares[doubling - 1]!);
  }

  /** In 2.x the pages of the last buckets may be missing from the file. */
  #isNeverWritten(number: number): boolean {
    return this.#version < FIRST_WITH_ALL_PAGES && number >= this.#pages.count;
  }

  #assertBucketPage({ number, type }: Page): void {
    if (type !== PAGE.hash && type !== PAGE.unsortedHash) throw this.#pages.damaged(number, 'is no page of a bucket');
  }

  /** The index of a key's item on a page, or -1. */
  #keyIn(page: Page, key: Uint8Array, hash: number): number {
    page.keys ??= this.#readKeys(page);
    const { hashes, heads, nexts, long } = page.keys;
    const wanted = hash | 0;
    for (let next = heads[wanted >>> HEAD_SHIFT]!; next !== 0; next = nexts[next - 1]!)
      if (hashes[next - 1] === wanted && this.#isKey(page, 2 * (next - 1), key)) return 2 * (next - 1);
    if (long.length === 0) return -1;
    return long.find((item) => this.#isLongKey(page, item, key)) ?? -1;
  }

  /** Hashes the keys of a page once. A lookup then reads only the key that it finds. */
  #readKeys({ bytes, offsets }: Page): PageKeys {
    const hashes = new Int32Array(offsets.length / 2);
    const long: number[] = [];
    for (let item = 0; item < offsets.length; item += 2) {
      const at = offsets[item]!;
      const end = item === 0 ? bytes.length : offsets[item - 1]!;
      if (bytes[at] === HASH_ITEM.bytes) hashes[item / 2] = this.#hash!(bytes, at + 1, end);
      else long.push(item);
    }
    const heads = new Uint16Array(1 << HEAD_BITS);
    const nexts = new Uint16Array(hashes.length);
    for (let i = hashes.length - 1; i >= 0; i--) {
      const head = hashes[i]! >>> HEAD_SHIFT;
      nexts[i] = heads[head]!;
      heads[head] = i + 1;
    }
    return { hashes, heads, nexts, long };
  }

  #isKey({ bytes, offsets }: Page, item: number, key: Uint8Array): boolean {
    const at = offsets[item]!;
    const end = item === 0 ? bytes.length : offsets[item - 1]!;
    return bytes[at] === HASH_ITEM.bytes && isSameKey(key, bytes, at + 1, end - at - 1);
  }

  #isLongKey(page: Page, item: number, key: Uint8Array): boolean {
    const at = page.offsets[item]!;
    const isOverflow = page.bytes[at] === HASH_ITEM.overflow;
    if (isOverflow && page.view.getUint32(at + 8, this.#pages.littleEndian) !== key.length) return false;
    const { bytes, start, end } = this.#item(page, item, new Visits(this.#pages.file));
    return isSameKey(key, bytes, start, end - start);
  }

  #firstValue(page: Page, item: number): Span {
    const { bytes, offsets } = page;
    const at = offsets[item]!;
    // Nearly every value is on the page, and the only one of its key.
    if (bytes[at] === HASH_ITEM.bytes) return { bytes, start: at + 1, end: offsets[item - 1]! };
    for (const value of this.#values(page, item, new Visits(this.#pages.file))) return value;
    throw this.#pages.damaged(page.number, 'has a key without a value');
  }

  /** A key, or a single value. */
  #item(page: Page, item: number, visits: Visits): Span {
    const { bytes, offsets, view } = page;
    const { littleEndian } = this.#pages;
    const at = offsets[item]!;
    const end = item === 0 ? bytes.length : offsets[item - 1]!;
    switch (bytes[at]) {
      case HASH_ITEM.bytes:
        return { bytes, start: at + 1, end };
      case HASH_ITEM.overflow:
        return wholeSpan(
          readOverflow(this.#pages, view.getUint32(at + 4, littleEndian), view.getUint32(at + 8, littleEndian), visits),
        );
      case HASH_ITEM.external:
        throw this.#pages.file.unsupported('a Berkeley DB file with values in files of their own');
      default:
        throw this.#pages.damaged(page.number, `has an item of type ${bytes[at]}`);
    }
  }

  *#values(page: Page, item: number, visits: Visits): Generator<Span> {
    const at = page.offsets[item]!;
    const type = page.bytes[at];
    if (type === HASH_ITEM.duplicates) yield* this.#duplicates(page, at + 1, page.offsets[item - 1]!);
    else if (type === HASH_ITEM.duplicateTree) {
      yield* duplicatesBelow(this.#pages, page.view.getUint32(at + 4, this.#pages.littleEndian), visits);
    } else yield this.#item(page, item, visits);
  }

  /** The values in one item; each stands between two copies of its length. */
  *#duplicates({ number, bytes, view }: Page, start: number, end: number): Generator<Span> {
    const { littleEndian } = this.#pages;
    for (let at = start; at < end; ) {
      const length = at + 2 > end ? end : view.getUint16(at, littleEndian);
      const next = at + 4 + length;
      if (next > end || view.getUint16(next - 2, littleEndian) !== length) {
        throw this.#pages.damaged(number, 'has values that do not fit');
      }
      yield { bytes, start: at + 2, end: next - 2 };
      at = next;
    }
  }
}
