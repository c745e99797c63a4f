/**
 * The right side of a rule, and the tokens of its wildcards -> the tokens that replace those that the rule is applied to.
 *
 * sendmail's order: wildcards and `$&` macros, then maps from left to right, then calls of rulesets from right to left. Most
 * right sides are built in one pass (direct.ts). The others are built step by step, and so is each one whose tokens may hold
 * lookups or calls of their own, or may be too many.
 */

import { isAscii } from '../core/bytes.ts';
import { EX_CONFIG, EX_OK, EX_TEMPFAIL } from '../core/sysexits.ts';
import { CALL } from '../source/cf/symbols.ts';
import { Calls } from './calls.ts';
import { ARGUMENT, ASK, CALL_NAMED, DEFAULT, HOST_KEY, KEY, LEAST_SLOT } from './direct.ts';
import type { Engine, EngineContext } from './engine.ts';
import { Filler } from './fill.ts';
import type { Matcher } from './match.ts';
import { MACRO_PART, type Replacement } from './replacement.ts';
import { marksOf, type Stack } from './stack.ts';
import { MAX_TOKENS } from './tokens.ts';
import { BEGINS_CALL, BEGINS_MAP } from './vocabulary.ts';

/** The offset of a call that is not there. */
const NO_CALL = -1;

/** The ruleset of a rule, as far as its right side is concerned. */
export interface Running {
  readonly name: string;
  readonly depth: number;
  /** The most tokens of a result. */
  readonly room: number;
}

export class Builder {
  readonly #context: EngineContext;
  readonly #matcher: Matcher;
  readonly #stack: Stack;
  readonly #engine: Engine;
  readonly #filler: Filler;
  readonly #calls: Calls;
  /** The marks of each token, by its number. */
  readonly #facts: readonly number[];

  constructor(context: EngineContext, matcher: Matcher, stack: Stack, engine: Engine) {
    this.#context = context;
    this.#matcher = matcher;
    this.#stack = stack;
    this.#engine = engine;
    this.#filler = new Filler(context, matcher);
    this.#calls = new Calls(context);
    this.#facts = context.vocabulary.marks;
  }

  /** Forgets what it keeps by token. */
  clear(): void {
    this.#calls.clear();
  }

  /**
   * Builds a right side at an offset of the stack; `built` of the stack is the offset of the result. Returns its number of
   * tokens, or, as a negative number, a status that ends the ruleset.
   *
   * @param count the number of tokens that matched
   * @param marks their marks: they may bring lookups and calls
   */
  build(at: number, replacement: Replacement, count: number, marks: number, running: Running): number {
    this.#context.values.splits.clear();
    const { direct, forbidden } = replacement;
    if (direct === undefined || (marks & forbidden) !== 0) return this.#stepByStep(at, replacement, marks, running);
    const most = this.#most(replacement, count, running.room);
    if (most >= running.room) return this.#stepByStep(at, replacement, marks, running);
    return this.#inOnePass(at, replacement, direct, most, marks, running);
  }

  /**
   * At least as many tokens as the right side has before its maps are asked. `room` or more: it may have too many, or a macro
   * may hold symbols.
   */
  #most({ parts, slots, macros }: Replacement, count: number, room: number): number {
    let most = parts.length + slots * count;
    for (let i = 0; i < macros.length; i++) {
      const value = this.#context.macros.value(macros[i]!);
      if (value === undefined || value === '') continue;
      // missing quotes and brackets are added to it
      most += 2 * value.length + 1;
      if (most >= room || !isAscii(value)) return Number.POSITIVE_INFINITY;
    }
    return most;
  }

  /** @param most as {@link #most} gives it @param given the marks of the tokens that matched */
  #inOnePass(
    at: number,
    replacement: Replacement,
    operations: Int32Array,
    most: number,
    given: number,
    running: Running,
  ): number {
    const { from, to } = this.#matcher;
    const { lookups } = this.#context;
    const stack = this.#stack.tokens;
    const facts = this.#facts;
    let next = at;
    let marks = 0;
    let before = 0;
    let callAt = NO_CALL;
    let callName = 0;
    let callMarks = 0;
    for (let i = 0; i < operations.length; i++) {
      const operation = operations[i]!;
      if (operation >= 0) {
        stack[next++] = operation;
        marks |= facts[operation]!;
      } else if (operation > LEAST_SLOT) {
        const end = to[~operation]!;
        for (let place = from[~operation]!; place < end; place++) {
          const token = stack[place]!;
          stack[next++] = token;
          marks |= facts[token]!;
        }
      } else if (operation === KEY || operation === HOST_KEY) {
        before = marks;
        lookups.begin(operations[++i]!, next);
      } else if (operation === ARGUMENT) lookups.argument(next);
      else if (operation === DEFAULT) lookups.default(next);
      else if (operation === ASK) {
        // above 0, by which the engine knows that a rule waits
        this.#stack.top = next + 1;
        const symbols = callAt === NO_CALL ? 0 : 2;
        next = lookups.ask(stack, next, at + running.room - symbols, this.#engine);
        if (next < 0) return next;
        marks = before | lookups.marks;
        if (next - at + most >= running.room && next - at + symbols + this.#rest(operations, i) >= running.room)
          return lookups.tooLong();
      } else if (operation === CALL_NAMED) {
        const name = operations[++i]!;
        const first = name >= 0 ? 0 : from[~name]!;
        if (name < 0 && first === to[~name]!) return this.#stepByStep(at, replacement, given, running);
        callAt = next;
        callName = name >= 0 ? name : stack[first]!;
        callMarks = marks;
        marks = 0;
        if (name >= 0) continue;
        for (let place = first + 1; place < to[~name]!; place++) {
          stack[next++] = stack[place]!;
          marks |= facts[stack[place]!]!;
        }
      } else {
        next = this.#filler.macro(MACRO_PART - operation, stack, next, at + running.room);
        if (next < 0) return next;
        marks |= this.#filler.marks;
      }
    }
    this.#stack.built = at;
    this.#stack.marks = marks;
    if (callAt !== NO_CALL) return this.#callNamed(at, next - at, running.depth, callAt, callName, callMarks);
    return (marks & BEGINS_CALL) === 0 ? next - at : this.#call(at, next - at, running.depth);
  }

  /** The tokens that operations behind a place would be, with symbols. */
  #rest(operations: Int32Array, place: number): number {
    let count = 0;
    for (let i = place + 1; i < operations.length; i++) {
      const operation = operations[i]!;
      if (operation >= 0 || operation <= LEAST_SLOT) count++;
      else count += this.#matcher.to[~operation]! - this.#matcher.from[~operation]!;
      if (operation === HOST_KEY) i++;
    }
    return count;
  }

  /**
   * Runs the ruleset of the one call on the tokens behind it.
   *
   * @param before the marks of the tokens before it
   */
  #callNamed(at: number, count: number, depth: number, callAt: number, name: number, before: number): number {
    const { rulesets, trace, vocabulary } = this.#context;
    const stack = this.#stack;
    const engine = this.#engine;
    const called = this.#calls.known(name);
    if (called === undefined || ((before | stack.marks) & BEGINS_CALL) !== 0)
      return this.#callSpelled(at, count, depth, callAt, name);
    const { token, number } = called;
    if (rulesets.rules[number] === undefined) {
      if (trace.listens) trace.skips(vocabulary.texts[token]!, number);
      stack.marks |= before;
      return count;
    }
    const { status } = engine;
    const result = engine.call(callAt, at + count - callAt, number, depth, MAX_TOKENS - (callAt - at));
    engine.status = first(status, engine.status);
    if (callAt === at) return result;
    stack.settle(result, callAt);
    stack.built = at;
    stack.marks |= before;
    return callAt - at + result;
  }

  /** Puts the symbol and the name of the call where it was, and searches all calls. */
  #callSpelled(at: number, count: number, depth: number, callAt: number, name: number): number {
    const { tokens } = this.#stack;
    tokens.copyWithin(callAt + 2, callAt, at + count);
    tokens[callAt] = this.#context.vocabulary.number(CALL);
    tokens[callAt + 1] = name;
    return this.#call(at, count + 2, depth);
  }

  #stepByStep(at: number, replacement: Replacement, given: number, { name, depth, room }: Running): number {
    const stack = this.#stack;
    let built = at;
    let count = this.#filler.fill(stack.tokens, at, replacement, name, room);
    if (count < 0) return count;
    let marks = given | this.#filler.marks;
    if (replacement.looksUp || (marks & BEGINS_MAP) !== 0) {
      stack.top = at + count + MAX_TOKENS;
      built = at + count;
      const { lookups } = this.#context;
      count = lookups.replace(stack.tokens, at, count, room, this.#engine);
      if (count < 0) return count;
      marks |= lookups.marks;
    }
    if (replacement.calls || (marks & BEGINS_CALL) !== 0) return this.#call(built, count, depth);
    stack.built = built;
    stack.marks = marksOf(stack.tokens, built, count, this.#facts);
    return count;
  }

  /** Calls the rulesets that tokens of the stack name, the last one first. */
  #call(base: number, given: number, depth: number): number {
    const calls: number[] = [];
    const engine = this.#engine;
    const { tokens } = this.#stack;
    let built = base;
    let count = this.#calls.find(tokens, base, given, calls);
    const before = engine.status;
    let status: number = this.#calls.hasFailed ? EX_CONFIG : EX_OK;
    while (calls.length > 0 && (status === EX_OK || status === EX_TEMPFAIL)) {
      const number = calls.pop()!;
      const at = calls.pop()!;
      // a call at the beginning leaves its result behind its own two tokens
      if (at === 0) built = base + 2;
      else tokens.copyWithin(base + at, base + at + 2, base + count);
      this.#stack.marks = marksOf(tokens, built + at, count - at - 2, this.#facts);
      const result = engine.call(built + at, count - at - 2, number, depth, MAX_TOKENS - at);
      this.#stack.settle(result, built + at);
      count = at + result;
      status = engine.status === EX_OK || engine.status === EX_TEMPFAIL ? first(status, engine.status) : engine.status;
    }
    this.#stack.built = built;
    this.#stack.marks = marksOf(tokens, built, count, this.#facts);
    engine.status = first(before, status);
    return count;
  }
}

/** The status so far and a new one: the first one stays, unless the new one is temporary. */
function first(status: number, next: number): number {
  return status === EX_OK || next === EX_TEMPFAIL ? next : status;
}
