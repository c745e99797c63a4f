/** The face that hash and btree, of all versions, show to reader.ts. */
import type { RecordPlace, Span } from '../record-reader.ts';
import type { Damages } from './damages.ts';
import type { Visits } from './pages.ts';

export interface Database {
  /** False: made with a hash function or an order of a program's own, so only a walk finds a key. It may turn false. */
  readonly canFind: boolean;
  /** The first value of a key. @throws MapError `damaged`, `unreadable`, `notAMap` */
  find(key: Uint8Array): Span | undefined;
  /** Every record that is sound; the damage is in `damages`, the pages that were read are in `visits`. */
  records(visits: Visits, damages: Damages): Generator<RecordPlace>;
  /** After a walk: @throws MapError `damaged` when records are missing that the file has or speaks of */
  assertWhole(visits: Visits, records: number): void;
}
