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
  /** Of each pattern: the fields of the same name. */
  readonly marks: Int32Array;
  readonly least: Int32Array;
  readonly most: Int32Array;
  readonly first: Int32Array;
  readonly last: Int32Array;
}

export function compileProgram(rules: readonly Rule[], vocabulary: Vocabulary): Program {
  const patterns = rules.map(({ left }) => compilePattern(left, vocabulary));
  const column = (name: 'marks' | 'least' | 'most' | 'first' | 'last'): Int32Array =>
    Int32Array.from(patterns, (pattern) => pattern[name]);
  return {
    rules,
    count: rules.length,
    patterns,
    replacements: rules.map(({ left, right }) => compileReplacement(right, wildcardsOf(left), vocabulary)),
    marks: column('marks'),
    least: column('least'),
    most: column('most'),
    first: column('first'),
    last: column('last'),
  };
}

/**
 * The first rule, from a given one on, that may match; if none may, the number of rules.
 *
 * @param stack holds `size` tokens from `base` on, with these marks together
 */
export function candidate(
  program: Program,
  from: number,
  stack: Int32Array,
  base: number,
  size: number,
  marks: number,
  { folded }: Vocabulary,
): number {
  const { least, most, first, last, count } = program;
  const head = size > 0 ? folded[stack[base]!]! : -1;
  const tail = size > 0 ? folded[stack[base + size - 1]!]! : -1;
  for (let i = from; i < count; i++) {
    const needed = program.marks[i]!;
    if ((needed & marks) !== needed || size < least[i]! || size > most[i]!) continue;
    if ((first[i]! < 0 || first[i] === head) && (last[i]! < 0 || last[i] === tail)) return i;
  }
  return count;
}
