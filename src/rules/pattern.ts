/** The left side of a rule -> steps, and quick tests that exclude a match before any step. */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { ownField } from '../core/own-field.ts';
import { ANY, HOST, IN_CLASS, LATE_MACRO, NOT_IN_CLASS, ONE, SOME } from '../source/cf/symbols.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Kinds of steps other than words. Those up to {@link LAST_WILDCARD} are wildcards, which `$1` and so on count. */
export const STEP_ANY = 0;
export const STEP_SOME = 1;
export const STEP_ONE = 2;
export const STEP_CLASS = 3;
const STEP_OUTSIDE = 4;
export const STEP_MACRO = 5;
export const STEP_NOTHING = 6;
export const STEP_END = 7;
export const LAST_WILDCARD: number = STEP_OUTSIDE;

/** Bits of a kind. */
const KIND_BITS = 3;
const KINDS = 7;

/** The left side of a rule. */
export interface Pattern {
  /**
   * A number for each step, and an end: for a word its number in lower case; else negative, with the kind, and the identity of a
   * class or macro.
   */
  readonly steps: Int32Array;
  /** Whether it takes all tokens, as its only wildcard. */
  readonly takesAll: boolean;
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

/** The kind of a step that is no word. */
export function kindOf(step: number): number {
  return ~step & KINDS;
}

/** The identity of its class or macro. */
export function operandOf(step: number): number {
  return ~step >> KIND_BITS;
}

function stepOf(kind: number, operand: number): number {
  return ~((operand << KIND_BITS) | kind);
}

/** Compiles tokens. */
export function compilePattern(tokens: readonly string[], vocabulary: Vocabulary): Pattern {
  const steps = tokens.map((token) => stepAt(token, vocabulary));
  const words = steps.filter((step) => step >= 0);
  const kinds = steps.map((step) => (step < 0 ? kindOf(step) : undefined));
  const has = (...wanted: readonly number[]): boolean => wanted.some((kind) => kinds.includes(kind));
  const without = (...left: readonly number[]): number =>
    kinds.filter((kind) => kind === undefined || !left.includes(kind)).length;
  return {
    steps: Int32Array.from([...steps, stepOf(STEP_END, 0)]),
    takesAll: steps.length === 1 && has(STEP_ANY, STEP_SOME),
    hasMacros: has(STEP_MACRO),
    least: without(STEP_ANY, STEP_NOTHING, STEP_MACRO),
    most: has(STEP_ANY, STEP_SOME, STEP_CLASS, STEP_MACRO) ? NO_LIMIT : without(STEP_NOTHING),
    marks: words.reduce((marks, word) => marks | vocabulary.marks[word]!, 0),
    first: Math.max(-1, steps[0] ?? -1),
    last: Math.max(-1, steps.at(-1) ?? -1),
  };
}

function stepAt(token: string, vocabulary: Vocabulary): number {
  const kind = wildOf(token);
  if (kind === undefined) return vocabulary.folded[vocabulary.number(token)]!;
  return stepOf(kind, token.length > 1 ? token.charCodeAt(1) : 0);
}

/** The word of a token of a left side, in lower case; `''` for a symbol. */
export function patternWord(token: string): ByteString {
  return wildOf(token) === undefined ? foldCase(token) : '';
}

/** Wildcards of a left side, which `$1` and so on count. */
export function wildcardsOf(tokens: readonly string[]): number {
  return tokens.filter((token) => {
    const kind = wildOf(token);
    return kind !== undefined && kind <= LAST_WILDCARD;
  }).length;
}
