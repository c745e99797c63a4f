/**
 * The layout of an LMDB file, for both formats, in one table: the writer and the reader differ between formats only
 * by this table.
 *
 * A page is a header, two-byte node pointers in key order, and nodes packed from the end. A node is the value's
 * length (two u16, low first), flags, the key's length, key, value. In a branch the first three fields are the
 * child's page.
 * Limits: little-endian, 64-bit files only; identify.ts names the others and refuses them.
 * Source: LMDB's mdb.c (MDB_page, MDB_node, MDB_meta, MDB_db).
 */

/** `'1.0'`: LMDB 1.0 and the npm package `lmdb`. `'0.9'`: the LMDB of today's Postfix, Exim and mdb_dump. */
export type MapFormat = '1.0' | '0.9';

export interface Layout {
  readonly format: MapFormat;
  /** The version number in a meta page. */
  readonly version: number;
  /** Bytes of a page's header; pgno u64, (1.0: txnid u64,) pad u16, flags u16, lower u16, upper u16. */
  readonly header: number;
  /** The byte of the page from which lower, upper and node pointers count. */
  readonly base: number;
  /** Bytes in a node that refer to a value in an overflow run: pgno u64 (1.0: and txnid u64, page count u64). */
  readonly reference: number;
  /** The largest node (header, key, value) kept in a leaf. The value of a larger one goes to an overflow run. */
  readonly maxNode: number;
  /** The longest key that we write. */
  readonly maxKey: number;
}

/** Page size of the files that we write. Files with other sizes can be read. */
export const PAGE_SIZE = 4096;
export const MIN_PAGE_SIZE = 512;
export const MAX_PAGE_SIZE = 65_536;
/** LMDB's CURSOR_STACK: the greatest depth of a tree. */
export const MAX_DEPTH = 32;
export const NODE_HEADER = 8;
/** Bytes of a pointer to a node, after the page's header. */
export const NODE_POINTER = 2;
export const MAGIC = 0xbeef_c0de;

export const PAGE_BRANCH = 1;
export const PAGE_LEAF = 2;
export const PAGE_OVERFLOW = 4;
export const PAGE_META = 8;
export const PAGE_SUB = 0x40;

/** The node's value is in an overflow run. */
export const NODE_BIG = 1;
/** The node's value is a database record (with NODE_DUPLICATES: of the key's values). */
export const NODE_DATABASE = 2;
/** The node's value is a sub-page or sub-database of the key's values. */
export const NODE_DUPLICATES = 4;

export const DB_DUPSORT = 4;
/** Key orders and shapes that a map never has: reversed, integer, fixed-size and reversed duplicates. */
export const DB_UNSUPPORTED: number = 0x02 | 0x08 | 0x10 | 0x20 | 0x40;

/**
 * LMDB 0.9 opens files with keys of up to 2030 bytes, although its API stores at most 511 bytes; mdb_dump and Postfix read
 * them. So every line of makemap (at most 1022 bytes) fits both formats.
 */
export const LAYOUTS: Readonly<Record<MapFormat, Layout>> = {
  '1.0': { format: '1.0', version: 2, header: 24, base: 24, reference: 24, maxNode: 2034, maxKey: 1978 },
  '0.9': { format: '0.9', version: 1, header: 16, base: 0, reference: 8, maxNode: 2038, maxKey: 1982 },
};

/** Offsets inside a meta page, counted from the end of the page header. */
export const META: Readonly<
  Record<'magic' | 'version' | 'mapSize' | 'freeDb' | 'mainDb' | 'lastPage' | 'txnid' | 'length', number>
> = { magic: 0, version: 4, mapSize: 16, freeDb: 24, mainDb: 72, lastPage: 120, txnid: 128, length: 136 };

/** Offsets inside a database record. In the free list's record of a meta, `pad` is the page size. */
export const DB: Readonly<
  Record<
    'pad' | 'flags' | 'depth' | 'branchPages' | 'leafPages' | 'overflowPages' | 'entries' | 'root' | 'length',
    number
  >
> = { pad: 0, flags: 4, depth: 6, branchPages: 8, leafPages: 16, overflowPages: 24, entries: 32, root: 40, length: 48 };

/** Flags of the free list's record as LMDB writes them: no subdirectory, integer keys. */
export const FREE_DB_FLAGS = 0x4008;

/** Bytes of a node in which `held` bytes follow the key, padded to an even number. */
export function nodeSize(keyLength: number, held: number): number {
  return (NODE_HEADER + keyLength + held + 1) & ~1;
}

/** Pages of an overflow run with a value of `length` bytes. */
export function overflowPages(layout: Layout, pageSize: number, length: number): number {
  return Math.floor((layout.header - 1 + length) / pageSize) + 1;
}

/** Writes a whole number below 2^53 as u64. */
export function putU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 0x1_0000_0000, true);
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}

/** Reads a u64. Values of 2^53 and more are rounded; every bounds check refuses them anyway. */
export function getU64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
}
