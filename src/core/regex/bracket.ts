/**
 * A bracket of a regular expression, such as `[^a-z[:digit:]]` -> the set of its bytes, as the GNU C library reads it in the C
 * locale.
 */
import type { ByteString } from '../bytes.ts';
import { ownField } from '../own-field.ts';
import { CLASSES, markByte } from './character-classes.ts';
import { RegexError } from './regex-error.ts';

/** The set, 1 for each member, and the offset behind the bracket. */
export interface BracketRead {
  readonly has: Uint8Array;
  readonly next: number;
}

/** @param start the offset behind `[` @throws RegexError */
export function readBracket(text: ByteString, start: number, folds: boolean): BracketRead {
  return new Bracket(text, start, folds).read();
}

/** A part of a bracket: `mark` is empty for a byte that stands for itself. */
interface BracketElement {
  readonly mark: string;
  readonly name: ByteString;
}

function byteOf({ name }: BracketElement): number {
  if (name.length !== 1) throw new RegexError('Invalid collation character');
  return name.charCodeAt(0);
}

/** Bytes of a name in a bracket. */
const MAX_NAME = 32;

const OPEN_BRACKET = 'Unmatched [, [^, [:, [., or [=';
const BAD_RANGE = 'Invalid range end';

class Bracket {
  readonly #text: ByteString;
  readonly #folds: boolean;
  #at: number;

  constructor(text: ByteString, start: number, folds: boolean) {
    this.#text = text;
    this.#at = start;
    this.#folds = folds;
  }

  read(): BracketRead {
    const has = new Uint8Array(256);
    const isInverted = this.#text[this.#at] === '^';
    if (isInverted) this.#at++;
    if (this.#at >= this.#text.length) throw new RegexError('Invalid regular expression');
    let isFirst = true;
    do {
      this.#part(has, isFirst);
      isFirst = false;
      this.#inside(this.#at);
    } while (this.#text[this.#at] !== ']');
    this.#at++;
    if (isInverted) for (let byte = 0; byte < 256; byte++) has[byte] = has[byte] === 1 || byte === 0 ? 0 : 1;
    return { has, next: this.#at };
  }

  #inside(at: number): void {
    if (at >= this.#text.length) throw new RegexError(OPEN_BRACKET);
  }

  /** Marks a byte, a range, or the bytes of a class. */
  #part(has: Uint8Array, isFirst: boolean): void {
    const from = this.#element(isFirst);
    if (this.#isRange(from)) this.#markRange(has, from, this.#element(true));
    else if (from.mark === ':') this.#markClass(has, from.name);
    else markByte(has, byteOf(from), this.#folds);
  }

  /** Reads the hyphen of a range. */
  #isRange({ mark }: BracketElement): boolean {
    if (mark === ':' || mark === '=') return false;
    this.#inside(this.#at);
    if (this.#text[this.#at] !== '-' || this.#text[this.#at + 1] === ']') return false;
    this.#inside(++this.#at);
    return true;
  }

  #markClass(has: Uint8Array, name: ByteString): void {
    const test = ownField(CLASSES, name);
    if (test === undefined) throw new RegexError('Invalid character class name');
    for (let byte = 0; byte < 256; byte++) if (test(byte)) markByte(has, byte, this.#folds);
  }

  #markRange(has: Uint8Array, from: BracketElement, to: BracketElement): void {
    if (to.mark === ':' || to.mark === '=') throw new RegexError(BAD_RANGE);
    const [low, high] = [this.#rangeEnd(from), this.#rangeEnd(to)];
    if (high < low) throw new RegexError(BAD_RANGE);
    for (let byte = low; byte <= high; byte++) markByte(has, byte, this.#folds);
  }

  /** Without regard to case a range is one of capitals: `[_-z]` is none, and `[A-z]` has no `_`. */
  #rangeEnd(element: BracketElement): number {
    const byte = byteOf(element);
    return this.#folds && byte < 0x80 && CLASSES.lower!(byte) ? byte ^ 0x20 : byte;
  }

  /** @param takesHyphen false: `-` stands for itself only before the end of the bracket */
  #element(takesHyphen: boolean): BracketElement {
    const [, mark] = /^\[([.=:])/.exec(this.#text.slice(this.#at, this.#at + 2)) ?? [];
    if (mark !== undefined) return this.#name(mark);
    const name = this.#text[this.#at++]!;
    if (name === '-' && !takesHyphen && this.#text[this.#at] !== ']') throw new RegexError(BAD_RANGE);
    return { mark: '', name };
  }

  /** `[:alpha:]`, `[.a.]`, `[=a=]` */
  #name(mark: string): BracketElement {
    const start = this.#at + 2;
    const end = this.#text.indexOf(`${mark}]`, start);
    if (end < 0 || end - start >= MAX_NAME) throw new RegexError(OPEN_BRACKET);
    this.#at = end + 2;
    return { mark, name: this.#text.slice(start, end) };
  }
}
