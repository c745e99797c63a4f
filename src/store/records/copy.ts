/**
 * Copies of a few dozen bytes, four at a time. At these lengths a loop takes a third of the time of the engine's own
 * copy, and half the time of a loop over bytes. The functions are small so that they are compiled at once: a whole
 * run takes a quarter of a second. (They save a tenth of newaliases over 200,000 aliases, and of makemap over
 * 1,000,000 lines.)
 */

/** Copies a range to a place that does not overlap it. */
export function copyBytes(from: DataView, start: number, end: number, to: DataView, place: number): void {
  let i = start;
  let at = place;
  for (const last = end - 4; i <= last; i += 4, at += 4) to.setInt32(at, from.getInt32(i, true), true);
  for (; i < end; i++, at++) to.setInt8(at, from.getInt8(i));
}

/** The same, with A to Z in lower case. */
export function copyFolded(from: DataView, start: number, end: number, to: DataView, place: number): void {
  let i = start;
  let at = place;
  for (const last = end - 4; i <= last; i += 4, at += 4) to.setInt32(at, fold(from.getInt32(i, true)), true);
  for (; i < end; i++, at++) to.setInt8(at, fold(from.getInt8(i)));
}

/**
 * Four bytes with A to Z in lower case. The sums set the top bit of a byte from `A` on, and from the byte after `Z`
 * on.
 */
function fold(four: number): number {
  const low = four & 0x7f7f_7f7f;
  const upper = (low + 0x3f3f_3f3f) & ~(low + 0x2525_2525) & ~four & 0x8080_8080;
  return four | (upper >>> 2);
}

/** True if two ranges hold the same bytes. */
export function sameBytes(left: DataView, start: number, end: number, right: DataView, place: number): boolean {
  let i = start;
  let at = place;
  for (const last = end - 4; i <= last; i += 4, at += 4) if (left.getInt32(i) !== right.getInt32(at)) return false;
  for (; i < end; i++, at++) if (left.getInt8(i) !== right.getInt8(at)) return false;
  return true;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Views of the last two buffers that were read: making a view takes longer than copying a record. */
export class Views {
  #last: DataView = new DataView(new ArrayBuffer(0));
  #before: DataView = this.#last;
  #lastBytes: Uint8Array | undefined;
  #bytesBefore: Uint8Array | undefined;

  of(bytes: Uint8Array): DataView {
    if (bytes !== this.#lastBytes) this.#turnTo(bytes);
    return this.#last;
  }

  #turnTo(bytes: Uint8Array): void {
    const isKnown = bytes === this.#bytesBefore;
    const view = isKnown ? this.#before : viewOf(bytes);
    [this.#before, this.#bytesBefore] = [this.#last, this.#lastBytes];
    [this.#last, this.#lastBytes] = [view, bytes];
  }
}
