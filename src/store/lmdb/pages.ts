/**
 * An open LMDB file -> its pages. Each is read once and checked when it is read (page number, kind, bounds, pointers,
 * lengths, key order), so that the callers can trust every offset. All are of the transaction that was the last one when the
 * file was opened: a page that is read after somebody wrote to the file is an error.
 *
 * Pages are kept in one block of memory, used as pages arrive, with a table from page number to place. When it is full,
 * the oldest leaf is dropped. Nothing is mapped: a file that shrinks is an error, not a signal.
 */
import { MapError } from '../../core/errors.ts';
import { MAX_VALUE } from '../map-file.ts';
import type { ReadOnlyFile } from '../read-only-file.ts';
import { SequentialReads } from '../sequential-reads.ts';
import { getU64, type Layout, NODE_BIG, NODE_HEADER, PAGE_BRANCH, type PAGE_LEAF, PAGE_OVERFLOW } from './layout.ts';
import type { Meta } from './meta.ts';

const MIN_CACHED_PAGES = 4;
/** Slots that may be skipped in the search for a leaf to drop. */
const SECOND_CHANCES = 32;
const DROPPED = -1;

/** Buffer's native conversion, which Node's types omit: a third faster than `toString`. */
export interface Latin1Buffer extends Buffer {
  latin1Slice(start: number, end: number): string;
}

/** `always`: each page is used only if the file is still unchanged. `atEnd`: the caller asks when it has used all. */
export type Assurance = 'always' | 'atEnd';

export class PageStore {
  readonly path: string;
  readonly layout: Layout;
  readonly pageSize: number;
  readonly lastPage: number;
  readonly hasDuplicates: boolean;
  /** The memory in which page places are offsets. Valid until the next `load` of another page. */
  readonly memory: Latin1Buffer;
  /** The same memory. */
  readonly view: DataView;
  /**
   * By page number: twice (its slot + 1), plus one for a branch; 0: not read yet; {@link DROPPED}: read and dropped.
   */
  readonly #slots: Int32Array;
  readonly #pageOfSlot: Int32Array;
  /** Number of different pages read so far. */
  known = 0;
  /** Number of page reads so far, also of dropped pages. */
  reads = 0;
  /** True after damage was found: other pages may be misplaced, too, although each of them is sound. */
  isSuspect = false;
  readonly #file: ReadOnlyFile;
  /** Gives pages: a walk reads them in blocks. */
  readonly #source: ReadOnlyFile | SequentialReads;
  readonly #assurance: Assurance;
  readonly #txnid: number;
  readonly #nextTxnidOffset: number;
  readonly #nextTxnid = new DataView(new ArrayBuffer(8));
  #used = 0;
  #hand = 0;

  /** @param room bytes of pages to keep */
  constructor(file: ReadOnlyFile, meta: Meta, room: number, assurance: Assurance = 'always') {
    const { layout, pageSize, lastPage, hasDuplicates } = meta;
    this.#file = file;
    this.#source = assurance === 'atEnd' ? new SequentialReads(file) : file;
    this.#assurance = assurance;
    this.#txnid = meta.txnid;
    this.#nextTxnidOffset = meta.nextTxnidOffset;
    this.path = file.path;
    this.layout = layout;
    this.pageSize = pageSize;
    this.lastPage = lastPage;
    this.hasDuplicates = hasDuplicates;
    const slots = Math.min(lastPage + 1, Math.max(MIN_CACHED_PAGES, Math.floor(room / pageSize)));
    // A new ArrayBuffer is zero memory that the system provides when it is first used.
    this.memory = Buffer.from(new ArrayBuffer(slots * pageSize)) as unknown as Latin1Buffer;
    this.view = new DataView(this.memory.buffer);
    this.#slots = new Int32Array(lastPage + 1);
    this.#pageOfSlot = new Int32Array(slots);
  }

  /** The error for damage. */
  damaged(what: string): MapError {
    this.isSuspect = true;
    return new MapError('damaged', `${this.path} is a damaged map (${what}); rebuild it`, { file: this.path });
  }

  /** Offset in `memory` of a page that must be of this kind. */
  load(page: number, kind: typeof PAGE_BRANCH | typeof PAGE_LEAF): number {
    const known = page <= this.lastPage ? this.#slots[page]! : 0;
    if (known <= 0) return this.#read(page, kind);
    // the kind is in the table, because reading the page's header would be one more wait for memory
    if ((known & 1) !== Number(kind === PAGE_BRANCH)) throw this.damaged(`page ${page} is of another kind`);
    return ((known >> 1) - 1) * this.pageSize;
  }

  /** The position in the file of the page at a place in memory. */
  positionOf(at: number): number {
    return this.#pageOfSlot[at / this.pageSize]! * this.pageSize;
  }

  /** True: there is room for all pages, so no page moves. */
  get keepsAll(): boolean {
    return this.#pageOfSlot.length > this.lastPage;
  }

  #read(page: number, kind: number): number {
    if (page < 2 || page > this.lastPage) throw this.damaged(`page ${page} does not exist`);
    const slot = this.#freeSlot();
    const at = slot * this.pageSize;
    const isNew = this.#slots[page] === 0;
    this.#readPage(at, page * this.pageSize);
    if (this.#assurance === 'always') this.assertUnchanged();
    checkPage(this, this.view, at, page, kind);
    this.#slots[page] = (slot + 1) * 2 + Number(kind === PAGE_BRANCH);
    this.#pageOfSlot[slot] = page;
    if (isNew) this.known++;
    this.reads++;
    return at;
  }

  #freeSlot(): number {
    const slots = this.#pageOfSlot;
    if (this.#used < slots.length) return this.#used++;
    for (let chances = 0; ; chances++) {
      const slot = this.#hand;
      this.#hand = (this.#hand + 1) % slots.length;
      const isBranch = this.memory[slot * this.pageSize + this.layout.header - 6] === PAGE_BRANCH;
      if (isBranch && chances < SECOND_CHANCES) continue;
      this.#slots[slots[slot]!] = DROPPED;
      return slot;
    }
  }

  #readPage(at: number, position: number): void {
    try {
      this.#source.read(this.memory, position, at, at + this.pageSize);
    } catch (error) {
      this.isSuspect = true;
      throw error;
    }
  }

  /** Reads `length` bytes from a position in the file. Fewer bytes mean damage. */
  readAt(target: Uint8Array, at: number, length: number, position: number): void {
    try {
      this.#file.read(target, position, at, at + length);
    } catch (error) {
      this.isSuspect = true;
      throw error;
    }
  }

  /**
   * Asks whether the pages that were read until now are of one transaction. LMDB writes to a page of a transaction only after
   * the next one has ended, which shows in the meta page even if the time of the file does not change.
   *
   * @throws MapError `unreadable` if somebody wrote to the file
   */
  assertUnchanged(): void {
    this.#file.assertUnchanged();
    this.readAt(new Uint8Array(this.#nextTxnid.buffer), 0, 8, this.#nextTxnidOffset);
    if (getU64(this.#nextTxnid, 0) > this.#txnid) throw this.#file.changed();
  }

  changed(): MapError {
    return this.#file.changed();
  }

  /** The value in an overflow run, from the place of the reference and the length that the node states. */
  readOverflow(memory: Uint8Array, reference: number, length: number): Uint8Array {
    if (length > MAX_VALUE) throw this.damaged(`a value of ${length} bytes; ${MAX_VALUE} is the most`);
    const { header } = this.layout;
    const page = getU64(new DataView(memory.buffer, memory.byteOffset), reference);
    const pages = Math.floor((header - 1 + length) / this.pageSize) + 1;
    if (page < 2 || page + pages - 1 > this.lastPage) throw this.damaged('an overflow run lies outside the file');
    const run = new Uint8Array(header + length);
    this.readAt(run, 0, run.length, page * this.pageSize);
    const view = new DataView(run.buffer);
    const isRun =
      getU64(view, 0) === page &&
      view.getUint16(header - 6, true) === PAGE_OVERFLOW &&
      view.getUint32(header - 4, true) === pages;
    if (this.#assurance === 'always') this.assertUnchanged();
    if (!isRun) throw this.damaged(`page ${page} is no overflow run of ${pages} pages`);
    return run.subarray(header);
  }
}

function checkPage(store: PageStore, view: DataView, at: number, page: number, kind: number): void {
  const { header, base } = store.layout;
  const bad = (): MapError => store.damaged(`page ${page} does not add up`);
  if (getU64(view, at) !== page || view.getUint16(at + header - 6, true) !== kind) throw bad();
  const lower = view.getUint16(at + header - 4, true) + base;
  const upper = view.getUint16(at + header - 2, true) + base;
  if (lower < header + 2 || lower % 2 !== 0 || upper < lower || upper > store.pageSize) throw bad();
  if (!checkNodes(store, view, at, lower, upper, store.pageSize, kind === PAGE_BRANCH)) throw bad();
}

/** Checks the nodes of a page or sub-page: each lies inside it, and each key is after the one before. */
export function checkNodes(
  store: PageStore,
  view: DataView,
  at: number,
  lower: number,
  upper: number,
  end: number,
  isBranch: boolean,
): boolean {
  const { header, base, reference } = store.layout;
  let previous = 0;
  for (let pointer = header; pointer < lower; pointer += 2) {
    const node = view.getUint16(at + pointer, true) + base;
    if (node < upper || node + NODE_HEADER > end) return false;
    const keyEnd = node + NODE_HEADER + view.getUint16(at + node + 6, true);
    const isBig = !isBranch && (view.getUint16(at + node + 4, true) & NODE_BIG) !== 0;
    const held = isBranch ? 0 : isBig ? reference : view.getUint32(at + node, true);
    if (keyEnd + held > end) return false;
    // The first key of a branch page is empty: less than all keys.
    const hasOrder = pointer > header + (isBranch ? 2 : 0);
    if (hasOrder && compareKeys(view, at + previous, view, at + node) >= 0) return false;
    previous = node;
  }
  return true;
}

/** The order of the keys of two nodes. Four bytes at a time: the keys of a page often begin alike. */
export function compareKeys(leftView: DataView, left: number, rightView: DataView, right: number): number {
  const leftLength = leftView.getUint16(left + 6, true);
  const rightLength = rightView.getUint16(right + 6, true);
  const end = NODE_HEADER + Math.min(leftLength, rightLength);
  let i = NODE_HEADER;
  while (i + 4 <= end && leftView.getInt32(left + i) === rightView.getInt32(right + i)) i += 4;
  for (; i < end; i++) {
    const difference = leftView.getUint8(left + i) - rightView.getUint8(right + i);
    if (difference !== 0) return difference;
  }
  return leftLength - rightLength;
}
