/**
 * The pages that one walk has read. A page that is met twice is damage, so the file's size bounds the work; and so does its
 * content: the head of a file with holes may claim millions of pages that nobody ever wrote.
 *
 * Limits: a sound file has buckets that were never written, because the library adds pages by powers of two. So a walk may pass
 * FREE_BYTES of empty pages, and EMPTY_PER_FULL times as much as it has read of pages with content.
 */
import type { ReadOnlyFile } from '../read-only-file.ts';

const FREE_BYTES = 2 ** 30;
const EMPTY_PER_FULL = 16;
/** A read of a smaller page takes as long. */
const LEAST_BYTES = 4096;

export class Visits {
  readonly #file: ReadOnlyFile;
  readonly #seen = new PageSet();
  readonly #shared = new PageSet();
  /** Bytes of the pages that the walk looked for, and of those that have content. */
  #passed = 0;
  #full = 0;

  constructor(file: ReadOnlyFile) {
    this.#file = file;
  }

  enter(number: number): void {
    if (!this.#seen.add(number)) throw this.#file.damaged(`page ${number} is used twice`);
  }

  /** Notes a page that may be used more than once. False: it was noted before. */
  share(number: number): boolean {
    return this.#shared.add(number);
  }

  has(number: number): boolean {
    return this.#seen.has(number) || this.#shared.has(number);
  }

  /** Counts a page before it is looked for. @throws MapError `damaged` after too many empty ones */
  pass(pageSize: number): void {
    this.#passed += Math.max(pageSize, LEAST_BYTES);
    if (this.#passed > FREE_BYTES + EMPTY_PER_FULL * this.#full)
      throw this.#file.damaged('nearly all pages that it claims to have were never written');
  }

  /** Counts a page with content. */
  fill(pageSize: number): void {
    this.#full += Math.max(pageSize, LEAST_BYTES);
  }
}

/** Pages for which one bit each is kept together. */
const BLOCK_BITS = 12;

/** Page numbers, one bit each: a Set takes no more than 16 million. */
class PageSet {
  readonly #blocks = new Map<number, Uint32Array>();

  /** False: it is there already. */
  add(number: number): boolean {
    let words = this.#blocks.get(number >>> BLOCK_BITS);
    if (words === undefined) {
      words = new Uint32Array(1 << (BLOCK_BITS - 5));
      this.#blocks.set(number >>> BLOCK_BITS, words);
    }
    const word = wordOf(number);
    if (((words[word]! >>> (number & 31)) & 1) === 1) return false;
    words[word]! |= 1 << (number & 31);
    return true;
  }

  has(number: number): boolean {
    const words = this.#blocks.get(number >>> BLOCK_BITS);
    return words !== undefined && ((words[wordOf(number)]! >>> (number & 31)) & 1) === 1;
  }
}

const wordOf = (number: number): number => (number >>> 5) & ((1 << (BLOCK_BITS - 5)) - 1);
