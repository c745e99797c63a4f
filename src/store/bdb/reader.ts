/**
 * A Berkeley DB file, hash or btree, of version 1.85 to 18.1 -> its records and lookups, without the library.
 *
 * Errors: a file that a killed program left looks sound to the library, because its meta page still counts only the
 * first pages. Versions that store their last page number are compared with the file size at opening; older files are
 * read completely at opening. In every version, a page with records that nothing refers to is damage.
 */
import { MapError } from '../../core/errors.ts';
import type { ReadOnlyFile } from '../read-only-file.ts';
import { type RecordPlace, type RecordReader, type Span, wholeSpan } from '../record-reader.ts';
import { isLockedForWriting } from '../writer-lock.ts';
import { BtreeRecords } from './btree.ts';
import { Damages } from './damages.ts';
import type { Database } from './database.ts';
import { HashRecords } from './hash.ts';
import { BTREE_MAGIC, HASH_MAGIC } from './layout.ts';
import { readMeta } from './meta.ts';
import { OldBtree } from './old-btree.ts';
import { OldHash } from './old-hash.ts';
import { PageFile } from './pages.ts';
import { readDatabaseMeta } from './sub-databases.ts';
import { Visits } from './visits.ts';

/** The largest file whose records are all kept in memory, if there is no other way to find a key. */
const MAX_KEPT_BYTES = 64 << 20;

/**
 * @param head the first 512 bytes of the file, or all of it
 * @param database name of a database inside the file
 * @throws MapError `damaged`, `notAMap`, `unreadable`
 */
export function openBerkeley(file: ReadOnlyFile, head: Uint8Array, database?: string): RecordReader {
  if (isLockedForWriting(file.stats)) throw file.unreadable('a program has locked it, and is writing it');
  const old = openOld(file, head);
  if (old !== undefined) return old;
  const first = readMeta(file, head, 0);
  const pages = new PageFile(file, first);
  if (first.lastPage !== undefined && first.lastPage + 1 !== pages.count) {
    throw file.damaged(`it has ${pages.count} pages, and its first page says ${first.lastPage + 1}`);
  }
  const meta = first.hasSubDatabases ? readDatabaseMeta(file, pages, first, database) : first;
  const records = meta.kind === 'hash' ? new HashRecords(pages, meta) : new BtreeRecords(pages, meta.root);
  return new BerkeleyReader(file, records, {
    what: `Berkeley DB ${meta.kind}, version ${meta.version}`,
    hasDuplicates: meta.hasDuplicates,
    isAlone: !first.hasSubDatabases,
    isCheckedAtOnce: first.lastPage === undefined,
  });
}

/** Version 1.85 has its magic number at offset 0. */
function openOld(file: ReadOnlyFile, head: Uint8Array): RecordReader | undefined {
  if (head.length < 4) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const common = { isAlone: true, isCheckedAtOnce: true };
  if (view.getUint32(0) === HASH_MAGIC) {
    const what = 'Berkeley DB 1.85 hash';
    return new BerkeleyReader(file, new OldHash(file, head), { ...common, what, hasDuplicates: false });
  }
  if (view.getUint32(0) === BTREE_MAGIC || view.getUint32(0, true) === BTREE_MAGIC) {
    const records = new OldBtree(file, head);
    const { hasDuplicates } = records;
    return new BerkeleyReader(file, records, { ...common, what: 'Berkeley DB 1.85 btree', hasDuplicates });
  }
  return undefined;
}

interface Nature {
  readonly what: string;
  readonly hasDuplicates: boolean;
  /** True: every page of the file belongs to this database. */
  readonly isAlone: boolean;
  readonly isCheckedAtOnce: boolean;
}

class BerkeleyReader implements RecordReader {
  readonly what: string;
  readonly hasDuplicates: boolean;
  readonly #file: ReadOnlyFile;
  readonly #database: Database;
  readonly #isAlone: boolean;
  #kept: Map<string, Span> | undefined;

  constructor(file: ReadOnlyFile, database: Database, { what, hasDuplicates, isAlone, isCheckedAtOnce }: Nature) {
    this.what = what;
    this.hasDuplicates = hasDuplicates;
    this.#file = file;
    this.#database = database;
    this.#isAlone = isAlone;
    if (isCheckedAtOnce) for (const _ of this.records());
  }

  get isFoundAsWalked(): boolean {
    return this.#database.isFoundAsWalked;
  }

  get fileSize(): number {
    return this.#file.size;
  }

  forget(): void {
    this.#database.forget();
  }

  find(key: Uint8Array): Span | undefined {
    const { reads } = this.#file;
    const value = this.#database.canFind ? this.#database.find(key) : undefined;
    if (this.#file.reads !== reads) this.#file.assertUnchanged();
    // The search may have just found out that the keys are in no order.
    if (!this.#database.canFind) return this.#keepAll().get(Buffer.from(key).toString('latin1'));
    return value;
  }

  *records(): Generator<RecordPlace> {
    const visits = new Visits(this.#file);
    const damages = new Damages();
    for (const place of this.#database.records(visits, damages)) {
      damages.records++;
      yield place;
    }
    try {
      if (this.#isAlone) this.#database.assertWhole(visits, damages.records);
    } catch (error) {
      damages.note(error);
    }
    this.#file.assertUnchanged();
    damages.finish();
  }

  #keepAll(): ReadonlyMap<string, Span> {
    if (this.#kept !== undefined) return this.#kept;
    const { path, size } = this.#file;
    if (size > MAX_KEPT_BYTES) {
      const text = `${path} uses a hash function or key order of its program, and is too large to be read into memory; import it`;
      throw new MapError('limit', text, { file: path });
    }
    const kept = new Map<string, Span>();
    for (const { key, keyStart, keyEnd, value, valueStart, valueEnd } of this.records()) {
      const name = Buffer.from(key.subarray(keyStart, keyEnd)).toString('latin1');
      if (!kept.has(name)) kept.set(name, wholeSpan(Uint8Array.from(value.subarray(valueStart, valueEnd))));
    }
    this.#kept = kept;
    return kept;
  }
}
