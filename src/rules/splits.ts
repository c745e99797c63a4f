/**
 * The texts that one right side splits into tokens -> the tokens that a ruleset has after it failed.
 *
 * sendmail splits each text in the memory of the tokens of the outermost ruleset: pointers, with an end behind the last one,
 * to characters in a buffer. A text that exceeds a limit gets no end. After the value of a macro the pointers of the ruleset
 * are restored, without their end; after success, all of them are replaced. So pointers to earlier texts stay, and show the
 * characters of later ones.
 *
 * Difference: tokens of texts before this right side, behind an overwritten end, are not shown.
 */
import type { ByteString } from '../core/bytes.ts';
import type { Tokens, Vocabulary } from './vocabulary.ts';

const END = -1;

export class Splits {
  readonly #vocabulary: Vocabulary;
  /** The texts of this right side come first; an array that is emptied each time costs a microsecond for an address. */
  readonly #texts: Tokens[] = [];
  #count = 0;
  /** Of the last text; the others are whole. */
  #cut: ByteString | undefined;
  /** The number of first texts after which the tokens of the ruleset were restored. */
  #restored = 0;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Begins another right side. */
  clear(): void {
    this.#count = 0;
    this.#restored = 0;
  }

  /** @param cut the text behind the tokens if a limit was exceeded */
  add(tokens: Tokens, cut?: ByteString): void {
    this.#texts[this.#count++] = tokens;
    this.#cut = cut;
  }

  /** Notes that the tokens of the ruleset were restored after the last text. */
  restore(): void {
    this.#restored = this.#count;
  }

  /** The tokens that are left of those of the ruleset. */
  left(given: Int32Array): Tokens {
    // a token of the ruleset, an end, or below it an offset in the buffer
    const memory: number[] = [...given, END];
    let buffer = '';
    for (const [i, tokens] of this.#texts.slice(0, this.#count).entries()) {
      const cut = i === this.#count - 1 ? this.#cut : undefined;
      const words = this.#vocabulary.words(tokens);
      let offset = 0;
      for (const [at, word] of words.entries()) {
        memory[at] = END - 1 - offset;
        offset += word.length + 1;
      }
      if (cut === undefined) memory[tokens.length] = END;
      const text = words.map((word) => `${word}\0`).join('') + (cut ?? '');
      buffer = text + buffer.slice(text.length);
      if (i < this.#restored) for (const [at, token] of given.entries()) memory[at] = token;
    }
    const end = memory.indexOf(END);
    return memory
      .slice(0, end < 0 ? memory.length : end)
      .map((each) => (each >= 0 ? each : this.#at(buffer, END - 1 - each)));
  }

  /** The token at an offset in the buffer. */
  #at(buffer: ByteString, offset: number): number {
    const end = buffer.indexOf('\0', offset);
    return this.#vocabulary.number(buffer.slice(offset, end < 0 ? buffer.length : end));
  }
}
