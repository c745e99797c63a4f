/**
 * A ruleset and tokens -> tokens.
 *
 * A rule is applied again while it matches, at most 100 times. With `$:` it is applied once; `$@` ends the ruleset. Its right
 * side is built
 * in sendmail's order: wildcards and `$&` macros, then maps from left to right, then calls of rulesets from right to left. A
 * result that begins with `$#` ends the ruleset and its callers.
 *
 * Limits: those of sendmail (1,000 tokens, 51 nested calls, 15 calls in one rule), and a budget of our own: with 50 nested
 * calls, a ruleset of two lines can run practically forever. Source: "Installation and Operation Guide", section 5.1, and
 * sendmail 8.17 itself.
 */
import { EX_CONFIG, EX_DATAERR, EX_OK, EX_TEMPFAIL } from '../core/sysexits.ts';
import type { Lookups } from './lookups.ts';
import type { Macros } from './macros.ts';
import { Matcher } from './match.ts';
import { wordBit } from './pattern.ts';
import { withoutQuotes } from './quotes.ts';
import { MACRO_VALUE, ONCE, RETURN, WORD } from './replacement.ts';
import type { Reports } from './reports.ts';
import type { Rule, Rulesets } from './rulesets.ts';
import { CALL, HOST_BEGIN, MAP_BEGIN, RESOLVED } from './symbols.ts';
import { type Alphabet, MAX_TOKENS, VALUE_ROOM } from './tokens.ts';
import type { Trace } from './trace.ts';
import type { Words } from './words.ts';

const MAX_LOOPS = 100;
const MAX_DEPTH = 50;
/** Bytes that stay of the value of a macro that is too long to be split into tokens. */
const MAX_NAME = 256;
const MAX_CALLS = 16;
/** Steps for one question: rules tried, and tokens copied. sendmail would need some 10 seconds for them. */
const BUDGET = 20_000_000;
/** Steps for a call, and for each token that it starts with: test mode prints them twice. */
const CALL_COST = 50;
const TOKEN_COST = 8;

const RESOLVED_CODE = RESOLVED.charCodeAt(0);
const CALL_CODE = CALL.charCodeAt(0);
/** The operators of a right side that run something: maps, `$[ $]` and calls. */
const ACTIVE: ReadonlySet<number> = new Set([MAP_BEGIN, HOST_BEGIN, CALL].map((symbol) => symbol.charCodeAt(0)));

/** A ruleset that would run for ever. Nothing was decided. */
export class OutOfBudget extends Error {}

/** The parts that the engine uses. */
export interface EngineContext {
  readonly rulesets: Rulesets;
  readonly words: Words;
  readonly macros: Macros;
  readonly alphabet: Alphabet;
  readonly blank: string;
  readonly reports: Reports;
  readonly lookups: Lookups;
  readonly trace: Trace;
}

/** The result of a rule's right side: tokens, or a status that ends the ruleset. */
type Built = string[] | number;

/** Runs the rulesets of a configuration. Only the engine itself may call it while it runs. */
export class Engine {
  /** The exit status of the last {@link run}: 0, or of the first trouble; temporary trouble wins. */
  status: number = EX_OK;
  readonly #context: EngineContext;
  readonly #matcher: Matcher;
  #left = BUDGET;
  /** Whether the tokens of the last survey had symbols. */
  #hasSymbols = false;
  /** The numbers of called rulesets, by the text of the call. */
  readonly #numbers = new Map<string, number>();
  /** Whether the last value was too long to be split into tokens, and those of its tokens that replace the workspace. */
  #isTooLong = false;
  #leftover: readonly string[] | undefined;

  constructor(context: EngineContext) {
    this.#context = context;
    this.#matcher = new Matcher(context);
  }

  /** Starts a new question, with a full budget. */
  begin(budget: number = BUDGET): void {
    this.#left = budget;
  }

  /**
   * Runs a ruleset.
   *
   * @param room tokens that the result may have
   * @throws OutOfBudget
   */
  run(tokens: string[], number: number, depth = 0, room: number = MAX_TOKENS): string[] {
    const { rulesets, reports, trace } = this.#context;
    const name = rulesets.name(number);
    trace.input(name, tokens);
    this.#left -= CALL_COST + TOKEN_COST * tokens.length;
    if (this.#left < 0) throw new OutOfBudget();
    this.status = EX_OK;
    if (depth > MAX_DEPTH) {
      reports.system(`rewrite: excessive recursion (max ${MAX_DEPTH}), ruleset ${name}`);
      this.status = EX_CONFIG;
      return tokens;
    }
    return this.#rules(tokens, name, rulesets.rules[number] ?? [], depth + 1, room);
  }

  #rules(given: string[], name: string, rules: readonly Rule[], depth: number, room: number): string[] {
    const { trace } = this.#context;
    const isTraced = trace.rules;
    let tokens = given;
    let bits = this.#survey(tokens);
    let hasSymbols = this.#hasSymbols;
    let status = EX_OK;
    let loops = 0;
    for (let i = 0; i < rules.length; ) {
      if (tokens.length > 0 && tokens[0]!.charCodeAt(0) === RESOLVED_CODE) break;
      const rule = rules[i]!;
      const { pattern } = rule;
      if (isTraced) trace.trying(rule);
      if (++loops > MAX_LOOPS) {
        this.#context.reports.rules('rulesets', `Infinite loop in ruleset ${name}, rule ${i + 1}`);
        if (isTraced) trace.workspace(tokens);
        break;
      }
      if (--this.#left < 0) throw new OutOfBudget();
      const count = tokens.length;
      const isMatched =
        isTraced && pattern.hasMacros
          ? this.#matcher.matchTraced(pattern, tokens, trace)
          : (pattern.bits & bits) === pattern.bits &&
            count >= pattern.least &&
            count <= pattern.most &&
            this.#matcher.match(pattern, tokens);
      if (!isMatched) {
        if (isTraced) trace.fails();
        i++;
        loops = 0;
        continue;
      }
      if (isTraced) trace.matches(rule, tokens, name);
      const { prefix } = rule.replacement;
      if (prefix === ONCE) {
        i++;
        loops = 0;
      } else if (prefix === RETURN) i = rules.length;
      this.status = status;
      const built = this.#build(tokens, rule, name, depth, room, hasSymbols);
      if (typeof built === 'number') {
        this.status = built;
        // sendmail splits values in the memory of the workspace, and restores the workspace only if that succeeds
        return depth === 1 && this.#leftover !== undefined ? [...this.#leftover] : tokens;
      }
      status = this.status;
      tokens = built;
      bits = this.#survey(tokens);
      hasSymbols = this.#hasSymbols;
      this.#left -= tokens.length;
      if (isTraced) trace.rewritten(tokens, rule, name);
    }
    trace.returns(name, tokens);
    this.status = status;
    return tokens;
  }

  /** The bits of all words; notes whether one of them begins a map or a call. */
  #survey(tokens: readonly string[]): number {
    let bits = 0;
    let hasSymbols = false;
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!;
      bits |= wordBit(token);
      const code = token.charCodeAt(0);
      if (code >= 0x80 && ACTIVE.has(code)) hasSymbols = true;
    }
    this.#hasSymbols = hasSymbols;
    return bits;
  }

  /** Builds the right side. @param hasSymbols the tokens themselves may contain maps and calls */
  #build(tokens: readonly string[], rule: Rule, name: string, depth: number, room: number, hasSymbols: boolean): Built {
    this.#leftover = undefined;
    const filled = this.#fill(tokens, rule, name, room);
    if (typeof filled === 'number') return filled;
    const { looksUp, calls } = rule.replacement;
    const { lookups } = this.#context;
    const looked = (looksUp || hasSymbols) && lookups.needed(filled) ? lookups.replace(filled, room, this) : filled;
    if (typeof looked === 'number') return looked;
    return calls || hasSymbols ? this.#call(looked, depth) : looked;
  }

  /** Wildcards and `$&` macros. */
  #fill(tokens: readonly string[], rule: Rule, name: string, room: number): Built {
    const filled: string[] = [];
    const { parts, slots } = rule.replacement;
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at]!;
      const slot = slots[at]!;
      if (slot >= 0) {
        if (slot >= rule.pattern.wildcards) {
          this.#context.reports.rules(
            'rulesets',
            `rewrite: ruleset ${name}: replacement $${part[1] ?? ''} out of bounds`,
          );
          return EX_CONFIG;
        }
        const from = this.#matcher.from[slot]!;
        const to = this.#matcher.to[slot]!;
        if (filled.length + to - from > room) return this.#tooLong();
        for (let i = from; i < to; i++) filled.push(tokens[i]!);
      } else if (filled.length >= room) return this.#tooLong();
      else if (slot === WORD) filled.push(part);
      else if (slot === MACRO_VALUE) {
        const status = this.#fillMacro(part.charCodeAt(1), filled, room);
        if (status !== EX_OK) return status;
      }
    }
    return filled;
  }

  #fillMacro(id: number, filled: string[], room: number): number {
    const { macros, trace } = this.#context;
    const value = macros.value(id);
    if (trace.rules) trace.macro(id, value);
    if (value === undefined || value === '') return EX_OK;
    const tokens = this.scanValue(value);
    if (tokens === undefined) {
      // sendmail cuts the value itself
      if (this.#isTooLong) macros.set(id, value.slice(0, MAX_NAME));
      return EX_DATAERR;
    }
    for (const token of tokens) {
      filled.push(token);
      if (filled.length >= room) return this.#tooLong();
    }
    this.#leftover = undefined;
    return EX_OK;
  }

  #tooLong(): number {
    this.#context.reports.rules('rewriting', 'rewrite: expansion too long');
    return EX_DATAERR;
  }

  /** Splits the value of a map or macro into tokens, with complaints. */
  scanValue(value: string, inner = false): string[] | undefined {
    const { alphabet, reports } = this.#context;
    reports.lastCause = undefined;
    const options = { reading: inner ? 'inner' : 'value', room: VALUE_ROOM, end: '', asIs: false } as const;
    this.#isTooLong = false;
    const { tokens, begun } = alphabet.scan(value, 0, options, (words, kind) => {
      this.#isTooLong ||= kind === 'room';
      reports.address(value, words, kind);
    });
    this.#leftover = begun;
    return tokens;
  }

  /** Calls rulesets, the last first. */
  #call(given: string[], depth: number): string[] {
    const calls = this.#calls(given);
    if (calls === undefined) return given;
    let tokens = given;
    const before = this.status;
    let status = EX_OK;
    for (let i = calls.length - 1; i >= 0 && (status === EX_OK || status === EX_TEMPFAIL); i--) {
      const { at, number } = calls[i]!;
      const result = this.run(tokens.slice(at + 2), number, depth, MAX_TOKENS - at);
      if (at === 0) tokens = result;
      else {
        tokens.length = at;
        for (const token of result) tokens.push(token);
      }
      status = this.status === EX_OK || this.status === EX_TEMPFAIL ? first(status, this.status) : this.status;
    }
    this.status = first(before, status);
    return tokens;
  }

  /** Finds the calls in tokens, and removes those of empty rulesets; undefined: no call can run. */
  #calls(tokens: string[]): { readonly at: number; readonly number: number }[] | undefined {
    let calls: { at: number; number: number }[] | undefined;
    const { rulesets, reports, trace } = this.#context;
    for (let i = 0; i + 1 < tokens.length; i++) {
      if (tokens[i]!.charCodeAt(0) !== CALL_CODE) continue;
      tokens[i + 1] = withoutQuotes(tokens[i + 1]!);
      const number = this.#number(tokens[i + 1]!);
      if (number < 0) {
        reports.rules('rulesets', `Unknown ruleset ${tokens[i + 1]}`);
        return this.#misconfigured();
      }
      if (rulesets.rules[number] === undefined) {
        trace.skips(tokens[i + 1]!, number);
        // the token that moves into this place is not examined, as in sendmail
        tokens.splice(i, 2);
        continue;
      }
      calls ??= [];
      calls.push({ at: i, number });
      if (calls.length < MAX_CALLS) continue;
      reports.system(`Too many subroutine calls (${MAX_CALLS} max)`);
      return this.#misconfigured();
    }
    return calls;
  }

  #number(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#context.rulesets.find(name);
    if (number >= 0) this.#numbers.set(name, number);
    return number;
  }

  #misconfigured(): undefined {
    this.status = first(this.status, EX_CONFIG);
  }
}

/** The status so far and a new one: the first one stays, unless the new one is temporary. */
function first(status: number, next: number): number {
  return status === EX_OK || next === EX_TEMPFAIL ? next : status;
}
