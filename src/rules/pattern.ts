/** The left side of a rule -> steps, and a quick test that rules out a match. */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { ownField } from '../core/own-field.ts';
import { ANY, HOST, IN_CLASS, LATE_MACRO, NOT_IN_CLASS, ONE, SOME } from './symbols.ts';

export const EXACT = 0;
export const FOLDED = 1;
export const STEP_ANY = 2;
export const STEP_SOME = 3;
export const STEP_ONE = 4;
export const STEP_CLASS = 5;
export const STEP_OUTSIDE = 6;
export const STEP_MACRO = 7;
export const STEP_NOTHING = 8;

/** The left side of a rule. Its steps are in parallel arrays, because the matcher reads thousands of them for one address. */
export interface Pattern {
  readonly tokens: readonly string[];
  /** Of each step: its kind, the word to compare with, in lower case, and the identity of a class or macro. */
  readonly kinds: Uint8Array;
  readonly words: readonly ByteString[];
  readonly ids: Int32Array;
  /** Fewer tokens than this, or more than `most`, cannot match. */
  readonly least: number;
  readonly most: number;
  /** A bit for each word that must be there, of {@link wordBit}. */
  readonly bits: number;
  /** Wildcards, which `$1` and so on count. */
  readonly wildcards: number;
  /** Whether it has `$&` macros, whose lookups are traced. */
  readonly hasMacros: boolean;
}

interface Step {
  readonly kind: number;
  readonly word: ByteString;
  readonly id: number;
}

const WILD: Readonly<Record<string, number>> = {
  [ANY]: STEP_ANY,
  [SOME]: STEP_SOME,
  [ONE]: STEP_ONE,
  [IN_CLASS]: STEP_CLASS,
  [NOT_IN_CLASS]: STEP_OUTSIDE,
  [LATE_MACRO]: STEP_MACRO,
  [HOST]: STEP_NOTHING,
};

/** Compiles tokens. */
export function compilePattern(tokens: readonly string[]): Pattern {
  const steps = tokens.map(compileStep);
  const grows = steps.some(({ kind }) => kind === STEP_ANY || kind === STEP_SOME || kind === STEP_CLASS);
  const macros = steps.some(({ kind }) => kind === STEP_MACRO);
  return {
    tokens,
    kinds: Uint8Array.from(steps, ({ kind }) => kind),
    words: steps.map(({ word }) => word),
    ids: Int32Array.from(steps, ({ id }) => id),
    least: steps.filter(({ kind }) => kind !== STEP_ANY && kind !== STEP_NOTHING && kind !== STEP_MACRO).length,
    most: grows || macros ? Number.MAX_SAFE_INTEGER : steps.filter(({ kind }) => kind !== STEP_NOTHING).length,
    bits: steps.reduce((bits, { kind, word }) => (kind <= FOLDED ? bits | wordBit(word) : bits), 0),
    hasMacros: macros,
    wildcards: steps.filter(({ kind }) => kind >= STEP_ANY && kind <= STEP_OUTSIDE).length,
  };
}

function compileStep(token: string): Step {
  const kind = ownField(WILD, token[0]!);
  if (kind !== undefined) return { kind, word: '', id: token.length > 1 ? token.charCodeAt(1) : 0 };
  const word = foldCase(token);
  return { kind: /[a-z]/.test(word) ? FOLDED : EXACT, word, id: 0 };
}

/** One of 32 bits for a word, the same in lower and upper case. */
export function wordBit(word: ByteString): number {
  const code = word.charCodeAt(0);
  const folded = code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
  return 1 << ((folded + 5 * word.length) & 31);
}

/** True if a token is the word of a step. A folded word is in lower case. */
export function isWord(kind: number, word: ByteString, token: string): boolean {
  if (token === word) return true;
  if (kind === EXACT || token.length !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    const code = token.charCodeAt(i);
    if ((code >= 0x41 && code <= 0x5a ? code + 0x20 : code) !== word.charCodeAt(i)) return false;
  }
  return true;
}
