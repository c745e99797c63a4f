/**
 * Records whose keys may repeat -> a 1.0 map in an open file. The `lmdb` package writes it, because only the package
 * can build LMDB's trees of duplicate keys. It ends the process on a full disk, so the space is reserved first.
 */
import { fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { MapError } from '../../core/errors.ts';
import type { SortedRecords } from '../records/sort.ts';
import { nodeSize, PAGE_SIZE } from './layout.ts';
import { type BuildMark, encodeMark } from './mark.ts';
import { META_BYTES, readMeta } from './meta.ts';
import { LmdbUnusable, writeDuplicates } from './native.ts';
import { writePages } from './writer.ts';

/** Pages for lmdb's own use. */
const SPARE_PAGES = 64;

/**
 * @param path the name of the open file
 * @throws MapError `unwritable`
 */
export async function writeDuplicateKeys(
  fd: number,
  path: string,
  records: SortedRecords,
  mark: BuildMark,
): Promise<void> {
  // lmdb must not get an empty file, so it starts from an empty map of ours.
  writePages(fd, { arena: records.arena, addresses: new Uint32Array(0), equalRuns: [] }, mark);
  reserve(fd, mostBytes(records));
  try {
    await writeDuplicates(fd, records);
  } catch (cause) {
    if (!(cause instanceof LmdbUnusable)) throw cause;
    throw new MapError('unwritable', `duplicate keys cannot be written: ${cause.message}`, { file: path, cause });
  }
  finish(fd, path, mark);
}

/** Reserves the space that lmdb may need. */
function reserve(fd: number, bytes: number): void {
  const zeros = new Uint8Array(1 << 20);
  let at = fstatSync(fd).size;
  while (at < bytes) at += writeSync(fd, zeros, 0, Math.min(zeros.length, bytes - at), at);
}

/**
 * An upper bound for a map with several values per key: half-full pages, and a tree for each key with many values.
 */
function mostBytes({ arena, addresses }: SortedRecords): number {
  let total = 0;
  let trees = 0;
  let ofKey = 0;
  let key = '';
  for (const address of addresses) {
    const next = arena.keyAt(address);
    const size = nodeSize(next.length, arena.valueLengthAt(address)) + 2;
    ofKey = next === key ? ofKey + size : size;
    key = next;
    total += size;
    // A value can be as large as a quarter of a page, and LMDB makes a tree at about that size.
    if (ofKey > PAGE_SIZE / 8) trees++;
  }
  return (SPARE_PAGES + trees) * PAGE_SIZE + total * 3;
}

/** Writes the mark into a map that lmdb has written, and frees the space that it did not need. */
function finish(fd: number, path: string, mark: BuildMark): void {
  const head = new Uint8Array(META_BYTES);
  const length = readSync(fd, head, 0, head.length, 0);
  const { markOffset, lastPage } = readMeta(head.subarray(0, length), Number.MAX_SAFE_INTEGER, path);
  writeSync(fd, new Uint8Array(Uint32Array.of(encodeMark(mark)).buffer), 0, 4, markOffset);
  ftruncateSync(fd, (lastPage + 1) * PAGE_SIZE);
}
