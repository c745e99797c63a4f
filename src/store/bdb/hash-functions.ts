/**
 * The hash functions of Berkeley DB, from 1.85 to 18.1. A file does not name its function, but its meta page holds
 * the hash of a fixed word.
 * Source: the library's hash/hash_func.c.
 */
type ByteArray = Uint8Array | Int8Array;
/** The hash of a range of bytes; 1.85 reads them as signed if its compiler does. */
export type HashFunction = (bytes: ByteArray, start: number, end: number) => number;

/** The function of Fowler, Noll and Vo, of version 3 and later. */
function multiplyXor(bytes: ByteArray, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash, 16_777_619) ^ bytes[i]!;
  return hash >>> 0;
}

/** Torek's function, of 1.85 and 2.x. */
function times33(bytes: ByteArray, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 33) + bytes[i]!) | 0;
  return hash >>> 0;
}

/** Yigit's function, of sdbm. */
function times65599(bytes: ByteArray, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 65_599) + bytes[i]!) | 0;
  return hash >>> 0;
}

/** Vo's function. */
function vo(bytes: ByteArray, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 0x63c6_3cd9) + 0x9c39_c33d + bytes[i]!) | 0;
  return hash >>> 0;
}

const FUNCTIONS: readonly HashFunction[] = [multiplyXor, times33, times65599, vo];
/** The word whose hash is in the meta page, with its NUL. */
const CHECK_WORD: Uint8Array = Buffer.from('%$sniglet^&\0', 'latin1');

/** The function that gives this value for the check word; undefined: a program's own function. */
export function hashFunctionOf(checkValue: number): HashFunction | undefined {
  return FUNCTIONS.find((hash) => hash(CHECK_WORD, 0, CHECK_WORD.length) === checkValue);
}
