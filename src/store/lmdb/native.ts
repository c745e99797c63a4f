/**
 * The only door to the npm package `lmdb`, opened only when a map is verified or has duplicate keys.
 *
 * The package ends the process on files that it cannot read, and where it cannot open its lock file or read what it maps.
 * So it is given only 1.0 files that this process has just written, which it finds through a link to our open descriptor
 * in a folder of our own, in memory where there is one for everybody (/dev/shm): whatever others make of the map's folder
 * it opens the map, its lock file is on no disk, and all that it will read was read before. The folder is gone as soon as
 * the map is open; that of a writer that was killed before, the next writer removes.
 */
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database, RootDatabase, RootDatabaseOptions } from 'lmdb';
import { MapError } from '../../core/errors.ts';
import { systemText } from '../../core/system-error.ts';
import { pathOf } from '../input-file.ts';
import type { SortedRecords } from '../records/sort.ts';
import { isDead, isWriterId, newWriterId } from '../replace/writer-id.ts';

declare module 'lmdb' {
  /** Every database that was opened. */
  const allDbs: Map<string, unknown>;
}

type Lmdb = typeof import('lmdb');

/** What the names of our folders begin with. */
const FOLDER = 'mailmaps-';
/** The name of the link in it. */
const LINK = 'map';
/** The least key that the package can iterate from: it takes an empty one for the end. */
const LEAST_KEY: Buffer = Buffer.of(0);
/** More than lmdb's table of readers takes. */
const LOCK_BYTES = 16 << 10;
/** Descriptors that the package holds at once, and one more. */
const DESCRIPTORS = 4;
/** Small enough to stay in a processor's cache. */
const CHUNK_BYTES = 128 << 10;
/** Bytes of keys and values that are read before the file is mapped anew. */
const STRIDE_BYTES = 32 << 20;

/** How the package is to hand records over: as ranges of its own buffers, without copies. */
export interface RawDecoder {
  key(bytes: Uint8Array, start: number, end: number): void;
  value(bytes: Uint8Array, start: number, end: number): void;
  /** The key that came last, to go on behind it. */
  lastKey(): Buffer;
}

/** The package cannot be used here: its native part does not load, or it cannot be led to the file. The text says why. */
export class LmdbUnusable extends Error {}

/**
 * In the bundled programs this becomes a `require` (--supported:dynamic-import=false), which takes 20 ms less than
 * starting Node's loader of ES modules.
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
 * Reads the records of a 1.0 file that was just written, in order, through the package: all but that of the empty key.
 * The file is mapped anew for each stride, or a large one would count as memory in full.
 *
 * @throws LmdbUnusable
 */
export async function readThroughLmdb(fd: number, duplicates: boolean, to: RawDecoder): Promise<void> {
  const lmdb = await load();
  const stride = duplicates ? Number.POSITIVE_INFINITY : STRIDE_BYTES;
  readWhole(fd);
  let last = LEAST_KEY;
  for (let exclusiveStart = false, more = true; more; exclusiveStart = true) {
    let read = 0;
    const db = openByLink(lmdb, fd, {
      readOnly: true,
      dupSort: duplicates,
      encoder: {
        encode: neverEncode,
        decode: (bytes: Uint8Array, length: number) => {
          read += length;
          to.value(bytes, 0, length);
        },
      },
      keyEncoder: {
        writeKey: (key: Uint8Array, bytes: Uint8Array, start: number) => {
          bytes.set(key, start);
          return start + key.length;
        },
        readKey: (bytes: Uint8Array, start: number, end: number) => {
          read += end - start;
          to.key(bytes, start, end);
        },
      },
    });
    try {
      const iterator = db.getRange({ start: last, exclusiveStart })[Symbol.iterator]();
      while (more && read < stride) more = iterator.next().done !== true;
      iterator.return?.();
      if (more) last = to.lastKey();
    } finally {
      await close(lmdb, db);
    }
  }
}

/**
 * Adds records, whose keys may repeat, to an empty 1.0 map that was just written. LMDB orders the values of a key.
 *
 * @throws LmdbUnusable
 */
export async function writeDuplicates(fd: number, records: SortedRecords): Promise<void> {
  const lmdb = await load();
  const db = openByLink(lmdb, fd, { noSync: true, dupSort: true, encoding: 'binary', keyEncoding: 'binary' });
  try {
    db.transactionSync(() => {
      for (const address of records.addresses) putRecord(db, records, address);
    });
  } finally {
    await close(lmdb, db);
  }
}

/** @throws LmdbUnusable */
function openByLink(lmdb: Lmdb, fd: number, options: RootDatabaseOptions): RootDatabase<Buffer, Buffer> {
  const folder = makeFolder();
  try {
    const path = join(folder, LINK);
    makeLink(path, fd, options.readOnly ? 'r' : 'r+');
    return lmdb.open({ ...options, path, noSubdir: true, overlappingSync: false });
  } finally {
    // What is open needs no name.
    removeFolder(folder);
  }
}

function makeFolder(): string {
  try {
    return makeFolderIn('/dev/shm');
  } catch {
    return unusableUnless(`a folder in ${tmpdir()}`, () => makeFolderIn(tmpdir()));
  }
}

/** Removes first what writers that were killed have left there. */
function makeFolderIn(parent: string): string {
  for (const name of readdirSync(parent)) {
    const id = name.slice(FOLDER.length);
    const path = join(parent, name);
    if (!name.startsWith(FOLDER) || !isWriterId(id)) continue;
    const made = whenMade(path);
    if (made !== undefined && isDead(id, made)) removeFolder(path);
  }
  const folder = join(parent, FOLDER + newWriterId());
  mkdirSync(folder, 0o700);
  return folder;
}

/**
 * When a directory of ours was made; undefined: it is none. Others may make what they like there, links to directories of
 * ours among it; in a sticky directory they cannot exchange ours.
 */
function whenMade(path: string): number | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() && stats.uid === process.geteuid?.() ? stats.mtimeMs : undefined;
}

/** By names alone, which takes no descriptor. */
function removeFolder(folder: string): void {
  for (const remove of [
    () => unlinkSync(join(folder, LINK)),
    () => unlinkSync(join(folder, `${LINK}-lock`)),
    () => rmdirSync(folder),
  ]) {
    try {
      remove();
    } catch {
      // Another writer was faster.
    }
  }
}

/**
 * Makes the link and the lock file, with room for all that lmdb writes to it, and opens both as often as the package is
 * going to: where it cannot, it ends the process.
 */
function makeLink(path: string, fd: number, access: 'r' | 'r+'): void {
  const lock = `${path}-lock`;
  const opened: number[] = [];
  unusableUnless('a link to it', () => {
    try {
      symlinkSync(pathOf(fd), path);
      writeFileSync(lock, new Uint8Array(LOCK_BYTES), { flag: 'wx', mode: 0o600 });
      opened.push(openSync(path, access));
      while (opened.length < DESCRIPTORS) opened.push(openSync(lock, 'r+'));
    } finally {
      for (const each of opened) closeSync(each);
    }
  });
}

/** Reads all of a file: a disk that fails is an error here, and ends the process where the file is mapped. */
function readWhole(fd: number): void {
  const chunk = new Uint8Array(CHUNK_BYTES);
  unusableUnless('the file', () => {
    for (let at = 0, length = -1; length !== 0; at += length) length = readSync(fd, chunk, 0, chunk.length, at);
  });
}

function unusableUnless<T>(what: string, prepare: () => T): T {
  try {
    return prepare();
  } catch (cause) {
    throw new LmdbUnusable(`the package lmdb cannot be given the new map (${what}): ${systemText(cause)}`);
  }
}

/** Closes a database, and makes the package forget it: it would keep each with all that its decoders know. */
async function close({ allDbs }: Lmdb, db: RootDatabase<Buffer, Buffer>): Promise<void> {
  await db.close();
  for (const [name, each] of allDbs) if (each === db) allDbs.delete(name);
}

function putRecord(db: Database<Buffer, Buffer>, { arena }: SortedRecords, address: number): void {
  const key = Buffer.from(arena.keyAt(address), 'latin1');
  // Declared void, it is false for what was not stored.
  const stored: unknown = db.putSync(key, arena.valueAt(address));
  if (stored === false) throw new MapError('unwritable', 'lmdb did not store a record');
}

function neverEncode(): never {
  throw new TypeError('this database is only read');
}
