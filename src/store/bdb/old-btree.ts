/**
 * A btree of Berkeley DB 1.85 (the BSDs, old macOS) -> its records in key order, and lookups. The magic number
 * decides the byte order of all numbers.
 *
 * Limits: the file has no reliable count of records. Instead, leaves must be chained in the order of the tree, and a
 * leaf that neither the tree nor the free list refers to is damage. The library misplaces a key that is too long for
 * a page; a walk that finds keys out of order sets `canFind` to false.
 * Source: the library's btree/btree.h.
 */
import type { ReadOnlyFile } from '../read-only-file.ts';
import { emptyPlace, type RecordPlace, type Span, wholeSpan } from '../record-reader.ts';
import type { Damages } from './damages.ts';
import type { Database } from './database.ts';
import { BTREE_MAGIC, MAX_DEPTH } from './layout.ts';
import { Visits } from './visits.ts';

const VERSION = 3;
const MIN_PAGE_SIZE = 512;
const MAX_PAGE_SIZE = 65_536;
const META_BYTES = 24;
const ROOT = 1;
const RECNO = 0x80;
const NO_DUPLICATES = 0x20;

const PAGE_HEADER = 20;
const PAGE_TYPE = 0x1f;
const INTERNAL = 1;
const LEAF = 2;
const OVERFLOW = 4;

/** Bytes before an item's key; the last of them are the flags. */
const ITEM_HEADER = 9;
const ITEM_FLAGS = 8;
const LONG_VALUE = 1;
const LONG_KEY = 2;
/** Bytes of a reference to a chain of overflow pages: page number and length. */
const REFERENCE = 8;

interface OldPage {
  readonly number: number;
  readonly type: number;
  readonly previous: number;
  readonly next: number;
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly offsets: readonly number[];
}

export class OldBtree implements Database {
  /** False after a walk has found a key that is before its predecessor. */
  canFind = true;
  readonly isFoundAsWalked = false;
  readonly hasDuplicates: boolean;
  readonly #file: ReadOnlyFile;
  readonly #littleEndian: boolean;
  readonly #pageSize: number;
  readonly #count: number;
  readonly #firstFree: number;

  constructor(file: ReadOnlyFile, head: Uint8Array) {
    if (head.length < META_BYTES) throw file.damaged('it ends inside its first page');
    const view = new DataView(head.buffer, head.byteOffset, head.length);
    this.#littleEndian = view.getUint32(0, true) === BTREE_MAGIC;
    const [version, pageSize, firstFree, , flags] = [4, 8, 12, 16, 20].map((at) =>
      view.getUint32(at, this.#littleEndian),
    ) as [number, number, number, number, number];
    const isPower = (pageSize & (pageSize - 1)) === 0;
    if (version !== VERSION) throw file.damaged(`btree version ${version} is not known`);
    if ((flags & RECNO) !== 0) throw file.unsupported('a Berkeley DB recno file, whose keys are numbers');
    if (!isPower || pageSize < MIN_PAGE_SIZE || pageSize > MAX_PAGE_SIZE) throw file.damaged(`page size ${pageSize}`);
    if (file.size % pageSize !== 0) throw file.damaged('it ends inside a page');
    this.#file = file;
    this.#pageSize = pageSize;
    this.#count = file.size / pageSize;
    this.#firstFree = firstFree;
    this.hasDuplicates = (flags & NO_DUPLICATES) === 0;
  }

  find(key: Uint8Array): Span | undefined {
    const visits = new Visits(this.#file);
    let page = this.#leafBefore(key);
    let item = this.#firstNotBefore(page, key, 0);
    while (item === page.offsets.length && page.next !== 0) {
      visits.enter(page.next);
      page = this.#treePage(page.next);
      item = this.#firstNotBefore(page, key, 0);
    }
    const isFound = item < page.offsets.length && this.#compare(page, item, key) === 0;
    return isFound ? this.#value(page, page.offsets[item]!, new Visits(this.#file)) : undefined;
  }

  *records(visits: Visits, damages: Damages): Generator<RecordPlace> {
    const place = emptyPlace();
    const path = [{ number: ROOT, depth: 0 }];
    let before: Uint8Array = new Uint8Array(0);
    let last: OldPage | undefined;
    for (let step = path.pop(); step !== undefined; step = path.pop()) {
      try {
        visits.enter(step.number);
        const page = this.#treePage(step.number);
        visits.fill(this.#pageSize);
        if (step.depth > MAX_DEPTH) throw this.#damaged(page, 'is too deep in the tree');
        if (page.type === INTERNAL) {
          const children = page.offsets.map((at) => page.view.getUint32(at + 4, this.#littleEndian));
          for (const number of children.reverse()) path.push({ number, depth: step.depth + 1 });
          continue;
        }
        for (const record of this.#leafRecords(page, place, visits, damages)) {
          const key = record.key.subarray(record.keyStart, record.keyEnd);
          if (Buffer.compare(before, key) > 0) this.canFind = false;
          before = key;
          yield record;
        }
        if (last !== undefined && (last.next !== page.number || page.previous !== last.number)) {
          throw this.#damaged(page, `does not follow page ${last.number} as the tree says`);
        }
        last = page;
      } catch (error) {
        damages.note(error);
      }
    }
  }

  /** Nothing is kept in memory, so there is nothing to release. */
  forget(): void {}

  assertWhole(visits: Visits): void {
    const free = this.#freePages();
    for (let number = 1; number < this.#count; number++) {
      if (visits.has(number) || free.has(number)) continue;
      visits.pass(this.#pageSize);
      const page = this.#page(number);
      if (page.type !== 0) visits.fill(this.#pageSize);
      if (page.type === LEAF && page.offsets.length > 0)
        throw this.#damaged(page, 'holds records, and nothing leads to it');
    }
  }

  #freePages(): ReadonlySet<number> {
    const free = new Set<number>();
    const header = new Uint8Array(PAGE_HEADER);
    const view = new DataView(header.buffer);
    for (let number = this.#firstFree; number !== 0 && number < this.#count && !free.has(number); ) {
      free.add(number);
      this.#file.read(header, number * this.#pageSize);
      number = view.getUint32(8, this.#littleEndian);
    }
    return free;
  }

  *#leafRecords(page: OldPage, place: RecordPlace, visits: Visits, damages: Damages): Generator<RecordPlace> {
    for (const at of page.offsets) {
      try {
        const key = this.#key(page, at, visits);
        const value = this.#value(page, at, visits);
        place.key = key.bytes;
        place.keyStart = key.start;
        place.keyEnd = key.end;
        place.value = value.bytes;
        place.valueStart = value.start;
        place.valueEnd = value.end;
        yield place;
      } catch (error) {
        damages.note(error);
      }
    }
  }

  #leafBefore(key: Uint8Array): OldPage {
    let number = ROOT;
    for (let depth = 0; depth <= MAX_DEPTH; depth++) {
      const page = this.#treePage(number);
      if (page.type === LEAF) return page;
      if (page.offsets.length === 0) throw this.#damaged(page, 'leads nowhere');
      // The first child covers all keys before the second.
      const child = page.offsets[Math.max(0, this.#firstNotBefore(page, key, 1) - 1)]!;
      number = page.view.getUint32(child + 4, this.#littleEndian);
    }
    throw this.#file.damaged(`page ${number} is too deep in the tree`);
  }

  /** The first item, `from` or later, whose key is not before this one. */
  #firstNotBefore(page: OldPage, key: Uint8Array, from: number): number {
    let low = from;
    let high = page.offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(page, middle, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(page: OldPage, item: number, key: Uint8Array): number {
    const { bytes, start, end } = this.#key(page, page.offsets[item]!, new Visits(this.#file));
    return Buffer.compare(bytes.subarray(start, end), key);
  }

  #key({ bytes, view }: OldPage, at: number, visits: Visits): Span {
    const start = at + ITEM_HEADER;
    if ((bytes[at + ITEM_FLAGS]! & LONG_KEY) !== 0) return this.#overflow(view, start, visits);
    return { bytes, start, end: start + view.getUint32(at, this.#littleEndian) };
  }

  #value({ bytes, view }: OldPage, at: number, visits: Visits): Span {
    const start = at + ITEM_HEADER + view.getUint32(at, this.#littleEndian);
    if ((bytes[at + ITEM_FLAGS]! & LONG_VALUE) !== 0) return this.#overflow(view, start, visits);
    return { bytes, start, end: start + view.getUint32(at + 4, this.#littleEndian) };
  }

  #overflow(view: DataView, reference: number, visits: Visits): Span {
    let number = view.getUint32(reference, this.#littleEndian);
    const length = view.getUint32(reference + 4, this.#littleEndian);
    const room = this.#pageSize - PAGE_HEADER;
    if (length > this.#count * room) throw this.#file.damaged(`an item says that it has ${length} bytes`);
    this.#file.assertLength(length);
    const whole = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; done += room) {
      visits.enter(number);
      const page = this.#page(number);
      if (page.type !== OVERFLOW) throw this.#damaged(page, 'is no overflow page');
      page.bytes.copy(whole, done, PAGE_HEADER, PAGE_HEADER + Math.min(room, length - done));
      number = page.next;
    }
    return wholeSpan(whole);
  }

  #treePage(number: number): OldPage {
    const page = this.#page(number);
    if (page.type !== INTERNAL && page.type !== LEAF) throw this.#damaged(page, 'is no page of the tree');
    return page;
  }

  #page(number: number): OldPage {
    if (number === 0 || number >= this.#count) throw this.#file.damaged(`page ${number} does not exist`);
    const bytes = Buffer.allocUnsafe(this.#pageSize);
    this.#file.read(bytes, number * this.#pageSize);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const u32 = (at: number): number => view.getUint32(at, this.#littleEndian);
    const type = u32(12) & PAGE_TYPE;
    const hasItems = type === INTERNAL || type === LEAF;
    const end = hasItems ? view.getUint16(16, this.#littleEndian) : PAGE_HEADER;
    const offsets: number[] = [];
    for (let at = PAGE_HEADER; at + 2 <= Math.min(end, this.#pageSize); at += 2) {
      offsets.push(view.getUint16(at, this.#littleEndian));
    }
    const page: OldPage = { number, type, previous: u32(4), next: u32(8), bytes, view, offsets };
    if (hasItems && (u32(0) !== number || end > this.#pageSize || !offsets.every((at) => this.#isItem(page, at)))) {
      throw this.#damaged(page, 'has items that do not fit');
    }
    return page;
  }

  #isItem({ type, bytes, view }: OldPage, at: number): boolean {
    if (at < PAGE_HEADER || at + ITEM_HEADER > this.#pageSize) return false;
    const flags = bytes[at + ITEM_FLAGS]!;
    const key = view.getUint32(at, this.#littleEndian);
    const value = type === LEAF ? view.getUint32(at + 4, this.#littleEndian) : 0;
    if ((flags & LONG_KEY) !== 0 && key < REFERENCE) return false;
    if (type === LEAF && (flags & LONG_VALUE) !== 0 && value < REFERENCE) return false;
    return at + ITEM_HEADER + key + value <= this.#pageSize;
  }

  #damaged({ number }: OldPage, what: string): Error {
    return this.#file.damaged(`page ${number} ${what}`);
  }
}
