/** The limits of records, by the format of the file that is written. */
import { LAYOUTS, type MapFormat } from '../lmdb/layout.ts';

/** The formats that we write: LMDB 1.0 and 0.9, and CDB. */
export type WrittenFormat = MapFormat | 'cdb';

export interface RecordLimits {
  /** The longest key, in bytes. */
  readonly maxKey: number;
  /** The largest record (header, key, value) in one piece. The value of a larger one is stored separately. */
  readonly maxNode: number;
  /** Bytes in the record that refer to a value stored separately. */
  readonly reference: number;
}

/** CDB limits only the whole file; here the length of a key is a u16. */
const CDB_LIMITS: RecordLimits = { maxKey: 0xffff, maxNode: 0x2_0000, reference: 4 };

export const LIMITS: Readonly<Record<WrittenFormat, RecordLimits>> = { ...LAYOUTS, cdb: CDB_LIMITS };
