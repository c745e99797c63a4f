/**
 * The first bytes of a file -> its format, before any reader trusts it. LMDB is recognised by its magic number at the
 * offset of each format, other databases by theirs, so that a message can name the file's format and say what to do.
 */
import { BTREE_MAGIC, HASH_MAGIC, HEAP_MAGIC, QUEUE_MAGIC } from './bdb/layout.ts';
import { readTables, type Table } from './cdb/layout.ts';
import { LAYOUTS, type Layout, MAGIC, META } from './lmdb/layout.ts';

/** Bytes of a file that are enough to identify it. */
export const IDENTIFY_BYTES = 4096;

/** The format of a file; `what` is, for example, "a Berkeley DB hash file". */
export type Identity =
  | { readonly kind: 'lmdb'; readonly layout: Layout }
  | { readonly kind: 'berkeley'; readonly what: string }
  | { readonly kind: 'cdb'; readonly what: string; readonly tables: readonly Table[] }
  | { readonly kind: 'foreign'; readonly what: string };

/** Identifies a file of `size` bytes by its first {@link IDENTIFY_BYTES} bytes, or all of them. */
export function identify(head: Uint8Array, size: number): Identity {
  for (const layout of Object.values(LAYOUTS)) {
    if (u32(head, layout.header) !== MAGIC) continue;
    const version = u32(head, layout.header + META.version) & 0xffff;
    if (version === layout.version) return { kind: 'lmdb', layout };
    return { kind: 'foreign', what: `an LMDB file of data version ${version}, which is not known` };
  }
  const family = size === 0 ? undefined : berkeley(head);
  if (family !== undefined) return { kind: 'berkeley', what: family };
  const known = nameForeign(head, size);
  if (known !== undefined) return { kind: 'foreign', what: known };
  // CDB has no magic number, so it is tried last.
  const tables = readTables(head, size);
  if (tables !== undefined) return { kind: 'cdb', what: 'a CDB file', tables };
  return { kind: 'foreign', what: textOrUnknown(head) };
}

function nameForeign(head: Uint8Array, size: number): string | undefined {
  if (size === 0) return 'empty';
  if (u32(head, 12) === MAGIC) return 'an LMDB file of a 32-bit machine';
  for (const { header } of Object.values(LAYOUTS)) {
    if (u32(head, header, false) === MAGIC) return 'an LMDB file of a big-endian machine';
  }
  return otherMagic(head);
}

function berkeley(head: Uint8Array): string | undefined {
  for (const littleEndian of [true, false]) {
    for (const [magic, name] of [
      [HASH_MAGIC, 'hash'],
      [BTREE_MAGIC, 'btree'],
      [QUEUE_MAGIC, 'queue'],
      [HEAP_MAGIC, 'heap'],
    ] as const) {
      // Version 1.85 has its magic number at the start, later versions after the log sequence and page numbers.
      if (u32(head, 12, littleEndian) === magic || u32(head, 0, littleEndian) === magic) {
        return `a Berkeley DB ${name} file`;
      }
    }
  }
  return undefined;
}

const GDBM = 'a GDBM file, which `gdbm_dump` prints';
const OTHER_MAGIC: readonly (readonly [string, string])[] = [
  ['SQLite format 3\0', 'an SQLite database'],
  ['\xce\x9a\x57\x13', GDBM],
  ['\xcd\x9a\x57\x13', GDBM],
  ['\xcf\x9a\x57\x13', GDBM],
  ['\xd0\x9a\x57\x13', GDBM],
  ['\xd1\x9a\x57\x13', GDBM],
  ['\x13\x57\x9a', GDBM],
  ['KCtr\n', 'a Kyoto Cabinet file'],
  ['ToKyO CaBiNeT', 'a Tokyo Cabinet file'],
  ['TDB file\n', 'a TDB file'],
  ['\x1f\x8b', 'a gzip file'],
  ['\x7fELF', 'a program'],
];

function otherMagic(head: Uint8Array): string | undefined {
  const start = Buffer.from(head.subarray(0, 32)).toString('latin1');
  return OTHER_MAGIC.find(([magic]) => start.startsWith(magic))?.[1];
}

function textOrUnknown(head: Uint8Array): string {
  if (head.every((byte) => byte === 0)) return 'full of zeros';
  const isText = head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
  return isText ? 'a text file' : 'no kind of file that is known';
}

function u32(bytes: Uint8Array, at: number, littleEndian = true): number {
  if (at + 4 > bytes.length) return -1;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, littleEndian);
}
