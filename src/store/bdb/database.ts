/** The interface of hash and btree, of all versions, to reader.ts. */
import type { RecordPlace, Span } from '../record-reader.ts';
import type { Damages } from './damages.ts';
import type { Visits } from './visits.ts';

export interface Database {
  /**
   * False: the file uses a hash function or key order of its program, so only a walk finds a key. May become false
   * later.
   */
  readonly canFind: boolean;
  /** True: a walk without damage shows that a lookup finds each key. */
  readonly isFoundAsWalked: boolean;
  /** The first value of a key. @throws MapError `damaged`, `unreadable`, `notAMap` */
  find(key: Uint8Array): Span | undefined;
  /** Yields every sound record. Damage is added to `damages`, and the pages that were read to `visits`. */
  records(visits: Visits, damages: Damages): Generator<RecordPlace>;
  /** To be called after a walk. @throws MapError `damaged` if records are missing that the file holds or counts */
  assertWhole(visits: Visits, records: number): void;
  /** Releases the pages in memory. */
  forget(): void;
}
