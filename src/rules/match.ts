/**
 * A pattern and tokens -> the tokens of each wildcard, or no match.
 *
 * Each wildcard takes as few tokens as possible. If the rest fails, the last wildcard that can takes one more. This order
 * decides between several matches. In a long search, a pair of places in pattern and text that failed once is not tried again,
 * so the time is bounded by pattern times text.
 */
import { foldCase } from '../core/fold.ts';
import type { Macros } from '../source/cf/macros.ts';
import {
  type Pattern,
  STEP_ANY,
  STEP_CLASS,
  STEP_MACRO,
  STEP_NOTHING,
  STEP_ONE,
  STEP_SOME,
  STEP_WORD,
} from './pattern.ts';
import type { Alphabet } from './tokens.ts';
import type { Trace } from './trace.ts';
import type { Vocabulary } from './vocabulary.ts';
import type { Words } from './words.ts';

/** Wildcards of a rule, and one more slot that `$&` in a pattern overwrites. */
const SLOTS = 10;
/** Steps after which failed places are noted. */
const LONG_SEARCH = 2000;
/** Text longer than this is in no class. */
const MAX_JOINED = 2046;

/** The context of a match. */
export interface MatchContext {
  readonly vocabulary: Vocabulary;
  readonly words: Words;
  readonly macros: Macros;
  readonly alphabet: Alphabet;
  /** The replacement for a blank between words. */
  readonly blank: string;
}

const FAILED = -1;

/** Matches patterns, and keeps the tokens of each wildcard of the last match. */
export class Matcher {
  /** First token, and the one after the last, of each wildcard. */
  readonly from: Int32Array = new Int32Array(SLOTS + 1);
  readonly to: Int32Array = new Int32Array(SLOTS + 1);
  /** Steps of searches that got long; the reader sets it back. */
  longSteps = 0;
  /** The step of each wildcard. */
  readonly #at = new Int32Array(SLOTS + 1);
  readonly #context: MatchContext;
  readonly #folded: readonly number[];
  /** The receiver of traces; if it is set, nothing is skipped. */
  #trace: Trace | undefined;

  constructor(context: MatchContext) {
    this.#context = context;
    this.#folded = context.vocabulary.folded;
  }

  /** As {@link match}, step by step: each lookup of a macro is traced. */
  matchTraced(pattern: Pattern, stack: Int32Array, base: number, count: number, trace: Trace): boolean {
    this.#trace = trace;
    try {
      return this.match(pattern, stack, base, count);
    } finally {
      this.#trace = undefined;
    }
  }

  /** @param stack holds `count` tokens from `base` on */
  match(pattern: Pattern, stack: Int32Array, base: number, count: number): boolean {
    const { kinds, operands } = pattern;
    const { from, to } = this;
    const at = this.#at;
    const steps = kinds.length;
    const limit = base + count;
    let step = 0;
    let slots = 0;
    let token = base;
    let taken = 0;
    let failed: Uint8Array | undefined;
    while (token < limit || step < steps) {
      let end = FAILED;
      if (++taken > LONG_SEARCH) {
        this.longSteps++;
        failed ??= new Uint8Array((steps + 1) * (count + 1));
      }
      if (failed === undefined || isNew(failed, step * (count + 1) + token - base))
        end = this.#end(pattern, stack, limit, step, token);
      if (end >= 0) {
        if (isWild(kinds[step]!)) {
          from[slots] = token;
          at[slots] = step;
          to[slots++] = end;
        }
        step++;
        token = end;
        continue;
      }
      // the last wildcard that can take another token takes it
      while (end < 0) {
        if (--slots < 0) return false;
        token = to[slots]!;
        if (token >= limit) continue;
        step = at[slots]!;
        const kind = kinds[step]!;
        if (kind === STEP_ANY || kind === STEP_SOME) end = this.#nextEnd(pattern, stack, limit, step, token + 1);
        else if (kind === STEP_CLASS) end = this.#classEnd(stack, limit, from[slots]!, token, operands[step]!);
      }
      to[slots++] = end;
      step++;
      token = end;
    }
    return true;
  }

  /** The offset in the text after a step that matches at a token. */
  #end(pattern: Pattern, stack: Int32Array, limit: number, step: number, token: number): number {
    const kind = pattern.kinds[step];
    if (kind === undefined) return FAILED;
    if (kind === STEP_ANY) return this.#nextEnd(pattern, stack, limit, step, token);
    if (kind === STEP_NOTHING) return token;
    if (token >= limit) return FAILED;
    const operand = pattern.operands[step]!;
    switch (kind) {
      case STEP_WORD:
        return this.#folded[stack[token]!] === operand ? token + 1 : FAILED;
      case STEP_ONE:
        return token + 1;
      case STEP_SOME:
        return this.#nextEnd(pattern, stack, limit, step, token + 1);
      case STEP_CLASS:
        return this.#classEnd(stack, limit, token, token, operand);
      case STEP_MACRO:
        return this.#macroEnd(stack, limit, token, operand);
      default:
        return this.#isMember(operand, stack[token]!) ? FAILED : token + 1;
    }
  }

  #isMember(id: number, token: number): boolean {
    const { vocabulary, words } = this.#context;
    return words.hasFolded(id, vocabulary.texts[this.#folded[token]!]!);
  }

  /** The first end, behind a place, at which the tokens of a class are a member. */
  #classEnd(stack: Int32Array, limit: number, first: number, least: number, id: number): number {
    const { words, alphabet, blank, vocabulary } = this.#context;
    const { texts, codes } = vocabulary;
    const longest = Math.min(words.longest(id), MAX_JOINED);
    let joined = '';
    let wasAtom = false;
    for (let i = first; i < limit; i++) {
      const token = this.#folded[stack[i]!]!;
      const text = texts[token]!;
      if (joined.length + text.length > longest) return FAILED;
      const isAtom = alphabet.isAtomCode(codes[token]!);
      joined = i === first ? text : joined + (wasAtom && isAtom ? foldCase(blank) + text : text);
      wasAtom = isAtom;
      if (joined.length > longest || (i === first && !words.mayBegin(id, text))) return FAILED;
      if (i >= least && words.hasFolded(id, joined)) return i + 1;
    }
    return FAILED;
  }

  /** `$&x`: tokens that together are the value. */
  #macroEnd(stack: Int32Array, limit: number, start: number, id: number): number {
    const given = this.#context.macros.value(id);
    this.#trace?.macro(id, given, true);
    const value = foldCase(given ?? '');
    let at = start;
    for (let done = 0; done < value.length; at++) {
      if (at >= limit) return FAILED;
      const text = this.#context.vocabulary.texts[this.#folded[stack[at]!]!]!;
      if (!value.startsWith(text, done)) return FAILED;
      done += text.length;
    }
    return at;
  }

  /** The first place from which on the step behind a wildcard may match. */
  #nextEnd({ kinds, operands }: Pattern, stack: Int32Array, limit: number, step: number, least: number): number {
    const next = step + 1;
    if (next >= kinds.length) return limit;
    if (kinds[next] !== STEP_WORD || this.#trace !== undefined) return least;
    const folded = this.#folded;
    const word = operands[next]!;
    for (let end = least; end < limit; end++) if (folded[stack[end]!] === word) return end;
    return FAILED;
  }
}

function isWild(kind: number): boolean {
  return kind !== STEP_WORD && kind < STEP_MACRO;
}

/** Notes a place; false: it was noted before. */
function isNew(failed: Uint8Array, place: number): boolean {
  if (failed[place] === 1) return false;
  failed[place] = 1;
  return true;
}
