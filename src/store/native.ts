/**
 * The only door to the npm package `lmdb`, opened only when a map is verified or has duplicate keys. The package ends the
 * process on files that it cannot read, so it is never given anything but a 1.0 file that this process has just written.
 * It leaves a lock file beside what it opens, which its callers' cleaning removes.
 */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { parse } from 'node:path';
import type { Database } from 'lmdb';
import { MapError } from '../core/errors.ts';
import { remove } from './lock.ts';
import type { SortedRecords } from './sort.ts';

declare module 'lmdb' {
  /** Every database that was opened, by the last part of its path without what follows its last dot. */
  const allDbs: Map<string, unknown>;
}

type Lmdb = typeof import('lmdb');

/** The least key that the package can iterate from: it takes an empty one for the end. */
const LEAST_KEY: Buffer = Buffer.of(0);
/** More than lmdb's table of readers takes. */
const LOCK_BYTES = 16 << 10;
/** Descriptors that the package holds at once, and one more. */
const DESCRIPTORS = 4;
/** Bytes of keys and values that are read before the file is mapped anew. */
const STRIDE_BYTES = 32 << 20;

/** How the package is to hand records over: as ranges of its own buffers, without copies. */
export interface RawDecoder {
  key(bytes: Uint8Array, start: number, end: number): void;
  value(bytes: Uint8Array, start: number, end: number): void;
  /** The key that came last, to go on behind it. */
  lastKey(): Buffer;
}

/**
 * The package, or undefined where its native part does not load. In the bundled programs this becomes a `require`
 * (--supported:dynamic-import=false), which takes 20 ms less than starting Node's loader of ES modules.
 */
export async function loadLmdb(): Promise<Lmdb | undefined> {
  try {
    return await import('lmdb');
  } catch {
    return undefined;
  }
}

/** @throws MapError that says why it does not load */
async function needLmdb(): Promise<Lmdb> {
  try {
    return await import('lmdb');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
    throw new MapError('unwritable', `duplicate keys need the native part of lmdb, which does not load: ${why}`);
  }
}

/**
 * Reads the records of a 1.0 file that was just written, in order, through the package: all but that of the empty key.
 * The file is mapped anew for each stride, or a large one would count as memory in full.
 */
export async function readThroughLmdb(lmdb: Lmdb, path: string, duplicates: boolean, to: RawDecoder): Promise<void> {
  const stride = duplicates ? Number.POSITIVE_INFINITY : STRIDE_BYTES;
  let last = LEAST_KEY;
  for (let exclusiveStart = false, more = true; more; exclusiveStart = true) {
    let read = 0;
    prepare(path, 'r');
    const db = lmdb.open({
      path,
      noSubdir: true,
      readOnly: true,
      overlappingSync: false,
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
      await close(lmdb, db, path);
    }
  }
}

/** Adds records, whose keys may repeat, to an empty 1.0 map that was just written. LMDB orders the values of a key. */
export async function writeDuplicates(path: string, records: SortedRecords): Promise<void> {
  const lmdb = await needLmdb();
  prepare(path, 'r+');
  const db = lmdb.open<Buffer, Buffer>({
    path,
    noSubdir: true,
    overlappingSync: false,
    noSync: true,
    dupSort: true,
    encoding: 'binary',
    keyEncoding: 'binary',
  });
  try {
    db.transactionSync(() => {
      for (const address of records.addresses) putRecord(db, records, address);
    });
  } finally {
    await close(lmdb, db, path);
  }
}

/**
 * Makes the lock file, with room for all that lmdb writes to it, and opens both files as the package is going to: where it
 * cannot, it ends the process, and here it is an error.
 */
function prepare(path: string, access: 'r' | 'r+'): void {
  const lock = `${path}-lock`;
  writeFileSync(lock, new Uint8Array(LOCK_BYTES), { flag: 'wx', mode: 0o600 });
  const opened = [openSync(path, access)];
  try {
    while (opened.length < DESCRIPTORS) opened.push(openSync(lock, 'r+'));
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

/** Closes a database, and makes the package forget it: it would keep each with all that its decoders know. */
async function close({ allDbs }: Lmdb, db: { close(): Promise<void> }, path: string): Promise<void> {
  await db.close();
  allDbs.delete(parse(path).name);
  remove(`${path}-lock`);
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
