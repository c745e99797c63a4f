/**
 * Bytes of the longest value, in every format: a thousand times what any mail server takes. A file in which one is longer is
 * damaged: its length would be believed, and memory be taken for it.
 */
export const MAX_VALUE: number = 16 << 20;

/** An open map, whatever the format of its file: the face that open.ts gives to all others. */
import type { Stats } from 'node:fs';
import type { ByteString } from '../core/bytes.ts';
import type { MapFormat } from './lmdb/layout.ts';
import type { BuildMark } from './lmdb/mark.ts';

/** What a map's file can be: LMDB 1.0 and 0.9, CDB, and Berkeley DB, which is read and never written. */
export type FileFormat = MapFormat | 'cdb' | 'bdb';

/** Receives a record as ranges of two byte arrays, which are only valid during the call. */
export type RecordVisitor = (
  keyBytes: Uint8Array,
  keyStart: number,
  keyEnd: number,
  valueBytes: Uint8Array,
  valueStart: number,
  valueEnd: number,
) => void;

/** The records of an open file. Keys and values are byte strings, as stored: with their trailing NUL, if any. */
export interface MapRecords {
  readonly format: FileFormat;
  /** The format in words, with its version: `Berkeley DB hash, version 9`. */
  readonly what: string;
  /** Number of records. Of a Berkeley DB or CDB file it is counted when somebody asks first. */
  readonly size: number;
  readonly mark: BuildMark;
  readonly hasDuplicates: boolean;
  /**
   * The value of a key, whether the map was built with trailing NULs or without (if it has both, the one without); the
   * NUL of a value under such a key is taken off. Of several values the first one.
   *
   * @param fold look for the key in lower case
   * @throws MapError `damaged`, `unreadable`, `limit`
   */
  get(key: ByteString, fold?: boolean): ByteString | undefined;
  /**
   * Every record: of an LMDB file or a btree in key order, else in the order of the file. A key with several values comes
   * once for each. Throws as `get` does; of a Berkeley DB file that is damaged, after every record that is sound.
   */
  entries(): Generator<{ readonly key: ByteString; readonly value: ByteString }>;
  /** The same without making strings. */
  forEachRecord(visit: RecordVisitor): void;
}

/** An open map. What `MapRecords` throws, and `closed`. */
export interface MapFile extends MapRecords, Disposable {
  readonly path: string;
  /** Owner, mode, size and times of the open file. */
  readonly stats: Stats;
  /** The same file, whatever stands at its path by now, with a descriptor of its own. Throws as `openMapFile` does. */
  reopen(): MapFile;
  /** False once another file stands at the path, none does, or this one was written to. */
  isCurrent(): boolean;
  close(): void;
}
