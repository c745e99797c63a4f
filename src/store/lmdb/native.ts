/**
 * The only import of the npm package `lmdb`, loaded only to write a map with duplicate keys.
 *
 * The package ends the process if it cannot read a file, open its lock file, or read a mapped page. Therefore it gets only
 * files that this process has just written. It opens them by a link to our open descriptor, in a directory of our own: in memory
 * (/dev/shm) if possible. So changes in the map's directory have no effect, and the lock file is on no disk. We remove the
 * directory as soon as the map is open; if a writer is killed before, the next one removes it.
 */
import { closeSync, openSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { MapError } from '../../core/errors.ts';
import { systemText } from '../../core/system-error.ts';
import { pathOf } from '../input-file.ts';
import type { SortedRecords } from '../records/sort.ts';
import { LONGEST_WRITER_MS } from '../replace/writer-id.ts';
import { makeOwnDirectory, safeTemporaryDirectory } from '../scratch.ts';

declare module 'lmdb' {
  /** Every database that was opened. */
  const allDbs: Map<string, unknown>;
}

type Lmdb = typeof import('lmdb');

/** Begins the names of our directories. */
const KIND = 'mailmaps-';
/** The name of the link in the directory. */
const LINK = 'map';
/** More than the size of lmdb's reader table. */
const LOCK_BYTES = 16 << 10;
/** Keys and values are bytes, and a key may have several values. */
const FORM = { dupSort: true, encoding: 'binary', keyEncoding: 'binary' } as const;
/** Descriptors that the package holds at once, plus one. */
const DESCRIPTORS = 4;

/**
 * The package cannot be used: its native part does not load, or it cannot be given the file. The text gives the
 * reason.
 */
export class LmdbUnusable extends Error {}

/**
 * Loads the package. In the bundled programs this becomes a `require` (--supported:dynamic-import=false), which takes
 * 20 ms less than starting Node's loader of ES modules.
 *
 * @throws LmdbUnusable
 */
async function load(): Promise<Lmdb> {
  try {
    return await import('lmdb');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
    throw new LmdbUnusable(`the package lmdb does not load: ${why}`);
  }
}

/**
 * Adds records, whose keys may repeat, to an empty 1.0 map that was just written. LMDB sorts the values of a key.
 *
 * @throws LmdbUnusable
 */
export async function writeDuplicates(fd: number, records: SortedRecords): Promise<void> {
  const lmdb = await load();
  const db = openByLink(lmdb, fd);
  try {
    db.transactionSync(() => {
      for (const address of records.addresses) putRecord(db, records, address);
    });
  } finally {
    await close(lmdb, db);
  }
}

/** @throws LmdbUnusable */
function openByLink(lmdb: Lmdb, fd: number): RootDatabase<Buffer, Buffer> {
  const directory = makeDirectory();
  try {
    const path = join(directory, LINK);
    makeLink(path, fd);
    return lmdb.open({ path, ...FORM, noSync: true, noSubdir: true, overlappingSync: false });
  } finally {
    // an open file needs no name
    removeDirectory(directory);
  }
}

function makeDirectory(): string {
  try {
    return makeOwnDirectory('/dev/shm', KIND, LONGEST_WRITER_MS);
  } catch {
    const make = (): string => makeOwnDirectory(safeTemporaryDirectory(), KIND, LONGEST_WRITER_MS);
    return unusableUnless(`a directory in ${tmpdir()}`, make);
  }
}

/** Works by names only, so it needs no descriptor. */
function removeDirectory(directory: string): void {
  for (const remove of [
    () => unlinkSync(join(directory, LINK)),
    () => unlinkSync(join(directory, `${LINK}-lock`)),
    () => rmdirSync(directory),
  ]) {
    try {
      remove();
    } catch {
      // Another writer removed it first.
    }
  }
}

/**
 * Makes the link and the lock file, with room for all that lmdb writes to it. Opens both as often as the package
 * will: if one of these steps failed in the package, it would end the process.
 */
function makeLink(path: string, fd: number): void {
  const lock = `${path}-lock`;
  const opened: number[] = [];
  unusableUnless('a link to it', () => {
    try {
      symlinkSync(pathOf(fd), path);
      writeFileSync(lock, new Uint8Array(LOCK_BYTES), { flag: 'wx', mode: 0o600 });
      opened.push(openSync(path, 'r+'));
      while (opened.length < DESCRIPTORS) opened.push(openSync(lock, 'r+'));
    } finally {
      for (const each of opened) closeSync(each);
    }
  });
}

function unusableUnless<T>(what: string, prepare: () => T): T {
  try {
    return prepare();
  } catch (cause) {
    throw new LmdbUnusable(`the package lmdb cannot be given the new map (${what}): ${systemText(cause)}`);
  }
}

/** Closes a database and removes it from the package's list, which would keep it in memory with its decoders. */
async function close({ allDbs }: Lmdb, db: RootDatabase<Buffer, Buffer>): Promise<void> {
  await db.close();
  for (const [name, each] of allDbs) if (each === db) allDbs.delete(name);
}

function putRecord(db: Database<Buffer, Buffer>, { arena }: SortedRecords, address: number): void {
  const key = Buffer.from(arena.keyAt(address), 'latin1');
  // Declared void, but false if the record was not stored.
  const stored: unknown = db.putSync(key, arena.valueAt(address));
  if (stored === false) throw new MapError('unwritable', 'lmdb did not store a record');
}
