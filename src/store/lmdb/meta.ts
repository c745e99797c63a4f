/**
 * The two meta pages of an LMDB file -> the place of its main database. The one with the higher transaction number
 * counts, as in LMDB. Every number is checked against the size of the file before it is used.
 */
import { MapError } from '../../core/errors.ts';
import { identify } from '../identify.ts';
import {
  DB,
  DB_DUPSORT,
  DB_UNSUPPORTED,
  getU64,
  type Layout,
  MAGIC,
  MAX_DEPTH,
  MAX_PAGE_SIZE,
  META,
  MIN_PAGE_SIZE,
  NODE_HEADER,
  PAGE_META,
} from './layout.ts';
import { type BuildMark, decodeMark } from './mark.ts';

/** A tree of pages; depth 0: it is empty. */
export interface Tree {
  readonly root: number;
  readonly depth: number;
  readonly entries: number;
}

export interface Meta {
  readonly layout: Layout;
  readonly pageSize: number;
  /** The last page that a reference may name. */
  readonly lastPage: number;
  readonly main: Tree;
  /** Keys may have several values. */
  readonly hasDuplicates: boolean;
  readonly mark: BuildMark;
  /** Offset of the mark in the file. */
  readonly markOffset: number;
  /** The number of the last transaction. */
  readonly txnid: number;
  /** Offset in the file of the number that the next transaction will change. */
  readonly nextTxnidOffset: number;
}

/** Bytes at the start of a file that hold both metas, for any page size. */
export const META_BYTES: number = MAX_PAGE_SIZE + 256;

/**
 * @param head the first {@link META_BYTES} bytes of the file, or all of it
 * @throws MapError `notAMap` or `damaged`; the text names the format of the file and says what to do
 */
export function readMeta(head: Uint8Array, size: number, path: string): Meta {
  const identity = identify(head, size);
  if (identity.kind !== 'lmdb') {
    const advice = 'compile it again from its source file, under another name';
    throw new MapError('notAMap', `${path} is ${identity.what}, not an LMDB map; ${advice}`, { file: path });
  }
  const { layout } = identity;
  const damaged = (what: string): MapError =>
    new MapError('damaged', `${path} is a damaged map (${what}); rebuild it`, { file: path });
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.byteLength < layout.header + META.length) throw damaged('it is shorter than a page');
  const pageSize = view.getUint32(layout.header + META.freeDb + DB.pad, true);
  const isPowerOfTwo = (pageSize & (pageSize - 1)) === 0;
  if (pageSize < MIN_PAGE_SIZE || pageSize > MAX_PAGE_SIZE || !isPowerOfTwo) throw damaged('its page size is invalid');
  if (view.byteLength < pageSize + layout.header + META.length) throw damaged('it is truncated');
  for (const start of [0, pageSize]) {
    const isMeta =
      (view.getUint16(start + layout.header - 6, true) & PAGE_META) !== 0 &&
      view.getUint32(start + layout.header + META.magic, true) === MAGIC &&
      (view.getUint32(start + layout.header + META.version, true) & 0xffff) === layout.version;
    if (!isMeta) throw damaged('its meta pages');
  }
  const txnidOf = (start: number): number => getU64(view, start + layout.header + META.txnid);
  const current = txnidOf(pageSize) > txnidOf(0) ? pageSize : 0;
  const meta = current + layout.header;
  if (view.getUint32(meta + META.freeDb + DB.pad, true) !== pageSize) throw damaged('its page size');
  const lastPage = getU64(view, meta + META.lastPage);
  const pagesInFile = Math.floor(size / pageSize);
  // With a free list, the last pages may be free and never written; otherwise all pages must be there.
  const hasFreeList = getU64(view, meta + META.freeDb + DB.root) < 2 ** 53;
  if (lastPage < 1 || (lastPage >= pagesInFile && !hasFreeList)) {
    throw damaged(`it is truncated: ${pagesInFile} of ${lastPage + 1} pages`);
  }
  const last = Math.min(lastPage, pagesInFile - 1);
  const flags = view.getUint16(meta + META.mainDb + DB.flags, true);
  if ((flags & DB_UNSUPPORTED) !== 0) {
    throw new MapError('notAMap', `${path} is an LMDB file with a key order that maps do not have`, { file: path });
  }
  return {
    layout,
    pageSize,
    lastPage: last,
    main: readTree(view, meta + META.mainDb, last, pageSize, damaged),
    hasDuplicates: (flags & DB_DUPSORT) !== 0,
    mark: decodeMark(view.getUint32(meta + META.mainDb + DB.pad, true)),
    markOffset: meta + META.mainDb + DB.pad,
    txnid: txnidOf(current),
    nextTxnidOffset: pageSize - current + layout.header + META.txnid,
  };
}

/** Reads a database record at `at`. Each number must be possible for a file of this size. */
export function readTree(
  view: DataView,
  at: number,
  lastPage: number,
  pageSize: number,
  damaged: (what: string) => MapError,
): Tree {
  const root = getU64(view, at + DB.root);
  const depth = view.getUint16(at + DB.depth, true);
  const entries = getU64(view, at + DB.entries);
  if (root >= 2 ** 53) {
    if (depth !== 0 || entries !== 0) throw damaged('its root is missing');
    return { root: 0, depth: 0, entries: 0 };
  }
  const mostEntries = ((lastPage + 1) * pageSize) / NODE_HEADER;
  if (root < 2 || root > lastPage || depth < 1 || depth > MAX_DEPTH || entries > mostEntries) {
    throw damaged('its root does not add up');
  }
  return { root, depth, entries };
}
