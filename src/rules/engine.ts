/**
 * A ruleset and tokens -> tokens.
 *
 * A rule is applied again while it matches, at most 100 times. With `$:` it is applied once; `$@` ends the ruleset. Its right
 * side is built in sendmail's order: wildcards and `$&` macros, then maps from left to right, then calls of rulesets from right to left. A
 * result that begins with `$#` ends the ruleset and its callers.
 *
 * Limits: those of sendmail (1,000 tokens, 51 nested calls, 15 calls in one rule), and a budget of our own: with 50 nested
 * calls, a ruleset of two lines can run practically forever. Source: "Installation and Operation Guide", section 5.1, and
 * sendmail 8.17 itself.
 */
import type { ByteString } from '../core/bytes.ts';
import { EX_CONFIG, EX_OK } from '../core/sysexits.ts';
import type { Macros } from '../source/cf/macros.ts';
import { RESOLVED } from '../source/cf/symbols.ts';
import { Builder, type Running } from './build.ts';
import type { Lookups } from './lookups.ts';
import { Matcher } from './match.ts';
import type { Memberships } from './memberships.ts';
import type { Pattern } from './pattern.ts';
import { candidate, compileProgram, type Program } from './program.ts';
import { ONCE, RETURN } from './replacement.ts';
import type { Reports } from './reports.ts';
import type { Rule, Rulesets } from './rulesets.ts';
import { marksOf, Stack } from './stack.ts';
import { type Alphabet, MAX_TOKENS } from './tokens.ts';
import type { Trace } from './trace.ts';
import type { Values } from './values.ts';
import type { Tokens, Vocabulary } from './vocabulary.ts';
import type { Words } from './words.ts';

const MAX_LOOPS = 100;
const MAX_DEPTH = 50;
/** Steps for one question: rules tried, tokens copied, and those of long matches and of maps. sendmail would need some 10 seconds for them. */
const BUDGET = 20_000_000;
/** The steps of a call, and of each token at its start: test mode prints these tokens twice. */
const CALL_COST = 50;
const TOKEN_COST = 8;

const RESOLVED_CODE = RESOLVED.charCodeAt(0);
/** Most tokens that have numbers; above that, a new question starts without any. */
const MAX_VOCABULARY = 50_000;
const NO_RULES: readonly Rule[] = [];
const NO_TOKENS: Tokens = [];
/** A ruleset whose tokens stand so far above their first place moves them down again. */
const SLIDE = 512;

/** A ruleset that would run forever, or use all memory. Nothing was decided. */
export class OutOfBudget extends Error {}

/** The parts that the engine uses. */
export interface EngineContext {
  readonly rulesets: Rulesets;
  readonly words: Words;
  readonly memberships: Memberships;
  readonly vocabulary: Vocabulary;
  readonly macros: Macros;
  readonly alphabet: Alphabet;
  readonly blank: string;
  readonly reports: Reports;
  readonly lookups: Lookups;
  readonly values: Values;
  readonly trace: Trace;
}

/** Runs the rulesets of a configuration. Only the engine itself may call it while it runs. */
export class Engine {
  /** The exit status of the last {@link run}: 0, or of the first trouble; temporary trouble wins. */
  status: number = EX_OK;
  readonly #context: EngineContext;
  readonly #matcher: Matcher;
  /**
   * A ruleset finds its tokens where its caller put them, and each rule builds new ones above. The caller finds the result
   * there.
   */
  readonly #stack = new Stack();
  #left = BUDGET;
  /** Compiled rulesets by number; a ruleset is compiled when it first runs. */
  readonly #programs: (Program | undefined)[] = [];
  readonly #builder: Builder;
  readonly #values: Values;
  readonly #folded: readonly number[];

  constructor(context: EngineContext) {
    this.#context = context;
    this.#matcher = new Matcher(context);
    this.#builder = new Builder(context, this.#matcher, this.#stack, this);
    this.#values = context.values;
    this.#folded = context.vocabulary.folded;
  }

  /** Starts a new question, with a full budget. */
  begin(budget: number = BUDGET): void {
    this.#left = budget;
    if (this.#context.vocabulary.size > MAX_VOCABULARY || this.#values.isFull) this.#forget();
  }

  /** Takes steps off the budget of the question. @throws OutOfBudget */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new OutOfBudget();
  }

  /** Forgets the numbers of tokens, and everything that was compiled with them. */
  #forget(): void {
    this.#context.vocabulary.clear();
    this.#context.memberships.clear();
    this.#programs.length = 0;
    this.#builder.clear();
    this.#context.lookups.clear();
    this.#values.clear();
  }

  /**
   * Runs a ruleset.
   *
   * @throws OutOfBudget
   */
  run(tokens: readonly ByteString[], number: number): ByteString[] {
    const { vocabulary } = this.#context;
    return vocabulary.words(this.runNumbers(vocabulary.numbers(tokens), number));
  }

  /** The same on the numbers of tokens, which mean these tokens until the next question. */
  runNumbers(given: Tokens, number: number): Tokens {
    const stack = this.#stack;
    const base = stack.top;
    this.#reserve(base + given.length);
    for (let i = 0; i < given.length; i++) stack.tokens[base + i] = given[i]!;
    stack.marks = marksOf(stack.tokens, base, given.length, this.#context.vocabulary.marks);
    const slots = base > 0 ? this.#matcher.slots() : undefined;
    try {
      const count = this.call(base, given.length, number, 0, MAX_TOKENS);
      return stack.copy(stack.built, count);
    } finally {
      stack.top = base;
      // the rule whose map runs rulesets goes on
      if (slots !== undefined) this.#matcher.restore(slots);
    }
  }

  /** @throws OutOfBudget if there is no room after an offset for everything that is built there */
  #reserve(end: number): void {
    if (!this.#stack.hasRoom(end)) throw new OutOfBudget();
  }

  /**
   * Runs a ruleset on tokens of the stack, whose marks are there too. Returns the number of tokens of the result.
   *
   * @param room the most tokens that a rule may build
   */
  call(base: number, count: number, number: number, depth: number, room: number): number {
    const { rulesets, reports, trace } = this.#context;
    const name = rulesets.name(number);
    const tokens = trace.listens ? this.#stack.copy(base, count) : NO_TOKENS;
    if (trace.listens) trace.input(name, tokens);
    this.spend(CALL_COST + TOKEN_COST * count);
    this.#reserve(base + count);
    this.status = EX_OK;
    if (depth > MAX_DEPTH) {
      reports.system(`rewrite: excessive recursion (max ${MAX_DEPTH}), ruleset ${name}`);
      this.status = EX_CONFIG;
      this.#stack.built = base;
      return count;
    }
    return this.#rules(base, tokens, count, this.#program(number), { name, depth: depth + 1, room });
  }

  #program(number: number): Program {
    const { rulesets, vocabulary } = this.#context;
    const rules = rulesets.rules[number] ?? NO_RULES;
    const known = this.#programs[number];
    if (known !== undefined && known.count === rules.length) return known;
    const program = compileProgram(rules, vocabulary);
    this.#programs[number] = program;
    return program;
  }

  /** @param copy the tokens, if there is a listener */
  #rules(base: number, copy: Tokens, given: number, program: Program, running: Running): number {
    const { trace, vocabulary } = this.#context;
    const { codes } = vocabulary;
    const { rules, replacements } = program;
    const stack = this.#stack;
    const { tokens } = stack;
    const { name } = running;
    const isTraced = trace.rules;
    const tries = trace.tries;
    let at = base;
    let count = given;
    let shown = copy;
    let marks = stack.marks;
    let status = EX_OK;
    let loops = 0;
    for (let i = 0; i < program.count; ) {
      if (count > 0 && codes[tokens[at]!] === RESOLVED_CODE) break;
      if (tries) trace.trying(rules[i]!);
      if (++loops > MAX_LOOPS) {
        this.#context.reports.rules('rulesets', `Infinite loop in ruleset ${name}, rule ${i + 1}`);
        if (tries) trace.workspace(shown);
        break;
      }
      const found = tries
        ? this.#tryTraced(program, i, at, count, marks)
        : this.#find(program, i, program.count, at, count, marks);
      if (found !== i) {
        i = found;
        loops = tries ? 0 : 1;
        if (tries || found === program.count) continue;
      }
      const rule = rules[i]!;
      if (isTraced) trace.matches(rule, shown, name);
      const replacement = replacements[i]!;
      if (replacement.prefix === ONCE) {
        i++;
        loops = 0;
      } else if (replacement.prefix === RETURN) i = program.count;
      this.status = status;
      const built = this.#builder.build(at + count, replacement, count, marks, running);
      if (built < 0) return this.#fail(-built, at, count, marks, running.depth);
      status = this.status;
      if (stack.built - base > SLIDE) stack.settle(built, base);
      at = stack.built;
      marks = stack.marks;
      count = built;
      this.#left -= count;
      if (!isTraced) continue;
      shown = stack.copy(at, count);
      trace.rewritten(shown, rule, name);
    }
    if (trace.listens) trace.returns(name, isTraced ? shown : stack.copy(at, count));
    this.status = status;
    stack.built = at;
    stack.marks = marks;
    return count;
  }

  /** Ends a ruleset with a status. Returns the number of tokens after that. */
  #fail(status: number, at: number, count: number, marks: number, depth: number): number {
    this.status = status;
    const { splits } = this.#values;
    const { tokens } = this.#stack;
    this.#stack.built = at;
    this.#stack.marks = marks;
    if (depth > 1 || splits.isEmpty) return count;
    const left = splits.left(tokens.subarray(at, at + count));
    tokens.set(left, at);
    return left.length;
  }

  /** The first rule, from a given one on, that matches; if none does, the number behind the last one, `to`. */
  #find(program: Program, from: number, to: number, base: number, count: number, marks: number): number {
    const { patterns } = program;
    const stack = this.#stack.tokens;
    const head = count > 0 ? this.#folded[stack[base]!]! : -1;
    const tail = count > 0 ? this.#folded[stack[base + count - 1]!]! : -1;
    let at = candidate(program, from, to, count, marks, head, tail);
    while (at < to && !this.#matches(patterns[at]!, stack, base, count))
      at = candidate(program, at + 1, to, count, marks, head, tail);
    this.spend(Math.min(at + 1, to) - from);
    return at;
  }

  /** @throws OutOfBudget for a search that takes too long */
  #matches(pattern: Pattern, stack: Int32Array, base: number, count: number): boolean {
    const isMatched = this.#matcher.match(pattern, stack, base, count);
    const steps = this.#matcher.longSteps;
    if (steps > 0) {
      this.#matcher.longSteps = 0;
      this.spend(steps);
    }
    return isMatched;
  }

  /** Tries one rule, with all events for a listener. Returns the next rule if it does not match. */
  #tryTraced(program: Program, i: number, base: number, count: number, marks: number): number {
    const { trace } = this.#context;
    const stack = this.#stack.tokens;
    const pattern = program.patterns[i]!;
    if (pattern.hasMacros) {
      this.spend(1);
      if (this.#matcher.matchTraced(pattern, stack, base, count, trace)) return i;
    } else if (this.#find(program, i, i + 1, base, count, marks) === i) return i;
    trace.fails();
    return i + 1;
  }
}
