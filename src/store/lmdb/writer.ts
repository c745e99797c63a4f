/**
 * Sorted records -> an LMDB file, from the leaves up. Every page is written once, in order; the two meta pages come
 * last, so that an incomplete file is no map. Nothing depends on time or chance and every gap is zero: the same
 * records give the same bytes.
 *
 * A leaf also ends before each key whose hash is below BREAK_BELOW, one in 1,024. One edit then changes only the
 * pages up to the next such key, so that the hosts of a fleet fetch few blocks. It costs about 4 % of the file size.
 */
import { writeSync } from 'node:fs';
import { CHUNK_SHIFT, OFFSET_MASK, type RecordArena } from '../records/arena.ts';
import { copyBytes } from '../records/copy.ts';
import type { SortedRecords } from '../records/sort.ts';
import {
  LAYOUTS,
  type Layout,
  NODE_BIG,
  NODE_HEADER,
  nodeSize,
  overflowPages,
  PAGE_BRANCH,
  PAGE_LEAF,
  PAGE_OVERFLOW,
  PAGE_SIZE,
  putU64,
} from './layout.ts';
import type { BuildMark } from './mark.ts';
import { META_PAGES, metaPages, TXNID, type WrittenTree } from './meta-pages.ts';

/** Pages collected before they are written: few enough to stay in the processor's cache. */
const BATCH_PAGES = 64;
/** Number of nodes whose sizes are read together. */
const NODES_AHEAD = 32;
/** A 32-bit hash below this ends a page: one in 1,024. */
export const BREAK_BELOW: number = 2 ** 22;
/**
 * Bytes that ended pages may leave unused, in addition to an eighth of the file: hostile keys could end a page each.
 */
const BREAK_ALLOWANCE = 65_536;

/** The pages of a finished level: their numbers, and the records that hold their first keys. */
interface Level {
  readonly pages: number[];
  readonly firstKeys: number[];
}

/** Writes the file through an open descriptor, from offset 0. The caller syncs it. */
export function writePages(fd: number, records: SortedRecords, mark: BuildMark): void {
  new PageWriter(fd, records.arena).write(records.addresses, mark);
}

class PageWriter {
  readonly #fd: number;
  readonly #arena: RecordArena;
  readonly #layout: Layout;
  /** The page that is being filled. */
  readonly #page = new Uint8Array(PAGE_SIZE);
  readonly #pageWords = new Uint16Array(this.#page.buffer);
  readonly #pageView = new DataView(this.#page.buffer);
  #pageNodes = 0;
  #pageUpper = PAGE_SIZE;
  readonly #batch = new Uint8Array(BATCH_PAGES * PAGE_SIZE);
  #batchLength = 0;
  readonly #sizes = new Uint16Array(NODES_AHEAD);
  readonly #breaks = new Uint8Array(NODES_AHEAD);
  #unused = 0;
  #written = META_PAGES * PAGE_SIZE;
  #nextPage = META_PAGES;
  #branchPages = 0;
  #leafPages = 0;
  #overflowPages = 0;

  constructor(fd: number, arena: RecordArena) {
    this.#fd = fd;
    this.#arena = arena;
    if (arena.format === 'cdb') throw new TypeError('these records are for a CDB file');
    this.#layout = LAYOUTS[arena.format];
  }

  write(addresses: Uint32Array, mark: BuildMark): void {
    let level = this.#writeLeaves(addresses);
    let depth = level.pages.length > 0 ? 1 : 0;
    while (level.pages.length > 1) {
      level = this.#writeBranches(level);
      depth++;
    }
    this.#flush();
    const tree: WrittenTree = {
      layout: this.#layout,
      root: level.pages[0],
      depth,
      branchPages: this.#branchPages,
      leafPages: this.#leafPages,
      overflowPages: this.#overflowPages,
      entries: addresses.length,
      lastPage: this.#nextPage - 1,
      mark,
    };
    writeFully(this.#fd, metaPages(tree), 0);
  }

  #writeLeaves(addresses: Uint32Array): Level {
    const level: Level = { pages: [], firstKeys: [] };
    for (let i = 0; i < addresses.length; i++) {
      if (i % NODES_AHEAD === 0) this.#readAhead(addresses, i);
      const address = addresses[i]!;
      const words = this.#arena.words[address >>> CHUNK_SHIFT]!;
      const at = address & OFFSET_MASK;
      const size = this.#sizes[i % NODES_AHEAD]!;
      if (!this.#hasRoom(size) || (this.#breaks[i % NODES_AHEAD] === 1 && this.#mayBreak())) {
        level.pages.push(this.#finishPage(PAGE_LEAF));
        this.#leafPages++;
      }
      if (this.#pageNodes === 0) level.firstKeys.push(address);
      const offset = this.#openNode(size);
      copyBytes(this.#arena.views[address >>> CHUNK_SHIFT]!, at * 2, at * 2 + size, this.#pageView, offset);
      if ((words[at + 2]! & NODE_BIG) !== 0)
        this.#writeOverflow(this.#arena.bigValueAt(address), offset + NODE_HEADER + words[at + 3]!);
    }
    if (this.#pageNodes > 0) {
      level.pages.push(this.#finishPage(PAGE_LEAF));
      this.#leafPages++;
    }
    return level;
  }

  /** True if the page may end before it is full. */
  #mayBreak(): boolean {
    if (this.#pageNodes === 0) return false;
    const unused = this.#pageUpper - this.#layout.header - 2 * this.#pageNodes;
    if (this.#unused + unused > BREAK_ALLOWANCE + (this.#nextPage * PAGE_SIZE) / 8) return false;
    this.#unused += unused;
    return true;
  }

  /** Reads the sizes of the next nodes, and whether each may start a page. */
  #readAhead(addresses: Uint32Array, from: number): void {
    const chunks = this.#arena.words;
    const { reference } = this.#layout;
    const end = Math.min(addresses.length, from + NODES_AHEAD);
    this.#arena.readAhead(addresses, from, end);
    for (let i = from; i < end; i++) {
      const address = addresses[i]!;
      const words = chunks[address >>> CHUNK_SHIFT]!;
      const at = address & OFFSET_MASK;
      const held = (words[at + 2]! & NODE_BIG) !== 0 ? reference : words[at]! + words[at + 1]! * 0x1_0000;
      this.#sizes[i - from] = nodeSize(words[at + 3]!, held);
      this.#breaks[i - from] = keyHash(words, at + NODE_HEADER / 2, words[at + 3]!) < BREAK_BELOW ? 1 : 0;
    }
  }

  /** Writes one level of branches over the pages below. LMDB demands at least two children per page. */
  #writeBranches(below: Level): Level {
    const level: Level = { pages: [], firstKeys: [] };
    const count = below.pages.length;
    for (let i = 0; i < count; i++) {
      const address = below.firstKeys[i]!;
      const fits = this.#hasRoom(nodeSize(this.#arena.keyLengthAt(address), 0));
      // A branch page needs two children. If the last one would stand alone, move the one before it too.
      const wouldOrphan =
        i === count - 2 &&
        !this.#hasRoom(
          nodeSize(this.#arena.keyLengthAt(address), 0) +
            nodeSize(this.#arena.keyLengthAt(below.firstKeys[i + 1]!), 0) +
            2,
        );
      if (this.#pageNodes > 0 && (!fits || wouldOrphan)) {
        level.pages.push(this.#finishPage(PAGE_BRANCH));
        this.#branchPages++;
      }
      if (this.#pageNodes === 0) level.firstKeys.push(address);
      this.#addChild(below.pages[i]!, address);
    }
    level.pages.push(this.#finishPage(PAGE_BRANCH));
    this.#branchPages++;
    return level;
  }

  #addChild(page: number, address: number): void {
    // LMDB does not read the first key of a branch page and leaves it empty.
    const keyLength = this.#pageNodes === 0 ? 0 : this.#arena.keyLengthAt(address);
    const offset = this.#openNode(nodeSize(keyLength, 0));
    this.#pageView.setUint32(offset, page % 0x1_0000_0000, true);
    this.#pageView.setUint16(offset + 4, Math.floor(page / 0x1_0000_0000), true);
    this.#pageView.setUint16(offset + 6, keyLength, true);
    const key = ((address & OFFSET_MASK) << 1) + NODE_HEADER;
    const view = this.#arena.views[address >>> CHUNK_SHIFT]!;
    copyBytes(view, key, key + keyLength, this.#pageView, offset + NODE_HEADER);
  }

  #hasRoom(size: number): boolean {
    return this.#pageUpper - size >= this.#layout.header + 2 * (this.#pageNodes + 1);
  }

  /** Makes room for a node and adds its pointer. Returns its offset in the page. */
  #openNode(size: number): number {
    this.#pageUpper -= size;
    this.#pageWords[(this.#layout.header >>> 1) + this.#pageNodes++] = this.#pageUpper - this.#layout.base;
    return this.#pageUpper;
  }

  #finishPage(flags: number): number {
    const { header, base } = this.#layout;
    const number = this.#putHeader(this.#pageView, flags);
    this.#pageView.setUint16(header - 4, header + 2 * this.#pageNodes - base, true);
    this.#pageView.setUint16(header - 2, this.#pageUpper - base, true);
    this.#emit(this.#page);
    this.#page.fill(0);
    this.#pageNodes = 0;
    this.#pageUpper = PAGE_SIZE;
    this.#nextPage++;
    return number;
  }

  #putHeader(view: DataView, flags: number): number {
    putU64(view, 0, this.#nextPage);
    if (this.#layout.header === 24) putU64(view, 8, TXNID);
    view.setUint16(this.#layout.header - 6, flags, true);
    return this.#nextPage;
  }

  /** Writes a value as an overflow run, before its leaf, and the reference to it into the leaf's node. */
  #writeOverflow(value: Uint8Array, reference: number): void {
    const { header } = this.#layout;
    const pages = overflowPages(this.#layout, PAGE_SIZE, value.length);
    const head = new Uint8Array(header);
    const view = new DataView(head.buffer);
    const number = this.#putHeader(view, PAGE_OVERFLOW);
    view.setUint32(header - 4, pages, true);
    putU64(this.#pageView, reference, number);
    if (this.#layout.reference === 24) {
      putU64(this.#pageView, reference + 8, TXNID);
      putU64(this.#pageView, reference + 16, pages);
    }
    this.#emit(head);
    this.#emit(value);
    this.#emit(new Uint8Array(pages * PAGE_SIZE - header - value.length));
    this.#nextPage += pages;
    this.#overflowPages += pages;
  }

  #emit(bytes: Uint8Array): void {
    if (this.#batchLength + bytes.length > this.#batch.length) this.#flush();
    if (bytes.length > this.#batch.length) {
      this.#writeAll(bytes);
      return;
    }
    this.#batch.set(bytes, this.#batchLength);
    this.#batchLength += bytes.length;
  }

  #flush(): void {
    this.#writeAll(this.#batch.subarray(0, this.#batchLength));
    this.#batchLength = 0;
  }

  #writeAll(bytes: Uint8Array): void {
    writeFully(this.#fd, bytes, this.#written);
    this.#written += bytes.length;
  }
}

/** A 32-bit hash of a key: a sum of products of its words, in pairs, which the processor computes in parallel. */
export function keyHash(words: Uint16Array, start: number, length: number): number {
  const count = length >>> 1;
  let hash = length;
  let i = 0;
  for (; i + 1 < count; i += 2)
    hash = (hash + Math.imul(words[start + i]! + i * 0x9e37 + 0x85eb, words[start + i + 1]! + i * 0xc2b2 + 0x27d5)) | 0;
  if (i < count) hash = (hash + Math.imul(words[start + i]! + 0x1657, 0x9e3779b1)) | 0;
  if ((length & 1) === 1) hash = (hash + Math.imul((words[start + count]! & 0xff) + 0x2545, 0x85ebca6b)) | 0;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** writeSync may write less than requested (a signal, 2 GB and more, a disk that is nearly full). */
function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, Math.min(bytes.length - done, 1 << 30), position + done);
  }
}
