/**
 * An open Berkeley DB file -> its pages. Each page is checked when it is read (number, checksum, items and their
 * bounds), so that the callers can trust every offset.
 *
 * The pages that lookups use stay in memory: at most CACHE_BYTES; the oldest is dropped first.
 * Errors: a page that was overwritten after the file was opened.
 */
import type { MapError } from '../../core/errors.ts';
import type { ReadOnlyFile } from '../read-only-file.ts';
import { checksumOf } from './checksum.ts';
import {
  CHECKSUM_PAGE_HEADER,
  DELETED,
  HASH_ITEM,
  INTERNAL_HEADER,
  OVERFLOW_REFERENCE,
  PAGE,
  PAGE_CHECKSUM,
  PAGE_HEADER,
  TREE_ITEM,
} from './layout.ts';
import type { Visits } from './visits.ts';

/** Room for a hash of 1,000,000 access entries (about 100 MiB); pages of larger files are read again. */
const CACHE_BYTES = 128 << 20;

/** Bytes of a reference to a tree of duplicates on a hash page. */
const HASH_DUPLICATE_REFERENCE = 8;

/** Types of pages that hold records or refer to them. */
const HOLDING: ReadonlySet<number> = new Set([
  PAGE.oldDuplicates,
  PAGE.unsortedHash,
  PAGE.btreeInternal,
  PAGE.recnoInternal,
  PAGE.btreeLeaf,
  PAGE.recnoLeaf,
  PAGE.overflow,
  PAGE.duplicateLeaf,
  PAGE.hash,
]);

/** The keys of a hash page, in the form that lookups use. */
export interface PageKeys {
  /** By key: its hash as a signed number, which compares fastest; 0 for a key that is not on the page. */
  readonly hashes: Int32Array;
  /** By the upper bits of a hash: the first such key, counted from 1, or 0. */
  readonly heads: Uint16Array;
  /** By key: the next key with the same upper bits, counted from 1, or 0. */
  readonly nexts: Uint16Array;
  /** Items of keys that are not on the page. */
  readonly long: readonly number[];
}

/** A page that was checked. */
export interface Page {
  readonly number: number;
  readonly type: number;
  readonly previous: number;
  readonly next: number;
  readonly bytes: Buffer;
  readonly view: DataView;
  /** The offset of each item. */
  readonly offsets: Uint16Array;
  /** Bytes of data on an overflow page. */
  readonly dataLength: number;
  /** The keys of a hash page, set by the first lookup. */
  keys?: PageKeys;
}

export interface PageShape {
  readonly pageSize: number;
  readonly littleEndian: boolean;
  readonly hasChecksums: boolean;
}

export class PageFile {
  readonly file: ReadOnlyFile;
  readonly pageSize: number;
  readonly littleEndian: boolean;
  /** Bytes before the offsets, and before the data of an overflow page. */
  readonly header: number;
  /** Number of pages. */
  readonly count: number;
  readonly #hasChecksums: boolean;
  /** By number. */
  #cache: (Page | undefined)[] = [];
  /** Numbers of the pages in memory, in a ring: the oldest is dropped first. */
  readonly #cached: Uint32Array;
  #next = 0;

  /** @throws MapError `damaged` for a file that ends inside a page */
  constructor(file: ReadOnlyFile, { pageSize, littleEndian, hasChecksums }: PageShape) {
    if (file.size % pageSize !== 0) throw file.damaged('it ends inside a page');
    this.file = file;
    this.pageSize = pageSize;
    this.littleEndian = littleEndian;
    this.header = hasChecksums ? CHECKSUM_PAGE_HEADER : PAGE_HEADER;
    this.count = file.size / pageSize;
    this.#hasChecksums = hasChecksums;
    this.#cached = new Uint32Array(Math.min(this.count, CACHE_BYTES / pageSize));
  }

  /** A page that lookups will use again: kept in memory. */
  load(number: number): Page {
    return this.#cache[number] ?? this.#keep(this.read(number));
  }

  #keep(page: Page): Page {
    this.file.assertUnchanged();
    // Page 0 is never loaded here, so it marks a free entry.
    const oldest = this.#cached[this.#next]!;
    if (oldest !== 0) this.#cache[oldest] = undefined;
    this.#cached[this.#next] = page.number;
    this.#next = (this.#next + 1) % this.#cached.length;
    this.#cache[page.number] = page;
    return page;
  }

  /** Releases the pages in memory. */
  forget(): void {
    this.#cache = [];
    this.#cached.fill(0);
  }

  /** A page that is used once: not kept. */
  read(number: number): Page {
    const bytes = this.readBytes(number);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const page = this.#parse(number, bytes, view);
    // A page that was never written is all zeros, with number 0.
    const isOwn = view.getUint32(8, this.littleEndian) === number || page.type === PAGE.free;
    if (!isOwn) throw this.damaged(number, `says that it is page ${view.getUint32(8, this.littleEndian)}`);
    if (this.#hasChecksums && page.type !== PAGE.free) this.#check(number, bytes, view);
    if (!this.#hasSoundItems(page)) throw this.damaged(number, 'has items that do not fit');
    return page;
  }

  /** The unchecked bytes of any page. */
  readBytes(number: number): Buffer {
    if (number >= this.count) throw this.file.damaged(`page ${number} does not exist`);
    const bytes = Buffer.allocUnsafe(this.pageSize);
    this.file.read(bytes, number * this.pageSize);
    return bytes;
  }

  /** @throws MapError `damaged` for a page that holds records and that the walk has not read, or if nearly all are empty */
  assertNoneLost(visits: Visits): void {
    const bytes = new Uint8Array(this.header);
    const view = new DataView(bytes.buffer);
    for (let number = 1; number < this.count; number++) {
      if (visits.has(number)) continue;
      visits.pass(this.pageSize);
      this.file.read(bytes, number * this.pageSize);
      if (bytes.some((byte) => byte !== 0)) visits.fill(this.pageSize);
      const holds = bytes[25] === PAGE.overflow || view.getUint16(20, this.littleEndian) > 0;
      if (HOLDING.has(bytes[25]!) && holds) throw this.damaged(number, 'holds records, and nothing leads to it');
    }
  }

  damaged(number: number, what: string): MapError {
    return this.file.damaged(`page ${number} ${what}`);
  }

  #parse(number: number, bytes: Buffer, view: DataView): Page {
    const { littleEndian, header } = this;
    const type = bytes[25]!;
    const items = type === PAGE.free || type === PAGE.overflow ? 0 : view.getUint16(20, littleEndian);
    if (header + 2 * items > this.pageSize) throw this.damaged(number, `says that it has ${items} items`);
    const offsets = new Uint16Array(items);
    for (let i = 0; i < items; i++) offsets[i] = view.getUint16(header + 2 * i, littleEndian);
    return {
      number,
      type,
      previous: view.getUint32(12, littleEndian),
      next: view.getUint32(16, littleEndian),
      bytes,
      view,
      offsets,
      dataLength: type === PAGE.overflow ? view.getUint16(22, littleEndian) : 0,
    };
  }

  #check(number: number, bytes: Buffer, view: DataView): void {
    const stored = view.getUint32(PAGE_CHECKSUM, this.littleEndian);
    if (checksumOf(bytes, PAGE_CHECKSUM) !== stored) throw this.damaged(number, 'has a wrong checksum');
  }

  #hasSoundItems(page: Page): boolean {
    switch (page.type) {
      case PAGE.free:
        return true;
      case PAGE.overflow:
        return this.header + page.dataLength <= this.pageSize;
      case PAGE.hash:
      case PAGE.unsortedHash:
        return page.offsets.length % 2 === 0 && this.#hasSoundHashItems(page);
      case PAGE.recnoInternal:
        return page.offsets.every((at) => this.#isItemPlace(page, at, 8));
      case PAGE.btreeInternal:
        return page.offsets.every((at) => this.#isInternalItem(page, at));
      case PAGE.btreeLeaf:
        return page.offsets.length % 2 === 0 && page.offsets.every((at) => this.#isTreeItem(page, at));
      case PAGE.recnoLeaf:
      case PAGE.duplicateLeaf:
      case PAGE.oldDuplicates:
        return page.offsets.every((at) => this.#isTreeItem(page, at));
      default:
        throw this.damaged(page.number, `has type ${page.type}, which maps do not have`);
    }
  }

  /** Items lie without gaps, downwards from the end of the page. */
  #hasSoundHashItems({ bytes, offsets }: Page): boolean {
    const least = this.header + 2 * offsets.length;
    let end = this.pageSize;
    for (const at of offsets) {
      if (at < least || at >= end) return false;
      if (bytes[at] === HASH_ITEM.overflow && end - at !== OVERFLOW_REFERENCE) return false;
      if (bytes[at] === HASH_ITEM.duplicateTree && end - at !== HASH_DUPLICATE_REFERENCE) return false;
      end = at;
    }
    return true;
  }

  #isTreeItem(page: Page, at: number): boolean {
    if (!this.#isItemPlace(page, at, 3)) return false;
    const isInline = (page.bytes[at + 2]! & ~DELETED) === TREE_ITEM.bytes;
    return this.#isItemPlace(page, at, isInline ? 3 + page.view.getUint16(at, this.littleEndian) : OVERFLOW_REFERENCE);
  }

  #isInternalItem(page: Page, at: number): boolean {
    if (!this.#isItemPlace(page, at, INTERNAL_HEADER)) return false;
    const length = page.view.getUint16(at, this.littleEndian);
    if (!this.#isItemPlace(page, at, INTERNAL_HEADER + length)) return false;
    return (page.bytes[at + 2]! & ~DELETED) === TREE_ITEM.bytes || length >= OVERFLOW_REFERENCE;
  }

  #isItemPlace({ offsets }: Page, at: number, length: number): boolean {
    return at >= this.header + 2 * offsets.length && at + length <= this.pageSize;
  }
}
