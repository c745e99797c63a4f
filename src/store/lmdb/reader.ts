/**
 * An LMDB map file -> look-ups and entries, without the LMDB library: no lock file, no mapping, nothing written, so a map
 * can be read by anyone who may read the file, also on a read-only file system, and damage gives an error and never
 * a crash. Both formats, with single values or several to a key (DUPSORT).
 *
 * A reader sees the file that it opened, also after another was renamed over the path; whoever wants to follow asks
 * `isCurrent`. Depth, pages and entries are bounded by what the file's size allows; page contents are checked in
 * pages.ts. The first look-ups go down the tree (tree-look-up.ts), the later ones through a table of all keys
 * (key-index.ts). Values in overflow runs are not cached.
 */
import { fstatSync, type Stats } from 'node:fs';
import type { ByteString } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { systemText } from '../../core/system-error.ts';
import { nameType, release } from '../identify.ts';
import { openAgain, openDescriptor, readHead, statusOf } from '../input-file.ts';
import { KeyIndex } from './key-index.ts';
import type { MapFormat } from './layout.ts';
import type { BuildMark } from './mark.ts';
import { META_BYTES, type Meta, readMeta } from './meta.ts';
import { PageSearch } from './page-search.ts';
import { type Latin1Buffer, PageStore } from './pages.ts';
import { TreeLookUp } from './tree-lookup.ts';
import { Values } from './values.ts';
import { type RecordVisitor, TreeWalk } from './walk.ts';

/** An open map. Keys and values are byte strings, as stored (with their trailing NUL, if any, in `entries`). */
export interface MapFile extends Disposable {
  readonly path: string;
  readonly format: MapFormat;
  /** Number of records. */
  readonly size: number;
  readonly mark: BuildMark;
  readonly hasDuplicates: boolean;
  /** Owner, mode, size and times of the open file. */
  readonly stats: Stats;
  /**
   * The value of a key, found in one descent whether the map was built with trailing NULs or without (if it has both,
   * the one without); the NUL of a value under such a key is taken off. Of several values the first one.
   *
   * @param fold look for the key in lower case
   * @throws MapError `damaged`, `unreadable`, `closed`
   */
  get(key: ByteString, fold?: boolean): ByteString | undefined;
  /** Every record in key order; a key with several values comes once for each. Throws as `get` does. */
  entries(): Generator<{ readonly key: ByteString; readonly value: ByteString }>;
  /** The same without making strings. */
  forEachRecord(visit: RecordVisitor): void;
  /** The same file, whatever stands at its path by now, with a descriptor of its own. Throws as `openMapFile` does. */
  reopen(): MapFile;
  /** False once another file stands at the path, none does, or this one was written to. */
  isCurrent(): boolean;
  close(): void;
}

/**
 * Opens a map for reading.
 *
 * @throws MapError `missing`, `unreadable`, `notAMap`, `damaged`
 */
export function openMapFile(path: string): MapFile {
  return readMapFile(openDescriptor(path), path);
}

function readMapFile(fd: number, path: string): MapFile {
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new MapError('notAMap', `${path} is ${nameType(stats)}, not a map`, { file: path });
    return new OpenMap(fd, path, stats, readMeta(readHead(fd, Math.min(META_BYTES, stats.size)), stats.size, path));
  } catch (error) {
    release(fd);
    if (error instanceof MapError) throw error;
    throw new MapError('unreadable', `cannot read ${path}: ${systemText(error)}`, { file: path, cause: error });
  }
}

/** Closes what nobody closed: a walk over the entries that was given up, a map that was let go of. */
const FORGOTTEN = new FinalizationRegistry<number>(release);

class OpenMap implements MapFile {
  readonly path: string;
  readonly format: MapFormat;
  readonly size: number;
  readonly mark: BuildMark;
  readonly hasDuplicates: boolean;
  readonly stats: Stats;
  readonly #fd: number;
  readonly #meta: Meta;
  readonly #pages: PageStore;
  readonly #search: PageSearch;
  readonly #values: Values;
  readonly #tree: TreeLookUp;
  readonly #index: KeyIndex;
  #closed = false;

  constructor(fd: number, path: string, stats: Stats, meta: Meta) {
    this.path = path;
    this.stats = stats;
    this.format = meta.layout.format;
    this.size = meta.main.entries;
    this.mark = meta.mark;
    this.hasDuplicates = meta.hasDuplicates;
    this.#fd = fd;
    this.#meta = meta;
    this.#pages = new PageStore(fd, path, meta);
    this.#search = new PageSearch(this.#pages);
    this.#values = new Values(this.#pages);
    this.#tree = new TreeLookUp(this.#pages, meta, this.#search, this.#values);
    this.#index = new KeyIndex(this.#pages, meta.main);
    FORGOTTEN.register(this, fd, this);
  }

  get(key: ByteString, fold = false): ByteString | undefined {
    this.#assertOpen();
    const search = this.#search;
    if (this.#meta.main.depth === 0 || !search.seek(key, fold)) return undefined;
    if (!this.#index.isWhole) {
      this.#index.enterNext();
      return this.#tree.get();
    }
    const node = this.#index.find(search.bytes, search.length - 1);
    if (node === 0) return undefined;
    return this.#values.of(node, this.#values.keyLengthOf(node) < search.length ? 0 : 1);
  }

  *entries(): Generator<{ readonly key: ByteString; readonly value: ByteString }> {
    this.#assertOpen();
    let left = this.size;
    for (const leaf of TreeWalk.leaves(this.#pages, this.#meta.main)) {
      const found: { key: ByteString; value: ByteString }[] = [];
      left = leaf.forEachRecord((keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd) => {
        const key = (keyBytes as Latin1Buffer).latin1Slice(keyStart, keyEnd);
        found.push({ key, value: (valueBytes as Latin1Buffer).latin1Slice(valueStart, valueEnd) });
      }, left);
      for (const record of found) {
        yield record;
        this.#assertOpen();
      }
    }
    this.#assertComplete(left);
  }

  forEachRecord(visit: RecordVisitor): void {
    this.#assertOpen();
    let left = this.size;
    for (const leaf of TreeWalk.leaves(this.#pages, this.#meta.main)) left = leaf.forEachRecord(visit, left);
    this.#assertComplete(left);
  }

  reopen(): MapFile {
    this.#assertOpen();
    return readMapFile(openAgain(this.#fd) ?? openDescriptor(this.path), this.path);
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
    if (this.#closed) return;
    this.#closed = true;
    FORGOTTEN.unregister(this);
    release(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #assertComplete(missing: number): void {
    if (missing > 0) throw this.#pages.damaged(`${missing} of its records are missing`);
  }

  #assertOpen(): void {
    if (this.#closed) throw new MapError('closed', `${this.path} was closed`, { file: this.path });
  }
}
