/** The left side of a rule -> steps, and quick tests that exclude a match before any step. */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { ownField } from '../core/own-field.ts';
import { ANY, HOST, IN_CLASS, LATE_MACRO, NOT_IN_CLASS, ONE, SOME } from '../source/cf/symbols.ts';
import type { Vocabulary } from './vocabulary.ts';

export const STEP_WORD = 0;
export const STEP_ANY = 1;
export const STEP_SOME = 2;
export const STEP_ONE = 3;
export const STEP_CLASS = 4;
export const STEP_OUTSIDE = 5;
export const STEP_MACRO = 6;
export const STEP_NOTHING = 7;

/** The left side of a rule. Its steps are in parallel arrays, because the matcher reads thousands of them for one address. */
export interface Pattern {
  readonly kinds: Uint8Array;
  /** Of each step: the number of its word in lower case, or the identity of its class or macro. */
  readonly operands: Int32Array;
  /** Whether it has `$&` macros, whose lookups are traced. */
  readonly hasMacros: boolean;
  /** Fewer tokens than this, or more than `most`, cannot match. */
  readonly least: number;
  readonly most: number;
  /** The marks of the words that must be there. */
  readonly marks: number;
  /** The words that must be the first and the last token; -1: any. */
  readonly first: number;
  readonly last: number;
}

/** No text has that many tokens. */
const NO_LIMIT = 0x7fff_ffff;

const WILD: Readonly<Record<string, number>> = {
  [ANY]: STEP_ANY,
  [SOME]: STEP_SOME,
  [ONE]: STEP_ONE,
  [IN_CLASS]: STEP_CLASS,
  [NOT_IN_CLASS]: STEP_OUTSIDE,
  [LATE_MACRO]: STEP_MACRO,
  [HOST]: STEP_NOTHING,
};

function wildOf(token: string): number | undefined {
  return ownField(WILD, token[0]!);
}

/** Compiles tokens. */
export function compilePattern(tokens: readonly string[], vocabulary: Vocabulary): Pattern {
  const kinds = Uint8Array.from(tokens, (token) => wildOf(token) ?? STEP_WORD);
  const operands = Int32Array.from(tokens, (token, i) => operandOf(token, kinds[i]!, vocabulary));
  const has = (...wanted: readonly number[]): boolean => wanted.some((kind) => kinds.includes(kind));
  const count = (...left: readonly number[]): number => kinds.filter((kind) => !left.includes(kind)).length;
  const wordAt = (i: number): number => (kinds[i] === STEP_WORD ? operands[i]! : -1);
  const words = operands.filter((_, i) => kinds[i] === STEP_WORD);
  return {
    kinds,
    operands,
    hasMacros: has(STEP_MACRO),
    least: count(STEP_ANY, STEP_NOTHING, STEP_MACRO),
    most: has(STEP_ANY, STEP_SOME, STEP_CLASS, STEP_MACRO) ? NO_LIMIT : count(STEP_NOTHING),
    marks: words.reduce((marks, word) => marks | vocabulary.marks[word]!, 0),
    first: wordAt(0),
    last: wordAt(tokens.length - 1),
  };
}

function operandOf(token: string, kind: number, vocabulary: Vocabulary): number {
  if (kind !== STEP_WORD) return token.length > 1 ? token.charCodeAt(1) : 0;
  return vocabulary.folded[vocabulary.number(token)]!;
}

/** The word of a token of a left side, in lower case; `''` for a symbol. */
export function patternWord(token: string): ByteString {
  return wildOf(token) === undefined ? foldCase(token) : '';
}

/** Wildcards of a left side, which `$1` and so on count. */
export function wildcardsOf(tokens: readonly string[]): number {
  return tokens.filter((token) => {
    const kind = wildOf(token);
    return kind !== undefined && kind <= STEP_OUTSIDE;
  }).length;
}
