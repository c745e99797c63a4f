/** The steps to an answer -> the entry or the class that decided. */
import type { AddressFault } from '../address/problem.ts';
import type { RouteRule, Ruleset } from '../address/rule-names.ts';
import type { Growing } from '../core/growing.ts';
import type { Source } from '../core/source.ts';
import type { RouteStep } from '../core/trace-step.ts';

/** The deciding rule, and its entry if there was one. */
export interface RouteBecause {
  /** One of our rules; with the rules of a sendmail.cf, the name of its ruleset. */
  readonly rule: RouteRule | Ruleset;
  readonly table?: string;
  readonly key?: string;
  readonly value?: string;
  readonly entry?: string;
  /** The fault of the address, if that is the reason. */
  readonly fault?: AddressFault;
  /**
   * The place of the entry, of the word of a class, or of the feature; without one, the place of the rule in a sendmail.cf.
   */
  readonly source?: Source | undefined;
  readonly at?: Source;
}

/** The entry behind a rule: the last one found in its table. */
export function becauseOf(rule: RouteRule, steps: readonly RouteStep[]): RouteBecause {
  const found = steps.findLast((step) => step.kind === 'table' && step.table === rule && step.status === 'found');
  if (found?.kind !== 'table') return { rule };
  const { table, key, value, entry } = found;
  const because: Growing<RouteBecause> = { rule, table, key };
  if (value !== undefined) because.value = value;
  if (entry !== undefined) because.entry = entry;
  return because;
}
