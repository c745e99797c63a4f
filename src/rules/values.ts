/**
 * Values of maps and macros -> tokens, as sendmail splits them while a rule is applied. The tokens of a text without complaints
 * are kept, because rules read the same macros often.
 */
import type { ByteString } from '../core/bytes.ts';
import type { Reports } from './reports.ts';
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
  /** The tokens of the last text, up to the first error. */
  begun: Tokens | undefined;
  /** Whether the last text was too long. */
  isTooLong = false;
  readonly #context: ValuesContext;
  /** Values, and defaults of maps. */
  readonly #known = { value: new Map<ByteString, Tokens>(), inner: new Map<ByteString, Tokens>() };

  constructor(context: ValuesContext) {
    this.#context = context;
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
    this.begun = known;
    return known ?? this.#read(text, reading);
  }

  #read(text: ByteString, reading: 'value' | 'inner'): Tokens | undefined {
    const { alphabet, reports, vocabulary } = this.#context;
    let isQuiet = true;
    const options = { reading, room: VALUE_ROOM, end: '', asIs: false } as const;
    const { tokens, begun } = alphabet.scan(text, 0, options, (words, kind) => {
      isQuiet = false;
      this.isTooLong ||= kind === 'room';
      reports.address(text, words, kind);
    });
    this.begun = vocabulary.numbers(begun);
    if (tokens === undefined) return undefined;
    if (isQuiet) this.#known[reading].set(text, this.begun);
    return this.begun;
  }
}
