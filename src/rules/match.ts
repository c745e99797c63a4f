/**
 * A pattern and tokens -> the tokens of each wildcard, or no match.
 *
 * Each wildcard takes as few tokens as possible. If the rest fails, the last wildcard that can takes one more. This order
 * decides between several matches. In a long search, a pair of places in pattern and text that failed once is not tried again,
 * so the time is bounded by pattern times text.
 */
import { foldCase } from '../core/fold.ts';
import type { Macros } from './macros.ts';
import {
  FOLDED,
  isWord,
  type Pattern,
  STEP_ANY,
  STEP_CLASS,
  STEP_MACRO,
  STEP_NOTHING,
  STEP_OUTSIDE,
  STEP_SOME,
} from './pattern.ts';
import type { Alphabet } from './tokens.ts';
import type { Trace } from './trace.ts';
import type { Words } from './words.ts';

/** Wildcards of a rule, and one more slot that `$&` in a pattern overwrites. */
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

const FAILED = -1;

/** Matches patterns, and keeps the tokens of each wildcard of the last match. */
export class Matcher {
  /** First token, and the one after the last, of each wildcard. */
  readonly from: Int32Array = new Int32Array(SLOTS + 1);
  readonly to: Int32Array = new Int32Array(SLOTS + 1);
  readonly #at = new Int32Array(SLOTS + 1);
  readonly #context: MatchContext;
  /** The place in the pattern and among the wildcards; the place in the text is an argument. */
  #step = 0;
  #slots = 0;
  /** The receiver of traces; if it is set, nothing is skipped. */
  #trace: Trace | undefined;

  constructor(context: MatchContext) {
    this.#context = context;
  }

  /** As {@link match}, step by step: each lookup of a macro is traced. */
  matchTraced(pattern: Pattern, tokens: readonly string[], trace: Trace): boolean {
    this.#trace = trace;
    try {
      return this.#search(pattern, tokens);
    } finally {
      this.#trace = undefined;
    }
  }

  match(pattern: Pattern, tokens: readonly string[]): boolean {
    const { kinds, words } = pattern;
    const last = kinds.length - 1;
    if (last >= 0 && kinds[last]! <= FOLDED) {
      const token = tokens.at(-1);
      if (token === undefined || !isWord(kinds[last]!, words[last]!, token)) return false;
    }
    return this.#search(pattern, tokens);
  }

  #search(pattern: Pattern, tokens: readonly string[]): boolean {
    const { kinds, words } = pattern;
    this.#step = 0;
    this.#slots = 0;
    let token = 0;
    let taken = 0;
    let failed: Uint8Array | undefined;
    while (token < tokens.length || this.#step < kinds.length) {
      const step = this.#step;
      const kind = kinds[step];
      if (++taken > LONG_SEARCH) {
        failed ??= new Uint8Array((kinds.length + 1) * (tokens.length + 1));
        const place = step * (tokens.length + 1) + token;
        if (failed[place] === 1) {
          token = this.#backUp(pattern, tokens);
          if (token < 0) return false;
          continue;
        }
        failed[place] = 1;
      }
      if (kind === undefined) token = FAILED;
      else if (kind <= FOLDED) {
        token = token < tokens.length && isWord(kind, words[step]!, tokens[token]!) ? token + 1 : FAILED;
        this.#step++;
      } else token = this.#take(pattern, kind, tokens, token);
      if (token < 0) {
        token = this.#backUp(pattern, tokens);
        if (token < 0) return false;
      }
    }
    return true;
  }

  /** Matches one step that is no word, and goes on to the next. Returns where the text goes on. */
  #take(pattern: Pattern, kind: number, tokens: readonly string[], token: number): number {
    if (kind === STEP_ANY) return this.#open(token, this.#nextEnd(pattern, tokens, token));
    if (kind === STEP_NOTHING) {
      this.#step++;
      return token;
    }
    if (token >= tokens.length) return FAILED;
    if (kind === STEP_SOME) return this.#open(token, this.#nextEnd(pattern, tokens, token + 1));
    const id = pattern.ids[this.#step]!;
    if (kind === STEP_CLASS) return this.#open(token, this.#classEnd(tokens, token, token, id));
    if (kind === STEP_MACRO) return this.#takeMacro(tokens, token, id);
    if (kind === STEP_OUTSIDE && this.#context.words.has(id, tokens[token]!)) return FAILED;
    return this.#open(token, token + 1);
  }

  /** Lets a wildcard take tokens up to an end. */
  #open(start: number, end: number): number {
    if (end < 0) return FAILED;
    this.from[this.#slots] = start;
    this.#at[this.#slots] = this.#step++;
    this.to[this.#slots++] = end;
    return end;
  }

  /** The first end, behind a place, at which the tokens of a class are a member. */
  #classEnd(tokens: readonly string[], first: number, least: number, id: number): number {
    const { words, alphabet, blank } = this.#context;
    const longest = Math.min(words.longest(id), MAX_JOINED);
    let joined = '';
    let wasAtom = false;
    for (let i = first; i < tokens.length; i++) {
      const token = tokens[i]!;
      if (joined.length + token.length > longest) return FAILED;
      const atom = alphabet.isAtom(token);
      joined += wasAtom && atom ? blank + token : token;
      wasAtom = atom;
      if (joined.length > longest) return FAILED;
      if (i >= least && words.has(id, joined)) return i + 1;
    }
    return FAILED;
  }

  /** `$&x`: tokens that together are the value. */
  #takeMacro(tokens: readonly string[], start: number, id: number): number {
    const given = this.#context.macros.value(id);
    this.#trace?.macro(id, given, true);
    const value = foldCase(given ?? '');
    let at = start;
    for (let done = 0; done < value.length; at++) {
      const token = tokens[at];
      if (token === undefined || !value.startsWith(foldCase(token), done)) return FAILED;
      done += token.length;
    }
    this.#step++;
    return at;
  }

  /** The first place from which on the step behind a wildcard may match. */
  #nextEnd({ kinds, words }: Pattern, tokens: readonly string[], least: number): number {
    const next = this.#step + 1;
    const kind = kinds[next];
    if (kind === undefined) return tokens.length;
    if (kind > FOLDED || this.#trace !== undefined) return least;
    const word = words[next]!;
    for (let end = least; end < tokens.length; end++) if (isWord(kind, word, tokens[end]!)) return end;
    return FAILED;
  }

  /** Lets the last wildcard that can take another token take it. */
  #backUp(pattern: Pattern, tokens: readonly string[]): number {
    while (--this.#slots >= 0) {
      const slot = this.#slots;
      const next = this.to[slot]!;
      if (next >= tokens.length) continue;
      this.#step = this.#at[slot]!;
      const kind = pattern.kinds[this.#step]!;
      let end = FAILED;
      if (kind === STEP_ANY || kind === STEP_SOME) end = this.#nextEnd(pattern, tokens, next + 1);
      else if (kind === STEP_CLASS) end = this.#classEnd(tokens, this.from[slot]!, next, pattern.ids[this.#step]!);
      if (end >= 0) return this.#open(this.from[slot]!, end);
    }
    return FAILED;
  }
}
