/**
 * A pattern and tokens -> what each wildcard stands for, or that they do not match.
 *
 * Wildcards take as few tokens as they can; when the rest fails, the last that can take another one does. That order
 * decides among several ways to match. A place of pattern and text that failed once is not tried again when a search
 * gets long, so that its time is bounded by pattern times text, not by the number of ways.
 */
import { foldCase } from '../core/fold.ts';
import type { Macros } from './macros.ts';
import {
  EXACT,
  FOLDED,
  type Pattern,
  STEP_ANY,
  STEP_CLASS,
  STEP_MACRO,
  STEP_NOTHING,
  STEP_OUTSIDE,
  STEP_SOME,
  type Step,
} from './pattern.ts';
import type { Alphabet } from './tokens.ts';
import type { Words } from './words.ts';

/** Wildcards of a rule, and one more that `$&` in a pattern scribbles on. */
const SLOTS = 10;
/** Steps after which failed places are noted. */
const LONG_SEARCH = 2000;
/** Text longer than this is in no class. */
const MAX_JOINED = 2046;

/** The context of a match. */
export interface MatchContext {
  readonly words: Words;
  readonly macros: Macros;
  readonly alphabet: Alphabet;
  /** The replacement for a blank between words. */
  readonly blank: string;
}

/** Matches patterns; what the wildcards of the last match took is in it. */
export class Matcher {
  /** First token, and the one after the last, of each wildcard. */
  readonly from: Int32Array = new Int32Array(SLOTS + 1);
  readonly to: Int32Array = new Int32Array(SLOTS + 1);
  readonly #at = new Int32Array(SLOTS + 1);
  readonly #context: MatchContext;
  #tokens: readonly string[] = [];
  #steps: readonly Step[] = [];
  /** Where the pattern, the text and the wildcards are. */
  #step = 0;
  #token = 0;
  #slots = 0;

  constructor(context: MatchContext) {
    this.#context = context;
  }

  match(pattern: Pattern, tokens: readonly string[]): boolean {
    const steps = pattern.steps;
    this.#tokens = tokens;
    this.#steps = steps;
    this.#step = 0;
    this.#token = 0;
    this.#slots = 0;
    let taken = 0;
    let failed: Uint8Array | undefined;
    while (this.#token < tokens.length || this.#step < steps.length) {
      if (++taken > LONG_SEARCH) {
        failed ??= new Uint8Array((steps.length + 1) * (tokens.length + 1));
        const place = this.#step * (tokens.length + 1) + this.#token;
        if (failed[place] === 1) {
          if (!this.#backUp()) return false;
          continue;
        }
        failed[place] = 1;
      }
      const step = steps[this.#step];
      if (step === undefined || !this.#take(step)) {
        if (!this.#backUp()) return false;
      }
    }
    return true;
  }

  /** Matches one step and goes on to the next. */
  #take(step: Step): boolean {
    const kind = step.kind;
    const token = this.#tokens[this.#token];
    if (kind <= FOLDED) {
      if (token === undefined) return false;
      if (!isWord(step, token)) return false;
      this.#token++;
      this.#step++;
      return true;
    }
    if (kind === STEP_ANY) return this.#open(0);
    if (kind === STEP_NOTHING) {
      this.#step++;
      return true;
    }
    if (token === undefined) return false;
    if (kind === STEP_CLASS) {
      this.from[this.#slots] = this.#token;
      this.#at[this.#slots] = this.#step;
      return this.#growClass(this.#token, step.id);
    }
    if (kind === STEP_MACRO) return this.#takeMacro(step.id);
    if (kind === STEP_OUTSIDE && this.#context.words.has(step.id, token)) return false;
    return this.#open(1);
  }

  /** Lets a wildcard take tokens. */
  #open(count: number): true {
    this.from[this.#slots] = this.#token;
    this.#at[this.#slots] = this.#step;
    this.#token += count;
    this.to[this.#slots++] = this.#token;
    this.#step++;
    return true;
  }

  /** Lets a class take tokens up to the first end, from a place on, at which they are a member. */
  #growClass(least: number, id: number): boolean {
    const { words, alphabet, blank } = this.#context;
    const first = this.from[this.#slots]!;
    const longest = Math.min(words.longest(id), MAX_JOINED);
    let joined = '';
    let wasAtom = false;
    for (let i = first; i < this.#tokens.length; i++) {
      const token = this.#tokens[i]!;
      const atom = alphabet.isAtom(token);
      joined += wasAtom && atom ? blank + token : token;
      wasAtom = atom;
      if (joined.length > longest) return false;
      if (i >= least && words.has(id, joined)) {
        this.#token = i + 1;
        this.to[this.#slots++] = i + 1;
        this.#step++;
        return true;
      }
    }
    return false;
  }

  /** `$&x`: tokens that together are the value. */
  #takeMacro(id: number): boolean {
    const value = foldCase(this.#context.macros.value(id) ?? '');
    let at = this.#token;
    for (let done = 0; done < value.length; at++) {
      const token = this.#tokens[at];
      if (token === undefined || !value.startsWith(foldCase(token), done)) return false;
      done += token.length;
    }
    this.#token = at;
    this.#step++;
    return true;
  }

  /** The first place from which on the step behind a wildcard may match; -1: none. */
  #nextEnd(least: number): number {
    const step = this.#steps[this.#step + 1];
    if (step === undefined) return this.#tokens.length;
    if (step.kind > FOLDED) return least;
    for (let end = least; end < this.#tokens.length; end++) if (isWord(step, this.#tokens[end]!)) return end;
    return -1;
  }

  /** Lets the last wildcard that can take another token take it. */
  #backUp(): boolean {
    while (--this.#slots >= 0) {
      const slot = this.#slots;
      const next = this.to[slot]!;
      if (next >= this.#tokens.length) continue;
      this.#step = this.#at[slot]!;
      const { kind, id } = this.#steps[this.#step]!;
      if (kind === STEP_ANY || kind === STEP_SOME) {
        const end = this.#nextEnd(next + 1);
        if (end < 0) continue;
        this.to[slot] = end;
        this.#token = end;
        this.#slots++;
        this.#step++;
        return true;
      }
      if (kind === STEP_CLASS && this.#growClass(next, id)) return true;
    }
    return false;
  }
}

/** Is a token the word of a step? */
function isWord({ kind, word }: Step, token: string): boolean {
  return token === word || (kind !== EXACT && token.length === word.length && foldCase(token) === word);
}
