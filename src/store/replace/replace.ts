/**
 * Sorted records -> a map in place of the old one, all or nothing. The new file has a random name beside the map; it
 * is created exclusively, its mode is set before its content, it is synced, read back and compared, and renamed over
 * the old map; then the directory is synced.
 *
 * Errors: after any failure, also kill -9, the old map is unchanged; the next writer removes the files of a killed
 * one (lock.ts).
 * Limits: only a map of the same kind (LMDB or CDB) is replaced, damaged or not. Any other file, a link or a
 * directory is refused.
 */
import { closeSync, constants, fchmodSync, fchownSync, fsyncSync, type Stats } from 'node:fs';
import { MapError } from '../../core/errors.ts';
import type { Problem } from '../../core/problem.ts';
import { systemText } from '../../core/system-error.ts';
import { assertFitsCdb, writeCdb } from '../cdb/writer.ts';
import type { OpenDirectory } from '../directory.ts';
import { release } from '../file.ts';
import { writeDuplicateKeys } from '../lmdb/duplicates.ts';
import type { BuildMark } from '../lmdb/mark.ts';
import { writePages } from '../lmdb/writer.ts';
import { inInputOrder, orderDuplicates } from '../records/equal-keys.ts';
import type { SortedRecords } from '../records/sort.ts';
import { abandonedOnSignal } from './interrupt.ts';
import { keepAttributes } from './keep-attributes.ts';
import type { MapLock } from './lock.ts';
import { formatOfFile, formatOfMap } from './target.ts';
import { verifyMap } from './verify.ts';

/** Owner and mode of the new file. */
export interface Attributes {
  /** The exact permissions; the umask does not count. */
  readonly mode: number;
  /** -1 leaves the system's default; absent: the user of this process. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

export interface ReplaceOptions {
  /** Computed from the open file that is replaced; undefined: there is none. */
  readonly attributes: (old: Stats | undefined) => Attributes;
  readonly mark: BuildMark;
  /** Read the file back and compare it before the rename; default true. */
  readonly verify?: boolean;
  /**
   * Allow several values per key (makemap -d). LMDB stores them in byte order, each once: format 1.0 only, values up
   * to 1978 bytes, no empty key. CDB stores them in input order. Without this option keys must be distinct
   * (dropDuplicates).
   */
  readonly duplicates?: boolean;
  /** Ends the run with its reason, until the new file takes its place. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Replaces the map whose lock is held, or makes it.
 *
 * @returns warnings
 * @throws MapError `notAMap` (there is another file), `unsafe` (no regular file), `unwritable`, `notVerified`,
 *   `busy`, `badInput`; the reason of the signal
 */
export function replaceMap(
  lock: MapLock,
  records: SortedRecords,
  options: ReplaceOptions,
): Promise<readonly Problem[]> {
  return abandonedOnSignal(lock, () => replace(lock, records, options));
}

async function replace(lock: MapLock, records: SortedRecords, options: ReplaceOptions): Promise<readonly Problem[]> {
  const { directory, name, path, temporaryName: temporary } = lock;
  const { format } = records.arena;
  const { signal } = options;
  const old = lock.openOld();
  try {
    signal?.throwIfAborted();
    if (old !== undefined) formatOfFile(old, path, format);
    if (format === 'cdb') assertFitsCdb(records, path);
    const fd = create(directory, temporary, options.attributes(old?.stats));
    let problems: readonly Problem[] = [];
    try {
      // before the file has content that the list protects
      const lost = old && (await keepAttributes(old.fd, fd));
      problems = warningsOf(path, lost);
      await fill(fd, directory.at(temporary), records, options);
    } finally {
      closeSync(fd);
    }
    signal?.throwIfAborted();
    lock.assertHeld();
    formatOfMap(directory, name, format);
    directory.rename(temporary, name);
    directory.sync();
    return problems;
  } catch (cause) {
    directory.remove(temporary);
    if (cause instanceof MapError || signal?.aborted) throw cause;
    throw new MapError('unwritable', `cannot write ${path}: ${systemText(cause)}`, { file: path, cause });
  } finally {
    if (old !== undefined) release(old.fd);
  }
}

function warningsOf(path: string, lost: string | undefined): Problem[] {
  if (lost === undefined) return [];
  const text = `${path}: its access control list or extended attributes are not kept: ${lost}`;
  return [{ severity: 'warning', code: 'attributesLost', file: path, text, ours: true }];
}

function create(directory: OpenDirectory, name: string, { owner, mode }: Attributes): number {
  const fd = directory.open(name, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL);
  try {
    if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid);
    fchmodSync(fd, mode);
    return fd;
  } catch (error) {
    release(fd);
    throw error;
  }
}

async function fill(fd: number, path: string, records: SortedRecords, options: ReplaceOptions): Promise<void> {
  const { mark, verify = true, duplicates = false } = options;
  const stored = storedOrder(records, duplicates);
  if (records.arena.format === 'cdb') writeCdb(fd, stored);
  else if (duplicates) await writeDuplicateKeys(fd, path, stored, mark);
  else writePages(fd, records, mark);
  fsyncSync(fd);
  if (verify) verifyMap(fd, path, stored);
}

/** The records in the order of the file. */
function storedOrder(records: SortedRecords, duplicates: boolean): SortedRecords {
  if (records.arena.format === 'cdb') return inInputOrder(records);
  return duplicates ? orderDuplicates(records) : records;
}
