/** The interface of an open map, the same for every format of its file. open.ts makes it. */
import type { Stats } from 'node:fs';
import type { ByteString } from '../core/bytes.ts';
import type { MapFormat } from './lmdb/layout.ts';
import type { BuildMark } from './lmdb/mark.ts';

/**
 * Bytes of the longest value, in every format: a thousand times what any mail server accepts. A longer value is
 * damage: memory would be allocated for a length that only the file states.
 */
export const MAX_VALUE: number = 16 << 20;

/** The formats of a map's file: LMDB 1.0 and 0.9, CDB, and Berkeley DB, which is read and never written. */
export type FileFormat = MapFormat | 'cdb' | 'bdb';

/** Gets a record as ranges of two byte arrays, which are valid only during the call. */
export type RecordVisitor = (
  keyBytes: Uint8Array,
  keyStart: number,
  keyEnd: number,
  valueBytes: Uint8Array,
  valueStart: number,
  valueEnd: number,
) => void;

/**
 * The records of an open file. Keys and values are byte strings as stored, with their trailing NUL if they have one.
 */
export interface MapRecords {
  readonly format: FileFormat;
  /** The format in words, with its version: `Berkeley DB hash, version 9`. */
  readonly what: string;
  /** Number of records. For a Berkeley DB or CDB file it is counted at the first use. */
  readonly size: number;
  readonly mark: BuildMark;
  readonly hasDuplicates: boolean;
  /**
   * The value of a key, in a map with or without trailing NULs (if it has both forms, the one without). The NUL of a
   * value under a key with one is removed. Of several values, the first.
   *
   * @param key a byte string; nothing is found for one with a character that is no byte
   * @param fold look up the key in lower case
   * @param isText the key is text, which is encoded only if it is not ASCII
   * @throws MapError `damaged`, `unreadable`, `limit`; `badInput` for text that no bytes decode to
   */
  get(key: string, fold?: boolean, isText?: boolean): ByteString | undefined;
  /**
   * Every record: in key order for LMDB and btree files, otherwise in the order of the file. A key with several
   * values occurs once for each. Throws as `get` does; for a damaged Berkeley DB file only after all sound records.
   */
  entries(): Generator<{ readonly key: ByteString; readonly value: ByteString }>;
  /** As `entries`, without making strings. */
  forEachRecord(visit: RecordVisitor): void;
}

/** An open map. Throws as MapRecords does; after `close` MapError `closed`. */
export interface MapFile extends MapRecords, Disposable {
  readonly path: string;
  /** Owner, mode, size and times of the open file. */
  readonly stats: Stats;
  /**
   * Opens the same file with a descriptor of its own, even if its path leads to another file. Throws as `openMapFile`
   * does.
   */
  reopen(): MapFile;
  /** False if the path leads to another file or to none, or if this file was written to. */
  isCurrent(): boolean;
  close(): void;
  /** As `close`, but a large file is closed soon after, in another thread. */
  closeSoon(): void;
}
