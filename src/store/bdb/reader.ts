/**
 * A Berkeley DB file, hash or btree, of version 1.85 to 18.1 -> its records and lookups, without the library.
 *
 * A file that a killed program left looks sound to the library itself: its meta page still speaks of the few pages that it
 * had at first. Versions that keep the number of their last page are held against the size when they are opened; of older
 * ones everything is read once when they are opened. A page with records that nothing leads to is damage in all.
 */
import { MapError } from '../../core/errors.ts';
import type { ReadOnlyFile } from '../read-only-file.ts';
import { type RecordPlace, type RecordReader, type Span, wholeSpan } from '../record-reader.ts';
import { BtreeRecords } from './btree.ts';
import { Damages } from './damages.ts';
import type { Database } from './database.ts';
import { HashRecords } from './hash.ts';
import { BTREE_MAGIC, HASH_MAGIC } from './layout.ts';
import { readMeta } from './meta.ts';
import { OldBtree } from './old-btree.ts';
import { OldHash } from './old-hash.ts';
import { PageFile, Visits } from './pages.ts';
import { readDatabaseMeta } from './sub-databases.ts';

/** Largest file of which all records are kept in memory, where there is no other means to find one. */
const MAX_KEPT_BYTES = 64 << 20;

/**
 * @param head the first bytes of the file, 512 where it has as many
 * @param database name of a database inside the file
 * @throws MapError `damaged`, `notAMap`, `unreadable`
 */
export function openBerkeley(file: ReadOnlyFile, head: Uint8Array, database?: string): RecordReader {
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

/** Version 1.85 has its magic number at the very beginning. */
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
  /** Every page of the file is its own. */
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

  find(key: Uint8Array): Span | undefined {
    const value = this.#database.canFind ? this.#database.find(key) : undefined;
    // The search itself may have shown that there is no order to search by.
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
      const text = `${path} has a hash function or an order of its own, and is too large to be read into memory; import it`;
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
