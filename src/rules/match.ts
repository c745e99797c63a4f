/**
 * A pattern and tokens -> the tokens of each wildcard, or no match.
 *
 * Each wildcard takes as few tokens as possible. If the rest fails, the last wildcard that can takes one more. This order
 * decides between several matches. In a long search, a pair of places in pattern and text that failed once is not tried again,
 * so the time is bounded by pattern times text.
 */
import { foldCase } from '../core/fold.ts';
import type { Macros } from '../source/cf/macros.ts';
import { BEGINS, MAX_JOINED, MEMBER, type Memberships } from './memberships.ts';
import {
  kindOf,
  LAST_WILDCARD,
  operandOf,
  type Pattern,
  STEP_CLASS,
  STEP_END,
  STEP_MACRO,
  STEP_NOTHING,
  STEP_ONE,
  STEP_SOME,
} from './pattern.ts';
import type { Alphabet } from './tokens.ts';
import type { Trace } from './trace.ts';
import type { Vocabulary } from './vocabulary.ts';
import type { Words } from './words.ts';

/** Wildcards of a rule, and one more slot that `$&` in a pattern overwrites. */
const SLOTS = 10;
/** Wildcards that took more, after which failed places are noted. */
const LONG_SEARCH = 500;

/** The context of a match. */
export interface MatchContext {
  readonly vocabulary: Vocabulary;
  readonly words: Words;
  readonly memberships: Memberships;
  readonly macros: Macros;
  readonly alphabet: Alphabet;
  /** The replacement for a blank between words. */
  readonly blank: string;
}

const FAILED = -1;

/** First token, and the one after the last, of each wildcard. */
interface Slots {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** Matches patterns, and keeps the tokens of each wildcard of the last match. */
export class Matcher {
  /** First token, and the one after the last, of each wildcard. */
  readonly from: Int32Array = new Int32Array(SLOTS + 1);
  readonly to: Int32Array = new Int32Array(SLOTS + 1);
  /** Steps of searches that got long; the reader sets it back. */
  longSteps = 0;
  /** The place of each wildcard in the steps. */
  readonly #at = new Int32Array(SLOTS + 1);
  readonly #context: MatchContext;
  readonly #folded: readonly number[];
  readonly #memberships: Memberships;
  /** The receiver of traces; if it is set, nothing is skipped. */
  #trace: Trace | undefined;

  constructor(context: MatchContext) {
    this.#context = context;
    this.#folded = context.vocabulary.folded;
    this.#memberships = context.memberships;
  }

  /** A copy of the tokens of the wildcards. */
  slots(): Slots {
    return { from: this.from.slice(), to: this.to.slice() };
  }

  restore({ from, to }: Slots): void {
    this.from.set(from);
    this.to.set(to);
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

  /** @param stack holds `count` tokens from `base` on, which pass the quick tests of the pattern */
  match({ steps, takesAll }: Pattern, stack: Int32Array, base: number, count: number): boolean {
    const { from, to } = this;
    if (takesAll) {
      from[0] = base;
      to[0] = base + count;
      return true;
    }
    const at = this.#at;
    const folded = this.#folded;
    const limit = base + count;
    let place = 0;
    let slots = 0;
    let token = base;
    let retries = 0;
    let failed: Uint8Array | undefined;
    for (;;) {
      let end = FAILED;
      if (failed === undefined || this.#isNew(failed, place * (count + 1) + token - base)) {
        let step = steps[place]!;
        while (step >= 0 && token < limit && folded[stack[token]!] === step) {
          token++;
          step = steps[++place]!;
        }
        if (step < 0) {
          const kind = kindOf(step);
          if (kind === STEP_END) {
            if (token === limit) return true;
          } else {
            end =
              kind <= STEP_SOME
                ? this.#nextEnd(steps, stack, limit, place, token + kind)
                : this.#end(step, stack, limit, token);
            if (end >= 0 && kind <= LAST_WILDCARD) {
              from[slots] = token;
              at[slots] = place;
              to[slots++] = end;
            }
          }
        }
      }
      // the last wildcard that can take another token takes it
      while (end < 0) {
        if (--slots < 0) return false;
        token = to[slots]!;
        if (token >= limit) continue;
        place = at[slots]!;
        const step = steps[place]!;
        const kind = kindOf(step);
        if (kind <= STEP_SOME) end = this.#nextEnd(steps, stack, limit, place, token + 1);
        else if (kind === STEP_CLASS) end = this.#classEnd(stack, limit, from[slots]!, token, operandOf(step));
        if (end >= 0) to[slots++] = end;
        if (++retries === LONG_SEARCH) failed = new Uint8Array(steps.length * (count + 1));
      }
      place++;
      token = end;
    }
  }

  /** Notes a place; false: it was noted before. */
  #isNew(failed: Uint8Array, place: number): boolean {
    this.longSteps++;
    if (failed[place] === 1) return false;
    failed[place] = 1;
    return true;
  }

  /** The first place from which on the step behind a wildcard may match. */
  #nextEnd(steps: Int32Array, stack: Int32Array, limit: number, place: number, least: number): number {
    const next = steps[place + 1]!;
    if (next < 0 || this.#trace !== undefined) {
      if (least > limit) return FAILED;
      return next < 0 && kindOf(next) === STEP_END ? limit : least;
    }
    const folded = this.#folded;
    for (let end = least; end < limit; end++) if (folded[stack[end]!] === next) return end;
    return FAILED;
  }

  /** The offset in the text after a step that matches at a token. Other wildcards have {@link #nextEnd}. */
  #end(step: number, stack: Int32Array, limit: number, token: number): number {
    const kind = kindOf(step);
    if (kind === STEP_NOTHING) return token;
    if (token >= limit) return FAILED;
    if (kind === STEP_ONE) return token + 1;
    const operand = operandOf(step);
    if (kind === STEP_CLASS) return this.#classEnd(stack, limit, token, token, operand);
    if (kind === STEP_MACRO) return this.#macroEnd(stack, limit, token, operand);
    return (this.#memberships.of(operand, this.#folded[stack[token]!]!) & MEMBER) === 0 ? token + 1 : FAILED;
  }

  /** The first end, behind a place, at which the tokens of a class are a member. */
  #classEnd(stack: Int32Array, limit: number, first: number, least: number, id: number): number {
    const known = this.#memberships.of(id, this.#folded[stack[first]!]!);
    if (first === least && (known & MEMBER) !== 0) return first + 1;
    return (known & BEGINS) === 0 ? FAILED : this.#longerEnd(stack, limit, first, least, id);
  }

  /** The same for members of several tokens. */
  #longerEnd(stack: Int32Array, limit: number, first: number, least: number, id: number): number {
    const { words, alphabet, blank, vocabulary } = this.#context;
    const { texts, codes } = vocabulary;
    const longest = Math.min(words.longest(id), MAX_JOINED);
    const begun = this.#folded[stack[first]!]!;
    let joined = texts[begun]!;
    let wasAtom = alphabet.isAtomCode(codes[begun]!);
    for (let i = first + 1; i < limit; i++) {
      const token = this.#folded[stack[i]!]!;
      const text = texts[token]!;
      if (joined.length + text.length > longest) return FAILED;
      const isAtom = alphabet.isAtomCode(codes[token]!);
      joined += wasAtom && isAtom ? foldCase(blank) + text : text;
      wasAtom = isAtom;
      if (joined.length > longest) return FAILED;
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
}
