/** The rules of a ruleset -> parallel arrays, so that most rules are skipped without reading their steps. */
import { compilePattern, type Pattern, wildcardsOf } from './pattern.ts';
import { compileReplacement, type Replacement } from './replacement.ts';
import type { Rule } from './rulesets.ts';
import type { Vocabulary } from './vocabulary.ts';

/** A ruleset, compiled with a vocabulary. */
export interface Program {
  readonly rules: readonly Rule[];
  /** The number of rules at that time; more are added while the file is read. */
  readonly count: number;
  readonly patterns: readonly Pattern[];
  readonly replacements: readonly Replacement[];
  /** The quick tests of each pattern, one after the other: marks, least, most, first, last. */
  readonly tests: Int32Array;
}

/** Numbers in {@link Program.tests} for each rule. */
const TESTS = 5;

export function compileProgram(rules: readonly Rule[], vocabulary: Vocabulary): Program {
  const patterns = rules.map(({ left }) => compilePattern(left, vocabulary));
  return {
    rules,
    count: rules.length,
    patterns,
    replacements: rules.map(({ left, right }) => compileReplacement(right, wildcardsOf(left), vocabulary)),
    tests: Int32Array.from(
      patterns.flatMap(({ marks, least, most, first, last }) => [marks, least, most, first, last]),
    ),
  };
}

/**
 * The first rule, from a given one on, that may match; if none may, the number behind the last one, `to`.
 *
 * @param size the number of tokens
 * @param marks the marks of all tokens together
 * @param head the first token in lower case; -1: there is none
 * @param tail the last one
 */
export function candidate(
  { tests }: Program,
  from: number,
  to: number,
  size: number,
  marks: number,
  head: number,
  tail: number,
): number {
  for (let i = from, at = TESTS * from; i < to; i++, at += TESTS) {
    const needed = tests[at]!;
    if ((needed & marks) !== needed || size < tests[at + 1]! || size > tests[at + 2]!) continue;
    const first = tests[at + 3]!;
    const last = tests[at + 4]!;
    if ((first < 0 || first === head) && (last < 0 || last === tail)) return i;
  }
  return to;
}
