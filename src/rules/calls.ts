/** The calls in a right side (`$>` and a name or number) -> the offset and the ruleset of each. */
import type { ByteString } from '../core/bytes.ts';
import { CALL } from '../source/cf/symbols.ts';
import { withoutQuotes } from './quotes.ts';
import type { Reports } from './reports.ts';
import type { Rulesets } from './rulesets.ts';
import type { Trace } from './trace.ts';
import type { Vocabulary } from './vocabulary.ts';

const MAX_CALLS = 16;
const CALL_CODE = CALL.charCodeAt(0);

/** The parts that calls use. */
export interface CallsContext {
  readonly rulesets: Rulesets;
  readonly vocabulary: Vocabulary;
  readonly reports: Reports;
  readonly trace: Trace;
}

/** A ruleset by the name in the call. */
export interface Called {
  /** The name without quotes. */
  readonly token: number;
  /** Negative: there is no such ruleset. */
  readonly number: number;
}

export class Calls {
  /** Whether the last calls cannot run. */
  hasFailed = false;
  readonly #context: CallsContext;
  /** By the token that named them. */
  readonly #known: (Called | undefined)[] = [];

  constructor(context: CallsContext) {
    this.#context = context;
  }

  clear(): void {
    this.#known.length = 0;
  }

  /**
   * Finds the calls in tokens of the stack, and removes those of empty rulesets. Returns the new number of tokens.
   *
   * @param found receives the offset from `base` and the ruleset of each call, in turn; it stays empty if no call can run,
   * which was reported
   */
  find(stack: Int32Array, base: number, given: number, found: number[]): number {
    const { rulesets, reports, trace, vocabulary } = this.#context;
    const { codes, texts } = vocabulary;
    let count = given;
    for (let i = 0; i + 1 < count; i++) {
      if (codes[stack[base + i]!] !== CALL_CODE) continue;
      const { token, number } = this.#called(stack[base + i + 1]!);
      stack[base + i + 1] = token;
      if (number < 0) {
        reports.rules('rulesets', `Unknown ruleset ${texts[token]}`);
        return this.#fail(found, count);
      }
      if (rulesets.rules[number] === undefined) {
        if (trace.listens) trace.skips(texts[token]!, number);
        // the token that moves into this place is not examined, as in sendmail
        stack.copyWithin(base + i, base + i + 2, base + count);
        count -= 2;
        continue;
      }
      found.push(i, number);
      if (found.length < 2 * MAX_CALLS) continue;
      reports.system(`Too many subroutine calls (${MAX_CALLS} max)`);
      return this.#fail(found, count);
    }
    this.hasFailed = false;
    return count;
  }

  #fail(found: number[], count: number): number {
    this.hasFailed = true;
    found.length = 0;
    return count;
  }

  /** The ruleset that a token names; undefined: it was not called before, or there is none. */
  known(token: number): Called | undefined {
    return this.#known[token];
  }

  #called(token: number): Called {
    return this.#known[token] ?? this.#name(token);
  }

  /** An invalid name is reported each time. */
  #name(token: number): Called {
    const { rulesets, vocabulary } = this.#context;
    const name: ByteString = withoutQuotes(vocabulary.texts[token]!);
    const called = { token: vocabulary.number(name), number: rulesets.find(name) };
    if (called.number >= 0) this.#known[token] = called;
    return called;
  }
}
