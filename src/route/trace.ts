/** The rules of addresses -> the same rules with a trace: the tables that were asked, in order, and the entry that decided. */
import type { AddressRules } from '../address/canonify.ts';
import type { AddressFault } from '../address/problem.ts';
import { isTableName, PLAIN_ROUTING, reporting, shownResult } from '../address/routing.ts';
import type { RouteRule, Ruleset } from '../address/rule-names.ts';
import type { MapError } from '../core/errors.ts';
import type { LookupResult } from '../core/lookup.ts';
import type { Source } from '../core/source.ts';

/** A table by the name of its FEATURE, and its answer for a key. */
export interface TableStep {
  readonly kind: 'table';
  readonly table: string;
  readonly key: string;
  /** `notAsked`: the answer depends on DNS, which was not asked. */
  readonly status: LookupResult['status'] | 'notAsked';
  /** The value, with `%1` and the like replaced. */
  readonly value?: string;
  /** The value as the table holds it, if `value` was made from it. */
  readonly entry?: string;
  /** The place of the entry. */
  readonly source?: Source | undefined;
  /** The rule of a sendmail.cf that asked, where its own rules decide. */
  readonly at?: Source;
}

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
  /** The place of the entry or the feature; if there is neither, the place of the rule in a sendmail.cf. */
  readonly source?: Source | undefined;
  readonly at?: Source;
}

/** The same rules, which record every key that they look up, and every failure of a table. */
export function watched(rules: AddressRules, steps: TableStep[], failures: MapError[] = []): AddressRules {
  const routing = reporting(rules.routing ?? PLAIN_ROUTING, (table, key, result) => {
    if (result.status === 'tempFail' && isTableName(table)) failures.push(result.error);
    const status = result.status === 'notFound' && result.asked === false ? 'notAsked' : result.status;
    steps.push({ kind: 'table', table, key, ...shownResult(result), status });
  });
  return { ...rules, routing };
}

/** The first table that failed, else the first lookup in DNS that failed. */
export function failedStep(steps: readonly TableStep[]): TableStep | undefined {
  const failed = steps.filter(({ status }) => status === 'tempFail');
  return failed.find(({ table }) => isTableName(table)) ?? failed[0];
}

/** The entry behind a rule: the last one found in its table. */
export function becauseOf(rule: RouteRule, steps: readonly TableStep[]): RouteBecause {
  const found = steps.findLast(({ table, status }) => table === rule && status === 'found');
  if (found === undefined) return { rule };
  const { table, key, value, entry: raw } = found;
  return { rule, table, key, ...(value !== undefined && { value }), ...(raw !== undefined && { entry: raw }) };
}
