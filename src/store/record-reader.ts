/**
 * The interface of the readers of Berkeley DB and CDB to foreign-records.ts: records in the order of the file, and
 * the value of one key. Readers get an open descriptor and never write, lock or map the file.
 */

/** A record as two ranges of bytes. Readers reuse one object for all records. */
export interface RecordPlace {
  key: Uint8Array;
  keyStart: number;
  keyEnd: number;
  value: Uint8Array;
  valueStart: number;
  valueEnd: number;
}

/** A range of bytes in an array. */
export interface Span {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export function wholeSpan(bytes: Uint8Array): Span {
  return { bytes, start: 0, end: bytes.length };
}

/** The records of one open file, in a format of Berkeley DB or CDB. */
export interface RecordReader {
  /** The format of the file: `Berkeley DB hash, version 9`. */
  readonly what: string;
  readonly hasDuplicates: boolean;
  /**
   * True: after a walk without damage, a lookup finds each key with its first value, so a copy of the records can
   * answer.
   */
  readonly isFoundAsWalked: boolean;
  /** Bytes of the file. */
  readonly fileSize: number;
  /**
   * The first value of exactly this key, or undefined.
   *
   * @throws MapError `damaged`, `unreadable`, `limit`
   */
  find(key: Uint8Array): Span | undefined;
  /** Every record once, the values of a key in their order. After the last record it throws if it found damage. */
  records(): Generator<RecordPlace>;
  /** Releases the memory that lookups use. */
  forget(): void;
}

/** A record without content. */
export function emptyPlace(): RecordPlace {
  const none = new Uint8Array(0);
  return { key: none, keyStart: 0, keyEnd: 0, value: none, valueStart: 0, valueEnd: 0 };
}

/** True if a range of bytes is this key. */
export function isSameKey(key: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (key.length !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== key[i]) return false;
  return true;
}
