/**
 * An LMDB map file -> lookups and entries, without the LMDB library: no lock file, no mapping, no writing. So
 * everybody who may read the file can use the map, also on a read-only file system, and damage is an error and never
 * a crash.
 *
 * Both formats, with single values or several per key (DUPSORT). The first lookups go down the tree (tree-lookup.ts),
 * later ones through a table of all keys (key-index.ts).
 * Limits: the size of the file bounds depth, pages and entries. pages.ts checks the content of pages. Values in
 * overflow runs are not cached.
 */
import { type ByteString, encodeText } from '../../core/bytes.ts';
import { readHead } from '../input-file.ts';
import type { MapRecords, RecordVisitor } from '../map-file.ts';
import type { ReadOnlyFile } from '../read-only-file.ts';
import { MOST_ASCII, MOST_BYTE } from '../search-key.ts';
import { KeyIndex } from './key-index.ts';
import type { MapFormat } from './layout.ts';
import type { BuildMark } from './mark.ts';
import { META_BYTES, type Meta, readMeta } from './meta.ts';
import { PageSearch } from './page-search.ts';
import { type Latin1Buffer, PageStore } from './pages.ts';
import { TreeLookup } from './tree-lookup.ts';
import { TreeWalk } from './walk.ts';

/** Room at first: most programs ask a few questions or walk over the records, and need no page twice. */
const FIRST_CACHE_BYTES = 256 << 10;
/** Lookups with that room. */
const FEW_LOOKUPS = 32;
/** Room for all pages of a map of 1,000,000 access entries (50 MiB). */
const CACHE_BYTES = 56 << 20;
/** Room beside a table of keys that reads its nodes from the file: the branches of a map of 600 MiB. */
const TABLE_CACHE_BYTES = 8 << 20;

/** @param cacheBytes of pages to keep @throws MapError `notAMap`, `damaged` */
export function openLmdb(file: ReadOnlyFile, cacheBytes: number = CACHE_BYTES): MapRecords {
  const head = readHead(file.fd, Math.min(META_BYTES, file.size));
  return new LmdbRecords(file, readMeta(head, file.size, file.path), cacheBytes);
}

class LmdbRecords implements MapRecords {
  readonly format: MapFormat;
  readonly what: string;
  readonly size: number;
  readonly mark: BuildMark;
  readonly hasDuplicates: boolean;
  readonly #file: ReadOnlyFile;
  readonly #meta: Meta;
  /** Pages for the first lookups. */
  readonly #pages: PageStore;
  readonly #cacheBytes: number;
  #search: PageSearch;
  #tree: TreeLookup;
  #lookups = 0;
  /** Absent for the first lookups. */
  #index: KeyIndex | undefined;

  constructor(file: ReadOnlyFile, meta: Meta, cacheBytes: number) {
    this.#file = file;
    this.format = meta.layout.format;
    this.what = `LMDB ${this.format}`;
    this.size = meta.main.entries;
    this.mark = meta.mark;
    this.hasDuplicates = meta.hasDuplicates;
    this.#meta = meta;
    this.#cacheBytes = cacheBytes;
    this.#pages = new PageStore(file, meta, Math.min(cacheBytes, FIRST_CACHE_BYTES));
    this.#search = new PageSearch(this.#pages);
    this.#tree = new TreeLookup(this.#pages, meta, this.#search);
  }

  get(key: string, fold = false, isText = false): ByteString | undefined {
    if (this.#index === undefined && this.#lookups++ === FEW_LOOKUPS) this.#addIndex();
    const bits = this.#search.seek(key, fold);
    if (bits > MOST_ASCII && isText) return this.get(encodeText(key, 'key'), fold);
    if (bits > MOST_BYTE || this.#meta.main.depth === 0) return undefined;
    const index = this.#index;
    if (index?.isWhole) return index.get(this.#search);
    index?.enterNext();
    return this.#tree.get();
  }

  /** Goes on with room for many pages, and a table of keys. */
  #addIndex(): void {
    const meta = this.#meta;
    const keepsAll = (meta.lastPage + 1) * meta.pageSize <= this.#cacheBytes;
    const most = keepsAll || !KeyIndex.suits(meta) ? this.#cacheBytes : Math.min(this.#cacheBytes, TABLE_CACHE_BYTES);
    const pages = new PageStore(this.#file, meta, most);
    pages.isSuspect = this.#pages.isSuspect;
    this.#search = new PageSearch(pages);
    this.#tree = new TreeLookup(pages, meta, this.#search);
    this.#index = new KeyIndex(pages, meta);
  }

  *entries(): Generator<{ readonly key: ByteString; readonly value: ByteString }> {
    const pages = this.#pagesOfWalk();
    let left = this.size;
    for (const leaf of TreeWalk.leaves(pages, this.#meta.main)) {
      const found: { key: ByteString; value: ByteString }[] = [];
      left = leaf.forEachRecord((keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd) => {
        const key = (keyBytes as Latin1Buffer).latin1Slice(keyStart, keyEnd);
        found.push({ key, value: (valueBytes as Latin1Buffer).latin1Slice(valueStart, valueEnd) });
      }, left);
      yield* found;
    }
    assertComplete(pages, left);
  }

  forEachRecord(visit: RecordVisitor): void {
    const pages = this.#pagesOfWalk();
    let left = this.size;
    for (const leaf of TreeWalk.leaves(pages, this.#meta.main)) left = leaf.forEachRecord(visit, left);
    assertComplete(pages, left);
  }

  #pagesOfWalk(): PageStore {
    return new PageStore(this.#file, this.#meta, FIRST_CACHE_BYTES, 'atEnd');
  }
}

function assertComplete(pages: PageStore, missing: number): void {
  pages.assertUnchanged();
  if (missing > 0) throw pages.damaged(`${missing} of its records are missing`);
}
