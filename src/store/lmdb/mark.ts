/**
 * The facts about how a map was built, stored in its file: LMDB does not use the first four bytes of the main database's
 * record, and its tools and libraries copy them. A file of another writer has zeros there, which means "unknown".
 */
const SIGNATURE = 0x4d4d_0000;
const SIGNATURE_MASK = 0xffff_0000;
const FOLDED_KEYS = 1;
const UNFOLDED_KEYS = 2;

/** The information in a map's file about how it was built. */
export interface BuildMark {
  /** `'folded'`: to lower case; `'asWritten'`: `makemap -f`; `'unknown'`: another writer. */
  readonly keys: 'folded' | 'asWritten' | 'unknown';
}

export function encodeMark(mark: BuildMark): number {
  if (mark.keys === 'unknown') return 0;
  return SIGNATURE + (mark.keys === 'folded' ? FOLDED_KEYS : UNFOLDED_KEYS);
}

export function decodeMark(word: number): BuildMark {
  if (word % 0x1_0000 === FOLDED_KEYS && (word & SIGNATURE_MASK) === SIGNATURE) return { keys: 'folded' };
  if (word % 0x1_0000 === UNFOLDED_KEYS && (word & SIGNATURE_MASK) === SIGNATURE) return { keys: 'asWritten' };
  return { keys: 'unknown' };
}
