/**
 * Sorted records -> a map in place of the old one, all or nothing: written to a file of a random name beside the map
 * (created exclusively, its mode set before its content), synced, read back and compared, renamed over the old one, and
 * the folder synced. Whatever fails, kill -9 included, the old map stays as it was; what a killed writer leaves, the
 * next one removes (lock.ts).
 *
 * Only a map of the same kind, LMDB or CDB, is ever replaced, damaged or not; any other file, link or folder is refused.
 */
import { closeSync, constants, fchmodSync, fchownSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { MapError } from '../../core/errors.ts';
import type { Problem } from '../../core/problem.ts';
import { systemText } from '../../core/system-error.ts';
import { assertFitsCdb, writeCdb } from '../cdb/writer.ts';
import { inspectTarget, release } from '../identify.ts';
import { writeDuplicateKeys } from '../lmdb/duplicates.ts';
import type { BuildMark } from '../lmdb/mark.ts';
import { writePages } from '../lmdb/writer.ts';
import { inInputOrder, orderDuplicates } from '../records/equal-keys.ts';
import type { WrittenFormat } from '../records/limits.ts';
import type { SortedRecords } from '../records/sort.ts';
import { abandonedOnSignal } from './interrupt.ts';
import { type MapLock, remove } from './lock.ts';
import { verifyMap } from './verify.ts';

export interface ReplaceOptions {
  /** Permissions of the new file, exactly, whatever the umask. */
  readonly mode: number;
  /** Owner of the new file, -1 leaves what the system gave it; absent: whoever runs this. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly mark: BuildMark;
  /** Read the file back and compare it before it counts; true. */
  readonly verify?: boolean;
  /**
   * Several values to a key (makemap -d). In LMDB they are kept in the order of their bytes, each once, in format 1.0 only,
   * values up to 1978 bytes, keys not empty; in CDB as they come. Without it, keys must be distinct (dropDuplicates).
   */
  readonly duplicates?: boolean;
}

/**
 * Replaces the map whose lock is held, or makes it.
 *
 * @returns warnings
 * @throws MapError `notAMap` (something else stands there), `unsafe` (no regular file), `unwritable`, `notVerified`, `busy`,
 * `badInput`
 */
export function replaceMap(lock: MapLock, records: SortedRecords, options: ReplaceOptions): Promise<Problem[]> {
  return abandonedOnSignal(lock, () => replace(lock, records, options));
}

async function replace(lock: MapLock, records: SortedRecords, options: ReplaceOptions): Promise<Problem[]> {
  const { format } = records.arena;
  assertReplaceable(lock.path, format);
  if (format === 'cdb') assertFitsCdb(records, lock.path);
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
    assertReplaceable(lock.path, format);
    renameSync(temporary, lock.path);
    syncFolder(dirname(lock.path));
    return problems;
  } catch (cause) {
    remove(temporary);
    if (cause instanceof MapError) throw cause;
    throw new MapError('unwritable', `cannot write ${lock.path}: ${systemText(cause)}`, { file: lock.path, cause });
  }
}

/** @throws MapError `unsafe`, `notAMap` for what stands in a map's place and is none of the format that is to be written */
export function assertReplaceable(path: string, format: WrittenFormat): void {
  const target = inspectTarget(path);
  if (target.kind === 'notRegular') {
    throw new MapError('unsafe', `${path} is ${target.what}; only a map is replaced`, { file: path });
  }
  const isCdb = format === 'cdb';
  if (target.kind === 'absent' || (target.kind === 'map' && (target.format === 'cdb') === isCdb)) return;
  const wanted = isCdb ? 'a CDB file' : 'an LMDB map';
  const advice = 'move it away or choose another name for the map';
  throw new MapError('notAMap', `${path} is ${target.what}, not ${wanted}, and stays as it is; ${advice}`, {
    file: path,
  });
}

function create(path: string, { owner, mode }: ReplaceOptions): number {
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid);
    fchmodSync(fd, mode);
    return fd;
  } catch (error) {
    release(fd);
    throw error;
  }
}

async function fill(fd: number, path: string, records: SortedRecords, options: ReplaceOptions): Promise<Problem[]> {
  const { mark, verify = true, duplicates = false } = options;
  const stored = storedOrder(records, duplicates);
  if (records.arena.format === 'cdb') writeCdb(fd, stored);
  else if (duplicates) await writeDuplicateKeys(fd, path, stored, mark);
  else writePages(fd, records, mark);
  fsyncSync(fd);
  return verify ? verifyMap(fd, path, stored, duplicates) : [];
}

/** The records as the file has them one after the other. */
function storedOrder(records: SortedRecords, duplicates: boolean): SortedRecords {
  if (records.arena.format === 'cdb') return inInputOrder(records);
  return duplicates ? orderDuplicates(records) : records;
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
    if (fd !== undefined) release(fd);
  }
}
