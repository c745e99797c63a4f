/**
 * An open file of which most pieces are read one after another -> those pieces. They are read in blocks that grow to 64 KiB: a
 * system call for each page of 4 KiB makes a walk over a map a sixth longer. A piece that does not follow the one before is read by
 * itself.
 *
 * Limits: a piece may be older than the call that asks for it, by the time that its block takes; so the caller asks at the end
 * whether the file changed. Errors are those of the file.
 */
import type { ReadOnlyFile } from './read-only-file.ts';

const MOST = 64 << 10;

export class SequentialReads {
  readonly #file: ReadOnlyFile;
  readonly #block = new Uint8Array(MOST);
  /** The range of the file that the block holds. */
  #start = 0;
  #end = 0;
  /** Bytes of the last block that was read. */
  #length = 0;

  constructor(file: ReadOnlyFile) {
    this.#file = file;
  }

  /** As {@link ReadOnlyFile.read}, for up to 64 KiB. */
  read(target: Uint8Array, position: number, start: number, end: number): void {
    const length = end - start;
    if (position < this.#start || position + length > this.#end) this.#readBlock(position, length);
    const from = position - this.#start;
    target.set(this.#block.subarray(from, from + length), start);
  }

  #readBlock(position: number, least: number): void {
    const isNext = position === this.#end;
    const wanted = isNext ? Math.min(2 * this.#length, MOST, this.#file.size - position) : least;
    const length = Math.max(wanted, least);
    // nothing of the block counts if the read fails
    this.#end = 0;
    this.#start = 0;
    this.#file.read(this.#block, position, 0, length);
    this.#start = position;
    this.#end = position + length;
    this.#length = length;
  }
}
