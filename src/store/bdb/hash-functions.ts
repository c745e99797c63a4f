/**
 * The hash functions of Berkeley DB, from 1.85 to 18.1. A file does not name its function, but its meta page holds
 * the hash of a fixed word.
 * Source: the library's hash/hash_func.c.
 */
type HashFunction = (key: Uint8Array) => number;

/** Fowler, Noll, Vo: the function of version 3 and later. */
function multiplyXor(key: Uint8Array): number {
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash, 16_777_619) ^ key[i]!;
  return hash >>> 0;
}

/** Torek: the function of 1.85 and 2.x. */
function times33(key: Uint8Array): number {
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 33) + key[i]!) | 0;
  return hash >>> 0;
}

/** Yigit's, of sdbm. */
function times65599(key: Uint8Array): number {
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 65_599) + key[i]!) | 0;
  return hash >>> 0;
}

/** Vo's. */
function vo(key: Uint8Array): number {
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 0x63c6_3cd9) + 0x9c39_c33d + key[i]!) | 0;
  return hash >>> 0;
}

const FUNCTIONS: readonly HashFunction[] = [multiplyXor, times33, times65599, vo];
/** The word whose hash is in the meta page, with its NUL. */
const CHECK_WORD: Uint8Array = Buffer.from('%$sniglet^&\0', 'latin1');

/** The function that gives this value for the check word; undefined: a program's own function. */
export function hashFunctionOf(checkValue: number): HashFunction | undefined {
  return FUNCTIONS.find((hash) => hash(CHECK_WORD) === checkValue);
}
