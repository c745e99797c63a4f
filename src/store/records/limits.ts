/** What records may be, by the format of the file that they are for. */
import { LAYOUTS, type MapFormat } from '../lmdb/layout.ts';

/** The formats that we write: LMDB 1.0 and 0.9, and CDB. */
export type WrittenFormat = MapFormat | 'cdb';

export interface RecordLimits {
  /** The longest key, in bytes. */
  readonly maxKey: number;
  /** The largest record (header, key, value) that is kept in one piece; the value of a larger one is kept apart. */
  readonly maxNode: number;
  /** Bytes that stand in the record for a value that is kept apart. */
  readonly reference: number;
}

/** CDB has no limits but that of the whole file; a key's length is a u16 here. */
const CDB_LIMITS: RecordLimits = { maxKey: 0xffff, maxNode: 0x2_0000, reference: 4 };

export const LIMITS: Readonly<Record<WrittenFormat, RecordLimits>> = { ...LAYOUTS, cdb: CDB_LIMITS };
