/**
 * The path of a map -> an open map. The first bytes of the file decide its reader, not its name; only the two files
 * of an ndbm map, which have no magic number, are recognised by name.
 *
 * Nothing is written, locked or mapped, so everybody who may read the file can use the map, also on a read-only file
 * system. A reader sees the file that it opened, even after another was renamed over the path; `isCurrent` reports
 * that.
 */
import { fstatSync, type Stats } from 'node:fs';
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';
import { openBerkeley } from './bdb/reader.ts';
import { openCdb } from './cdb/reader.ts';
import { nameType, release, releaseSoon } from './file.ts';
import { ForeignRecords } from './foreign-records.ts';
import { IDENTIFY_BYTES, identify } from './identify.ts';
import { openAgain, openDescriptor, readHead, statusOf } from './input-file.ts';
import type { BuildMark } from './lmdb/mark.ts';
import { openLmdb } from './lmdb/reader.ts';
import type { FileFormat, MapFile, MapRecords, RecordVisitor } from './map-file.ts';
import { ReadOnlyFile } from './read-only-file.ts';

export interface OpenFileOptions {
  /** Name of the database to read, if a Berkeley DB file holds several. */
  readonly database?: string | undefined;
  /** Bytes of pages that a reader of an LMDB map keeps. Default 56 MiB. */
  readonly cacheBytes?: number | undefined;
}

/**
 * Opens a map for reading.
 *
 * @throws MapError `missing`, `unreadable`, `notAMap`, `damaged`
 */
export function openMapFile(path: string, options: OpenFileOptions = {}): MapFile {
  return openMapOf(openDescriptor(path), path, options);
}

/**
 * Opens the map in an open file. Closing the map closes the file; so does an error. Throws as {@link openMapFile}
 * does.
 */
export function openMapOf(fd: number, path: string, options: OpenFileOptions = {}): MapFile {
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new MapError('notAMap', `${path} is ${nameType(stats)}, not a map`, { file: path });
    const file = new ReadOnlyFile(fd, path, stats);
    const records = readRecords(file, options);
    // the first bytes alone decide that an empty map has no keys
    file.assertUnchanged();
    return new OpenMap(fd, path, stats, options, records);
  } catch (error) {
    release(fd);
    if (error instanceof MapError) throw error;
    throw new MapError('unreadable', `cannot read ${path}: ${systemText(error)}`, { file: path, cause: error });
  }
}

function readRecords(file: ReadOnlyFile, { database, cacheBytes }: OpenFileOptions): MapRecords {
  const head = readHead(file.fd, Math.min(IDENTIFY_BYTES, file.size));
  const identity = identify(head, file.size);
  switch (identity.kind) {
    case 'berkeley':
      return new ForeignRecords('bdb', openBerkeley(file, head, database));
    case 'cdb':
      return new ForeignRecords('cdb', openCdb(file, identity.tables));
    case 'lmdb':
      return openLmdb(file, cacheBytes);
    case 'foreign':
      throw file.unsupported(
        /\.(?:dir|pag)$/.test(file.path)
          ? NDBM
          : `${identity.what}, not a map; compile it again from its source file, under another name`,
      );
  }
}

const NDBM = 'one of the two files of an ndbm or sdbm map; rebuild the map from its source file';

/**
 * Closes the descriptors of maps that were never closed, for example after a walk over entries that was not finished.
 */
const FORGOTTEN = new FinalizationRegistry<number>(release);

/** Bytes of a file that the system frees in a quarter of a millisecond. */
const LARGE = 1 << 20;

class OpenMap implements MapFile {
  readonly path: string;
  readonly format: FileFormat;
  readonly what: string;
  readonly mark: BuildMark;
  readonly hasDuplicates: boolean;
  readonly stats: Stats;
  readonly #fd: number;
  readonly #options: OpenFileOptions;
  readonly #records: MapRecords;
  #closed = false;

  constructor(fd: number, path: string, stats: Stats, options: OpenFileOptions, records: MapRecords) {
    this.path = path;
    this.stats = stats;
    this.format = records.format;
    this.what = records.what;
    this.mark = records.mark;
    this.hasDuplicates = records.hasDuplicates;
    this.#fd = fd;
    this.#options = options;
    this.#records = records;
    FORGOTTEN.register(this, fd, this);
  }

  get size(): number {
    this.#assertOpen();
    return this.#records.size;
  }

  get(key: string, fold = false, isText = false): ByteString | undefined {
    this.#assertOpen();
    return this.#records.get(key, fold, isText);
  }

  *entries(): Generator<{ readonly key: ByteString; readonly value: ByteString }> {
    this.#assertOpen();
    for (const entry of this.#records.entries()) {
      yield entry;
      this.#assertOpen();
    }
  }

  forEachRecord(visit: RecordVisitor): void {
    this.#assertOpen();
    this.#records.forEachRecord(visit);
  }

  reopen(): MapFile {
    this.#assertOpen();
    return openMapOf(openAgain(this.#fd) ?? openDescriptor(this.path), this.path, this.#options);
  }

  isCurrent(): boolean {
    const now = statusOf(this.path);
    const then = this.stats;
    return (
      now !== undefined &&
      now.ino === then.ino &&
      now.dev === then.dev &&
      now.size === then.size &&
      now.mtimeMs === then.mtimeMs &&
      now.ctimeMs === then.ctimeMs
    );
  }

  close(): void {
    if (this.#end()) release(this.#fd);
  }

  closeSoon(): void {
    if (!this.#end()) return;
    if (this.stats.size > LARGE) releaseSoon(this.#fd);
    else release(this.#fd);
  }

  /** False: it was closed before. */
  #end(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    FORGOTTEN.unregister(this);
    return true;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #assertOpen(): void {
    if (this.#closed) throw new MapError('closed', `${this.path} was closed`, { file: this.path });
  }
}
