/**
 * How a map was built, kept in the file itself: LMDB does not use the first four bytes of the main database's record,
 * and its tools and libraries copy them along. A file by another writer has zeros there: nothing is known.
 */
const SIGNATURE = 0x4d4d_0000;
const SIGNATURE_MASK = 0xffff_0000;
const FOLDED_KEYS = 1;
const UNFOLDED_KEYS = 2;

/** What a map's file says about how it was built. */
export interface BuildMark {
  /** `'folded'`: to lower case; `'asWritten'`: `makemap -f`; `'unknown'`: the writer left no word. */
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
