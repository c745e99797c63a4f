/**
 * Offsets and constants of the files of Berkeley DB 2.x and later, in one table: versions differ only by this table.
 * Source: the library's dbinc/db_page.h, checked against files that the libraries of all versions wrote.
 */

export const HASH_MAGIC = 0x061561;
export const BTREE_MAGIC = 0x053162;
export const QUEUE_MAGIC = 0x042253;
export const HEAP_MAGIC = 0x074582;

export const MIN_PAGE_SIZE = 512;
export const MAX_PAGE_SIZE = 65_536;
/** The trees of sound files are far lower: 2^32 pages of two keys each are 32 levels. */
export const MAX_DEPTH = 40;
/** Bytes at the start of the meta page that are used, for any page size. */
export const META_BYTES = 512;
/** Spare page numbers in the meta page of a hash, one for each doubling. */
export const SPARES = 32;

/** Types of pages. */
export const PAGE = {
  free: 0,
  oldDuplicates: 1,
  unsortedHash: 2,
  btreeInternal: 3,
  recnoInternal: 4,
  btreeLeaf: 5,
  recnoLeaf: 6,
  overflow: 7,
  hashMeta: 8,
  btreeMeta: 9,
  duplicateLeaf: 12,
  hash: 13,
} as const;

/** First byte of an item on a hash page. */
export const HASH_ITEM = { bytes: 1, duplicates: 2, overflow: 3, duplicateTree: 4, external: 5 } as const;

/** Bytes of a reference to an overflow chain, and on a btree page to a tree of duplicates. */
export const OVERFLOW_REFERENCE = 12;

/** Third byte of an item on a btree page, without its top bit. */
export const TREE_ITEM = { bytes: 1, duplicateTree: 2, overflow: 3, external: 4 } as const;
/** The item was deleted while a cursor was on it. */
export const DELETED = 0x80;

/** Bytes before the key of an item on an internal page of a btree. */
export const INTERNAL_HEADER = 12;

export const HASH_FLAG = { duplicates: 1, subDatabases: 2 } as const;
export const BTREE_FLAG = { duplicates: 1, recno: 2, subDatabases: 0x20, compressed: 0x80 } as const;
/** Flags of a meta page of any kind. */
export const META_FLAG = { checksums: 1, partitions: 6, slices: 8 } as const;

/** Bytes of a page header, and of one that includes a checksum. */
export const PAGE_HEADER = 26;
export const CHECKSUM_PAGE_HEADER = 32;
export const PAGE_CHECKSUM = 28;
export const META_CHECKSUM = 492;

/** Offsets inside a meta page; absent if the version lacks the field. */
export interface MetaLayout {
  readonly type?: number;
  readonly encryption?: number;
  readonly metaFlags?: number;
  readonly lastPage?: number;
  readonly flags: number;
  /** Max bucket, high mask, low mask, fill factor, elements, and the check value of the hash function. */
  readonly hash?: number;
  readonly spares?: number;
  readonly root?: number;
}

const META_3_1 = { type: 25, encryption: 24, metaFlags: 26, flags: 48 } as const;
const HASH_3_1: MetaLayout = { ...META_3_1, hash: 72, spares: 96 };
const BTREE_3_1: MetaLayout = { ...META_3_1, root: 88 };

/** By version of the hash format. */
export const HASH_LAYOUTS: Readonly<Record<number, MetaLayout>> = {
  4: { flags: 56, hash: 32, spares: 60 },
  5: { flags: 56, hash: 32, spares: 60 },
  6: { type: 25, flags: 32, hash: 56, spares: 80 },
  7: HASH_3_1,
  8: { ...HASH_3_1, lastPage: 32 },
  9: { ...HASH_3_1, lastPage: 32 },
  10: { ...HASH_3_1, lastPage: 32 },
};

/** By version of the btree format. */
export const BTREE_LAYOUTS: Readonly<Record<number, MetaLayout>> = {
  6: { flags: 36 },
  7: { type: 25, flags: 32, root: 72 },
  8: BTREE_3_1,
  9: { ...BTREE_3_1, lastPage: 32 },
  10: { ...BTREE_3_1, lastPage: 32 },
};

/** The number of the doubling that made a bucket: 0 for bucket 0, 1 for 1, 2 for 2 and 3, 3 for 4 to 7. */
export function doublingOf(bucket: number): number {
  return bucket === 0 ? 0 : 32 - Math.clz32(bucket);
}
