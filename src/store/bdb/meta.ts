/**
 * The meta page of a Berkeley DB file of version 2.x or later -> the values that the readers need, checked.
 *
 * Errors: recno, queue, heap, encrypted, compressed, partitioned and sliced files, and unknown versions, each with
 * its own sentence.
 * Limits: the number of elements in the meta page is not a number of records, and is not used.
 */
import type { ReadOnlyFile } from '../read-only-file.ts';
import { checksumOf } from './checksum.ts';
import {
  BTREE_FLAG,
  BTREE_LAYOUTS,
  BTREE_MAGIC,
  HASH_FLAG,
  HASH_LAYOUTS,
  HASH_MAGIC,
  HEAP_MAGIC,
  MAX_PAGE_SIZE,
  META_BYTES,
  META_CHECKSUM,
  META_FLAG,
  type MetaLayout,
  MIN_PAGE_SIZE,
  PAGE,
  QUEUE_MAGIC,
  SPARES,
} from './layout.ts';

/** The buckets of a hash. */
export interface Buckets {
  readonly last: number;
  readonly highMask: number;
  readonly lowMask: number;
  /** By doubling: the number to add to a bucket's number to get its page. */
  readonly spares: readonly number[];
  /** The hash of the library's check word. */
  readonly checkValue: number;
}

interface CommonMeta {
  readonly version: number;
  readonly littleEndian: boolean;
  readonly pageSize: number;
  readonly hasChecksums: boolean;
  readonly hasDuplicates: boolean;
  /** True: the records of the file are the names of databases and the pages at which they start. */
  readonly hasSubDatabases: boolean;
  /** The last page of the file; undefined in versions without this field. */
  readonly lastPage: number | undefined;
}

export type Meta = CommonMeta &
  ({ readonly kind: 'hash'; readonly buckets: Buckets } | { readonly kind: 'btree'; readonly root: number });

const REBUILD = 'rebuild the map from its source file, or dump it on the host that made it';

/**
 * Reads a meta page.
 *
 * @param page at least its first {@link META_BYTES} bytes
 * @param number number of the page: 0, or that of a database inside the file
 * @throws MapError `damaged`, `notAMap`
 */
export function readMeta(file: ReadOnlyFile, page: Uint8Array, number: number): Meta {
  if (page.length < META_BYTES) throw file.damaged('it ends inside its first page');
  const fields = new Fields(page);
  const { magic, version } = fields;
  if (magic === QUEUE_MAGIC) throw file.unsupported(`a Berkeley DB queue, not a map; ${REBUILD}`);
  if (magic === HEAP_MAGIC) throw file.unsupported(`a Berkeley DB heap, not a map; ${REBUILD}`);
  if (magic !== HASH_MAGIC && magic !== BTREE_MAGIC) throw file.damaged(`page ${number} is no meta page`);
  const kind = magic === HASH_MAGIC ? 'hash' : 'btree';
  const layout = (kind === 'hash' ? HASH_LAYOUTS : BTREE_LAYOUTS)[version];
  if (layout === undefined) throw file.damaged(`${kind} version ${version} is not known`);
  refuseUnreadable(file, fields, layout, kind);
  const common = readCommon(file, fields, layout, kind, number);
  if (kind === 'hash') return { ...common, kind, buckets: readBuckets(fields, layout) };
  return { ...common, kind, root: layout.root === undefined ? 1 : fields.u32(layout.root) };
}

/** The numbers of a meta page, in the byte order that gives a valid magic number. */
class Fields {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes.subarray(0, META_BYTES);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, META_BYTES);
    // In the wrong byte order a magic number is larger.
    this.littleEndian = this.#view.getUint32(12, true) < this.#view.getUint32(12, false);
  }

  get magic(): number {
    return this.u32(12);
  }

  get version(): number {
    return this.u32(16);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, this.littleEndian);
  }

  u8(at: number | undefined): number {
    return at === undefined ? 0 : this.bytes[at]!;
  }
}

function refuseUnreadable(file: ReadOnlyFile, fields: Fields, layout: MetaLayout, kind: Meta['kind']): void {
  const metaFlags = fields.u8(layout.metaFlags);
  const flags = fields.u32(layout.flags);
  const refuse = (what: string): never => {
    throw file.unsupported(`${what}; ${REBUILD}`);
  };
  if (fields.u8(layout.encryption) !== 0) refuse('an encrypted Berkeley DB file');
  if ((metaFlags & META_FLAG.partitions) !== 0) refuse('one part of a partitioned Berkeley DB file');
  if ((metaFlags & META_FLAG.slices) !== 0) refuse('one part of a sliced Berkeley DB file');
  if (kind === 'hash') return;
  if ((flags & BTREE_FLAG.recno) !== 0) refuse('a Berkeley DB recno file, whose keys are numbers');
  if ((flags & BTREE_FLAG.compressed) !== 0) refuse('a compressed Berkeley DB btree file');
}

function readCommon(
  file: ReadOnlyFile,
  fields: Fields,
  layout: MetaLayout,
  kind: Meta['kind'],
  number: number,
): CommonMeta {
  const pageSize = fields.u32(20);
  const isPower = (pageSize & (pageSize - 1)) === 0;
  if (!isPower || pageSize < MIN_PAGE_SIZE || pageSize > MAX_PAGE_SIZE) throw file.damaged(`page size ${pageSize}`);
  if (fields.u32(8) !== number) throw file.damaged(`page ${number} says that it is page ${fields.u32(8)}`);
  const type = kind === 'hash' ? PAGE.hashMeta : PAGE.btreeMeta;
  if (layout.type !== undefined && fields.u8(layout.type) !== type)
    throw file.damaged(`page ${number} is no meta page`);
  const hasChecksums = (fields.u8(layout.metaFlags) & META_FLAG.checksums) !== 0;
  if (hasChecksums && checksumOf(fields.bytes, META_CHECKSUM) !== fields.u32(META_CHECKSUM)) {
    throw file.damaged(`the checksum of page ${number} is wrong`);
  }
  const flags = fields.u32(layout.flags);
  const known = kind === 'hash' ? HASH_FLAG : BTREE_FLAG;
  return {
    version: fields.version,
    littleEndian: fields.littleEndian,
    pageSize,
    hasChecksums,
    hasDuplicates: (flags & known.duplicates) !== 0,
    hasSubDatabases: (flags & known.subDatabases) !== 0,
    lastPage: layout.lastPage === undefined ? undefined : fields.u32(layout.lastPage),
  };
}

function readBuckets(fields: Fields, { hash, spares }: MetaLayout): Buckets {
  return {
    last: fields.u32(hash!),
    highMask: fields.u32(hash! + 4),
    lowMask: fields.u32(hash! + 8),
    checkValue: fields.u32(hash! + 20),
    spares: Array.from({ length: SPARES }, (_, i) => fields.u32(spares! + 4 * i)),
  };
}
