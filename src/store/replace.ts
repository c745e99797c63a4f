/**
 * Sorted records -> a map in place of the old one, all or nothing: written to a file of a random name beside the map
 * (created exclusively, its mode set before its content), synced, read back and compared, renamed over the old one, and
 * the folder synced. Whatever fails, kill -9 included, the old map stays as it was; what a killed writer leaves, the
 * next one removes (lock.ts).
 *
 * Only an LMDB map is ever replaced, damaged or not; any other file, link or folder is refused.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { MapError } from '../core/errors.ts';
import type { Problem } from '../core/problem.ts';
import { inspectTarget, reason } from './identify.ts';
import { nodeSize, PAGE_SIZE } from './layout.ts';
import { type MapLock, remove } from './lock.ts';
import { type BuildMark, encodeMark } from './mark.ts';
import { META_BYTES, readMeta } from './meta.ts';
import { writeDuplicates } from './native.ts';
import { orderDuplicates, type SortedRecords } from './sort.ts';
import { verifyMap } from './verify.ts';
import { writePages } from './writer.ts';

export interface ReplaceOptions {
  /** Permissions of the new file, exactly, whatever the umask. */
  readonly mode: number;
  /** Owner of the new file; absent: whoever runs this. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly mark: BuildMark;
  /** Read the file back and compare it before it counts; true. */
  readonly verify?: boolean;
  /**
   * Several values to a key, kept in the order of their bytes, each once (makemap -d). Format 1.0 only, values up to 1978
   * bytes, keys not empty. Without it, keys must be distinct (dropDuplicates).
   */
  readonly duplicates?: boolean;
}

/** Pages for lmdb's own purposes. */
const SPARE_PAGES = 64;

/**
 * Replaces the map whose lock is held, or makes it.
 *
 * @returns warnings
 * @throws MapError `notAMap` (something else stands there), `unsafe` (no regular file), `unwritable`, `notVerified`, `busy`,
 * `badInput`
 */
export async function replaceMap(lock: MapLock, records: SortedRecords, options: ReplaceOptions): Promise<Problem[]> {
  assertReplaceable(lock.path);
  const temporary = lock.temporaryPath;
  try {
    const fd = create(temporary, options);
    let problems: Problem[];
    try {
      problems = await fill(fd, temporary, records, options);
    } finally {
      closeSync(fd);
    }
    lock.assertHeld();
    assertReplaceable(lock.path);
    renameSync(temporary, lock.path);
    syncFolder(dirname(lock.path));
    return problems;
  } catch (cause) {
    remove(temporary);
    remove(`${temporary}-lock`);
    if (cause instanceof MapError) throw cause;
    throw new MapError('unwritable', `cannot write ${lock.path}: ${reason(cause)}`, { file: lock.path, cause });
  }
}

function assertReplaceable(path: string): void {
  const target = inspectTarget(path);
  if (target.kind === 'notRegular') {
    throw new MapError('unsafe', `${path} is ${target.what}; only a map is replaced`, { file: path });
  }
  if (target.kind === 'foreign') {
    const advice = 'move it away or choose another name for the map';
    throw new MapError('notAMap', `${path} is ${target.what}, not an LMDB map, and stays as it is; ${advice}`, {
      file: path,
    });
  }
}

function create(path: string, { owner, mode }: ReplaceOptions): number {
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid);
    fchmodSync(fd, mode);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

async function fill(fd: number, path: string, records: SortedRecords, options: ReplaceOptions): Promise<Problem[]> {
  const { mark, verify = true, duplicates = false } = options;
  const stored = duplicates ? orderDuplicates(records) : records;
  if (duplicates) {
    // lmdb must not be given an empty file: it starts from an empty map of ours.
    writePages(fd, { arena: records.arena, addresses: new Uint32Array(0), equalRuns: [] }, mark);
    reserve(fd, mostBytes(stored));
    await writeDuplicates(path, stored);
    finish(fd, path, mark);
  } else {
    writePages(fd, records, mark);
  }
  fsyncSync(fd);
  return verify ? verifyMap(path, stored, duplicates) : [];
}

/** Takes the room that lmdb may need, from an empty map on: it ends the process when the disk is full. */
function reserve(fd: number, bytes: number): void {
  const zeros = new Uint8Array(1 << 20);
  let at = fstatSync(fd).size;
  while (at < bytes) at += writeSync(fd, zeros, 0, Math.min(zeros.length, bytes - at), at);
}

/** More than a map with several values to a key ever takes: half-full pages, and trees of their own for larger keys. */
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
    // A value can be as large as a quarter of a page, and a tree begins at about that size.
    if (ofKey > PAGE_SIZE / 8) trees++;
  }
  return (SPARE_PAGES + trees) * PAGE_SIZE + total * 3;
}

/** Puts the mark into a map that lmdb has written to, and gives back the room that it did not need. */
function finish(fd: number, path: string, mark: BuildMark): void {
  const head = new Uint8Array(META_BYTES);
  const length = readSync(fd, head, 0, head.length, 0);
  const { markOffset, lastPage } = readMeta(head.subarray(0, length), Number.MAX_SAFE_INTEGER, path);
  writeSync(fd, new Uint8Array(Uint32Array.of(encodeMark(mark)).buffer), 0, 4, markOffset);
  ftruncateSync(fd, (lastPage + 1) * PAGE_SIZE);
}

/** Makes the rename last; file systems that cannot sync a folder make no such promise anyway. */
function syncFolder(path: string): void {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY);
    fsyncSync(fd);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EIO' || code === 'ENOSPC') throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
