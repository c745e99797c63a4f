/** A right side -> its tokens, with the tokens of its wildcards and the values of its `$&` macros; maps and calls stay. */
import { EX_CONFIG, EX_DATAERR } from '../core/sysexits.ts';
import type { Macros } from '../source/cf/macros.ts';
import type { Matcher } from './match.ts';
import { MACRO_PART, type Replacement, slotName } from './replacement.ts';
import type { Reports } from './reports.ts';
import type { Trace } from './trace.ts';
import type { Values } from './values.ts';
import type { Vocabulary } from './vocabulary.ts';

/** sendmail cuts the value of a macro to this many bytes if it is too long to be split into tokens. */
const MAX_NAME = 256;

/** The parts that a filler uses. */
export interface FillerContext {
  readonly macros: Macros;
  readonly reports: Reports;
  readonly values: Values;
  readonly vocabulary: Vocabulary;
  readonly trace: Trace;
}

export class Filler {
  /** The marks of the values of macros in the last right side. */
  marks = 0;
  readonly #context: FillerContext;
  readonly #matcher: Matcher;

  /** @param matcher has the tokens of the wildcards */
  constructor(context: FillerContext, matcher: Matcher) {
    this.#context = context;
    this.#matcher = matcher;
  }

  /** Puts a right side at an offset of the stack. Returns its number of tokens, or a status as a negative number. */
  fill(stack: Int32Array, at: number, { parts, wildcards }: Replacement, name: string, room: number): number {
    const { from: starts, to: ends } = this.#matcher;
    const limit = at + room;
    this.marks = 0;
    let next = at;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      if (part < 0 && part > MACRO_PART) {
        const slot = -1 - part;
        if (slot >= wildcards) {
          this.#context.reports.rules(
            'rulesets',
            `rewrite: ruleset ${name}: replacement $${slotName(slot)} out of bounds`,
          );
          return -EX_CONFIG;
        }
        const from = starts[slot]!;
        const to = ends[slot]!;
        if (next + to - from > limit) return this.#tooLong();
        for (let token = from; token < to; token++) stack[next++] = stack[token]!;
      } else if (next >= limit) return this.#tooLong();
      else if (part >= 0) stack[next++] = part;
      else {
        next = this.macro(MACRO_PART - part, stack, next, limit);
        if (next < 0) return next;
      }
    }
    return next - at;
  }

  /** Puts the value of a macro at an offset. Returns the offset after it, or a status as a negative number. */
  macro(id: number, stack: Int32Array, at: number, limit: number): number {
    const { macros, trace, values } = this.#context;
    const { marks } = this.#context.vocabulary;
    const value = macros.value(id);
    if (trace.tries) trace.macro(id, value);
    if (value === undefined || value === '') return at;
    const tokens = values.scan(value, 'value');
    if (tokens === undefined) {
      // sendmail cuts the value itself
      if (values.isTooLong) macros.set(id, value.slice(0, MAX_NAME));
      return -EX_DATAERR;
    }
    let next = at;
    for (let i = 0; i < tokens.length; i++) {
      stack[next++] = tokens[i]!;
      this.marks |= marks[tokens[i]!]!;
      if (next >= limit) return this.#tooLong();
    }
    values.splits.restore();
    return next;
  }

  #tooLong(): number {
    this.#context.reports.rules('rewriting', 'rewrite: expansion too long');
    return -EX_DATAERR;
  }
}
