/**
 * A class and a token -> whether the class has it, alone or at the start of a longer member. Each answer is kept, because
 * rules ask the same classes about the same tokens for every address.
 */
import type { NameId } from '../source/cf/macro-names.ts';
import type { Vocabulary } from './vocabulary.ts';
import type { Words } from './words.ts';

/** Bits of an answer. */
export const MEMBER = 1;
export const BEGINS = 2;
const KNOWN = 4;

/** Text longer than this is in no class. */
export const MAX_JOINED = 2046;

interface Answers {
  /** By the number of a token. */
  kept: Uint8Array;
  /** The members at that time. */
  count: number;
}

export class Memberships {
  readonly #words: Words;
  readonly #vocabulary: Vocabulary;
  readonly #classes: (Answers | undefined)[] = [];

  constructor(words: Words, vocabulary: Vocabulary) {
    this.#words = words;
    this.#vocabulary = vocabulary;
  }

  /** Forgets all answers, because numbers of tokens have changed. */
  clear(): void {
    this.#classes.length = 0;
  }

  /** {@link MEMBER}, {@link BEGINS}, both or none. @param token in lower case */
  of(id: NameId, token: number): number {
    const answers = this.#classes[id];
    if (answers === undefined || token >= answers.kept.length || answers.count !== this.#words.count(id))
      return this.#ask(this.#start(id), id, token);
    const kept = answers.kept[token]!;
    return kept === 0 ? this.#ask(answers, id, token) : kept;
  }

  #start(id: NameId): Answers {
    const answers = { kept: new Uint8Array(2 * this.#vocabulary.size), count: this.#words.count(id) };
    this.#classes[id] = answers;
    return answers;
  }

  #ask(answers: Answers, id: NameId, token: number): number {
    const text = this.#vocabulary.texts[token]!;
    const begins = text.length < Math.min(this.#words.longest(id), MAX_JOINED) && this.#words.mayBegin(id, text);
    const answer = KNOWN | (this.#words.hasFolded(id, text) ? MEMBER : 0) | (begins ? BEGINS : 0);
    answers.kept[token] = answer;
    return answer;
  }
}
