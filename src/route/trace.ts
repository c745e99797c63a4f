/** The rules of addresses -> the same rules with a trace: the tables that were asked, in order, and the entry that decided. */
import type { AddressRules } from '../address/canonify.ts';
import type { AddressFault } from '../address/problem.ts';
import { isTableName, PLAIN_ROUTING, reporting } from '../address/routing.ts';
import type { RouteRule, Ruleset } from '../address/rule-names.ts';
import type { MapError } from '../core/errors.ts';
import type { LookupResult } from '../core/lookup.ts';

/** A table by the name of its FEATURE, and its answer for a key. */
export interface TableStep {
  readonly kind: 'table';
  readonly table: string;
  readonly key: string;
  /** `notAsked`: DNS would tell. */
  readonly status: LookupResult['status'] | 'notAsked';
  /** The value, with `%1` and the like replaced. */
  readonly value?: string;
  /** The place of the entry in its source file, and the rule of a sendmail.cf that asked, where its own rules decide. */
  readonly source?: FileLine;
  readonly at?: FileLine;
}

/** A line of a file, counted from 1. */
interface FileLine {
  readonly file: string;
  readonly line: number;
}

/** The deciding rule, and its entry if there was one. */
export interface RouteBecause {
  /** One of our rules; with the rules of a sendmail.cf, the name of its ruleset. */
  readonly rule: RouteRule | Ruleset;
  readonly table?: string;
  readonly key?: string;
  readonly value?: string;
  /** The fault of the address, if that is the reason. */
  readonly fault?: AddressFault;
  /** As in {@link TableStep}; without an entry `source` is the rule. */
  readonly source?: FileLine;
  readonly at?: FileLine;
}

/** The same rules, which record every key that they look up, and every failure of a table. */
export function watched(rules: AddressRules, steps: TableStep[], failures: MapError[] = []): AddressRules {
  const routing = reporting(rules.routing ?? PLAIN_ROUTING, (table, key, result) => {
    const found = result.status === 'found' ? { value: result.value } : {};
    if (result.status === 'tempFail' && isTableName(table)) failures.push(result.error);
    const status = result.status === 'notFound' && result.asked === false ? 'notAsked' : result.status;
    steps.push({ kind: 'table', table, key, status, ...found });
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
  const entry = steps.findLast(({ table, status }) => table === rule && status === 'found');
  if (entry === undefined) return { rule };
  const { table, key, value } = entry;
  return { rule, table, key, ...(value !== undefined && { value }) };
}
