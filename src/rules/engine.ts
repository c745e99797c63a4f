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
import { EX_CONFIG, EX_OK, EX_TEMPFAIL } from '../core/sysexits.ts';
import type { Macros } from '../source/cf/macros.ts';
import { RESOLVED } from '../source/cf/symbols.ts';
import { Calls } from './calls.ts';
import { Filler } from './fill.ts';
import type { Lookups } from './lookups.ts';
import { Matcher } from './match.ts';
import type { Memberships } from './memberships.ts';
import type { Pattern } from './pattern.ts';
import { candidate, compileProgram, type Program } from './program.ts';
import { ONCE, RETURN, type Replacement } from './replacement.ts';
import type { Reports } from './reports.ts';
import type { Rule, Rulesets } from './rulesets.ts';
import { copyOf, marksOf, settle } from './stack.ts';
import { type Alphabet, MAX_TOKENS } from './tokens.ts';
import type { Trace } from './trace.ts';
import type { Values } from './values.ts';
import { BEGINS_CALL, BEGINS_MAP, type Tokens, type Vocabulary } from './vocabulary.ts';
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
/** Room for 50 nested calls, each after the tokens of its caller, twice. */
const STACK = 1 << 17;
/** Room for a right side, before and after its lookups. */
const ROOM_ABOVE = 4 * MAX_TOKENS;

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
   * The tokens of the running rulesets. A ruleset finds its tokens where its caller put them, and builds new ones above.
   */
  readonly #stack = new Int32Array(STACK);
  /** The offset for the tokens of another {@link run}: a map that is asked may run rulesets. */
  #top = 0;
  /** The offset of the right side that was built last. */
  #built = 0;
  #left = BUDGET;
  /** Compiled rulesets by number; a ruleset is compiled when it first runs. */
  readonly #programs: (Program | undefined)[] = [];
  readonly #filler: Filler;
  readonly #calls: Calls;
  readonly #values: Values;
  readonly #folded: readonly number[];

  constructor(context: EngineContext) {
    this.#context = context;
    this.#matcher = new Matcher(context);
    this.#filler = new Filler(context, this.#matcher);
    this.#calls = new Calls(context);
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
    this.#calls.clear();
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
    const base = this.#top;
    this.#reserve(base + tokens.length);
    for (let i = 0; i < tokens.length; i++) this.#stack[base + i] = vocabulary.number(tokens[i]!);
    try {
      const count = this.#run(base, tokens.length, number, 0, MAX_TOKENS);
      const result: ByteString[] = [];
      for (let i = base; i < base + count; i++) result.push(vocabulary.texts[this.#stack[i]!]!);
      return result;
    } finally {
      this.#top = base;
    }
  }

  /** @throws OutOfBudget if there is no room after an offset for everything that is built there */
  #reserve(end: number): void {
    if (end + ROOM_ABOVE > STACK) throw new OutOfBudget();
  }

  /** Runs a ruleset on tokens of the stack; its result replaces them. Returns the number of tokens of the result. */
  #run(base: number, count: number, number: number, depth: number, room: number): number {
    const { rulesets, reports, trace } = this.#context;
    const name = rulesets.name(number);
    const tokens = trace.listens ? copyOf(this.#stack, base, count) : NO_TOKENS;
    if (trace.listens) trace.input(name, tokens);
    this.spend(CALL_COST + TOKEN_COST * count);
    this.#reserve(base + count);
    this.status = EX_OK;
    if (depth > MAX_DEPTH) {
      reports.system(`rewrite: excessive recursion (max ${MAX_DEPTH}), ruleset ${name}`);
      this.status = EX_CONFIG;
      return count;
    }
    return this.#rules(base, tokens, count, name, this.#program(number), depth + 1, room);
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
  #rules(
    base: number,
    copy: Tokens,
    given: number,
    name: string,
    program: Program,
    depth: number,
    room: number,
  ): number {
    const { trace, vocabulary } = this.#context;
    const { codes } = vocabulary;
    const { rules, replacements } = program;
    const stack = this.#stack;
    const isTraced = trace.rules;
    const tries = trace.tries;
    let count = given;
    let tokens = copy;
    let marks = marksOf(stack, base, count, vocabulary.marks);
    let status = EX_OK;
    let loops = 0;
    for (let i = 0; i < program.count; ) {
      if (count > 0 && codes[stack[base]!] === RESOLVED_CODE) break;
      if (tries) trace.trying(rules[i]!);
      if (++loops > MAX_LOOPS) {
        this.#context.reports.rules('rulesets', `Infinite loop in ruleset ${name}, rule ${i + 1}`);
        if (tries) trace.workspace(tokens);
        break;
      }
      const at = tries
        ? this.#tryTraced(program, i, base, count, marks)
        : this.#find(program, i, program.count, base, count, marks);
      if (at !== i) {
        i = at;
        loops = tries ? 0 : 1;
        if (tries || at === program.count) continue;
      }
      const rule = rules[i]!;
      if (isTraced) trace.matches(rule, tokens, name);
      const replacement = replacements[i]!;
      if (replacement.prefix === ONCE) {
        i++;
        loops = 0;
      } else if (replacement.prefix === RETURN) i = program.count;
      this.status = status;
      const built = this.#build(base + count, replacement, name, depth, room, marks);
      if (built < 0) return this.#fail(-built, base, count, depth);
      status = this.status;
      marks = settle(stack, this.#built, built, base, vocabulary.marks);
      count = built;
      this.#left -= count;
      if (!isTraced) continue;
      tokens = copyOf(this.#stack, base, count);
      trace.rewritten(tokens, rule, name);
    }
    if (trace.listens) trace.returns(name, isTraced ? tokens : copyOf(this.#stack, base, count));
    this.status = status;
    return count;
  }

  /** Ends a ruleset with a status. Returns the number of tokens after that. */
  #fail(status: number, base: number, count: number, depth: number): number {
    this.status = status;
    const { splits } = this.#values;
    if (depth > 1 || splits.isEmpty) return count;
    const left = splits.left(this.#stack.subarray(base, base + count));
    this.#stack.set(left, base);
    return left.length;
  }

  /** The first rule, from a given one on, that matches; if none does, the number behind the last one, `to`. */
  #find(program: Program, from: number, to: number, base: number, count: number, marks: number): number {
    const { patterns } = program;
    const stack = this.#stack;
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
    const stack = this.#stack;
    const pattern = program.patterns[i]!;
    if (pattern.hasMacros) {
      this.spend(1);
      if (this.#matcher.matchTraced(pattern, stack, base, count, trace)) return i;
    } else if (this.#find(program, i, i + 1, base, count, marks) === i) return i;
    trace.fails();
    return i + 1;
  }

  /**
   * Builds the right side above the tokens that matched, at {@link #built}. Returns its number of tokens, or, as a negative
   * number, a status that ends the ruleset.
   *
   * @param given the marks of the tokens that matched, which may bring maps and calls
   */
  #build(at: number, replacement: Replacement, name: string, depth: number, room: number, given: number): number {
    this.#values.splits.clear();
    let built = at;
    let count = this.#filler.fill(this.#stack, at, replacement, name, room);
    if (count < 0) return count;
    const { looksUp, calls } = replacement;
    let marks = given | this.#filler.marks;
    if (looksUp || (marks & BEGINS_MAP) !== 0) {
      this.#top = at + count + MAX_TOKENS;
      built = at + count;
      const { lookups } = this.#context;
      count = lookups.replace(this.#stack, at, count, room, this);
      if (count < 0) return count;
      marks |= lookups.marks;
    }
    this.#built = built;
    return calls || (marks & BEGINS_CALL) !== 0 ? this.#call(built, count, depth) : count;
  }

  /** Calls the rulesets that tokens of the stack name, the last one first. Returns the number of tokens at {@link #built}. */
  #call(base: number, given: number, depth: number): number {
    const calls: number[] = [];
    const stack = this.#stack;
    let built = base;
    let count = this.#calls.find(stack, base, given, calls);
    const before = this.status;
    let status: number = this.#calls.hasFailed ? EX_CONFIG : EX_OK;
    while (calls.length > 0 && (status === EX_OK || status === EX_TEMPFAIL)) {
      const number = calls.pop()!;
      const at = calls.pop()!;
      // a call at the beginning leaves its result behind its own two tokens
      if (at === 0) built = base + 2;
      else for (let i = base + at + 2; i < base + count; i++) stack[i - 2] = stack[i]!;
      count = at + this.#run(built + at, count - at - 2, number, depth, MAX_TOKENS - at);
      status = this.status === EX_OK || this.status === EX_TEMPFAIL ? first(status, this.status) : this.status;
    }
    this.#built = built;
    this.status = first(before, status);
    return count;
  }
}

/** The status so far and a new one: the first one stays, unless the new one is temporary. */
function first(status: number, next: number): number {
  return status === EX_OK || next === EX_TEMPFAIL ? next : status;
}
