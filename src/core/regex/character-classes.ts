/** Classes of bytes in the C locale, and sets of bytes. */

const between =
  (...ranges: readonly (readonly [number, number])[]) =>
  (byte: number): boolean =>
    ranges.some(([from, to]) => byte >= from && byte <= to);

/** By their names in brackets. */
export const CLASSES: Readonly<Record<string, (byte: number) => boolean>> = {
  alpha: between([65, 90], [97, 122]),
  digit: between([48, 57]),
  alnum: between([48, 57], [65, 90], [97, 122]),
  upper: between([65, 90]),
  lower: between([97, 122]),
  space: between([9, 13], [32, 32]),
  blank: between([9, 9], [32, 32]),
  punct: between([33, 47], [58, 64], [91, 96], [123, 126]),
  print: between([32, 126]),
  graph: between([33, 126]),
  cntrl: between([0, 31], [127, 127]),
  xdigit: between([48, 57], [65, 70], [97, 102]),
};

/** Letters, digits and `_`. */
export function isWord(byte: number): boolean {
  return CLASSES.alnum!(byte) || byte === 0x5f;
}

/** Adds a byte to a set, and its other case if case does not matter. */
export function markByte(has: Uint8Array, byte: number, folds: boolean): void {
  has[byte] = 1;
  if (folds && byte < 0x80 && CLASSES.alpha!(byte)) has[byte ^ 0x20] = 1;
}
