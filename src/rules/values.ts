/**
 * Values of maps and macros -> tokens, as sendmail splits them while a rule is applied. The tokens of a text without complaints
 * are kept, because rules read the same macros often.
 */
import type { ByteString } from '../core/bytes.ts';
import type { Reports } from './reports.ts';
import { Splits } from './splits.ts';
import { type Alphabet, VALUE_ROOM } from './tokens.ts';
import type { Tokens, Vocabulary } from './vocabulary.ts';

/** Most texts that are kept. */
const MOST = 20_000;

/** The parts that values use. */
export interface ValuesContext {
  readonly vocabulary: Vocabulary;
  readonly alphabet: Alphabet;
  readonly reports: Reports;
}

export class Values {
  readonly splits: Splits;
  /** Whether the last text was too long. */
  isTooLong = false;
  readonly #context: ValuesContext;
  /** Values, and defaults of maps. */
  readonly #known = { value: new Map<ByteString, Tokens>(), inner: new Map<ByteString, Tokens>() };

  constructor(context: ValuesContext) {
    this.#context = context;
    this.splits = new Splits(context.vocabulary);
  }

  clear(): void {
    this.#known.value.clear();
    this.#known.inner.clear();
  }

  get isFull(): boolean {
    return this.#known.value.size + this.#known.inner.size > MOST;
  }

  /** Splits a text; undefined: there are no tokens, or the text is invalid, which was reported. */
  scan(text: ByteString, reading: 'value' | 'inner'): Tokens | undefined {
    this.#context.reports.lastCause = undefined;
    this.isTooLong = false;
    const known = this.#known[reading].get(text);
    if (known === undefined) return this.#read(text, reading);
    this.splits.add(known);
    return known;
  }

  #read(text: ByteString, reading: 'value' | 'inner'): Tokens | undefined {
    const { alphabet, reports, vocabulary } = this.#context;
    let isQuiet = true;
    const options = { reading, room: VALUE_ROOM, end: '', asIs: false } as const;
    const { tokens, begun, cut } = alphabet.scan(text, 0, options, (words, kind) => {
      isQuiet = false;
      this.isTooLong ||= kind === 'room';
      reports.address(text, words, kind);
    });
    const numbers = vocabulary.numbers(begun);
    this.splits.add(numbers, cut);
    if (tokens === undefined) return undefined;
    if (isQuiet) this.#known[reading].set(text, numbers);
    return numbers;
  }
}
