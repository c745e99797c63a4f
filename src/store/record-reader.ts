/**
 * The face that the readers of Berkeley DB and CDB show to foreign-records.ts: records in the order of the file, and the value of one key.
 * Readers get an open descriptor and never write, lock or map it.
 */

/** A record as two ranges of bytes. Readers give the same object again and again, filled with the next record. */
export interface RecordPlace {
  key: Uint8Array;
  keyStart: number;
  keyEnd: number;
  value: Uint8Array;
  valueStart: number;
  valueEnd: number;
}

/** Some bytes of a larger array. */
export interface Span {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export function wholeSpan(bytes: Uint8Array): Span {
  return { bytes, start: 0, end: bytes.length };
}

/** The records of one open file of a format that we only read. */
export interface RecordReader {
  /** What the file is: `Berkeley DB hash, version 9`. */
  readonly what: string;
  readonly hasDuplicates: boolean;
  /**
   * The first value of exactly this key, or undefined.
   *
   * @throws MapError `damaged`, `unreadable`, `limit`
   */
  find(key: Uint8Array): Span | undefined;
  /** Every record once, values of one key in their order. After the last one it throws what damage it met. */
  records(): Generator<RecordPlace>;
}

/** A record that holds nothing yet. */
export function emptyPlace(): RecordPlace {
  const none = new Uint8Array(0);
  return { key: none, keyStart: 0, keyEnd: 0, value: none, valueStart: 0, valueEnd: 0 };
}

/** Whether a range of bytes is this key. */
export function isSameKey(key: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (key.length !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== key[i]) return false;
  return true;
}
