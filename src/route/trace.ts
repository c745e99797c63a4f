/**
 * How a question about a way or a form of an address came to its answer: the tables that were asked, in order, and the
 * entry that decided.
 */
import type { AddressRules } from '../address/canonify.ts';
import { PLAIN_ROUTING, type RoutingTable } from '../address/routing.ts';
import type { LookupResult } from '../core/lookup.ts';

/** A table under the name of its FEATURE, and what it had for a key. */
export interface TableStep {
  readonly kind: 'table';
  readonly table: string;
  readonly key: string;
  readonly status: LookupResult['status'];
  /** The value, with what its `%1` and the like stand for. */
  readonly value?: string;
}

/** What decided: a rule, and the entry where there was one. */
export interface RouteBecause {
  readonly rule: string;
  readonly table?: string;
  readonly key?: string;
  readonly value?: string;
}

/** The names of the tables, as a sendmail.mc has them. */
export const TABLE_NAMES: Readonly<Record<RoutingTable, string>> = {
  domaintable: 'domaintable',
  bitdomain: 'bitdomain',
  uudomain: 'uucpdomain',
  virtuser: 'virtusertable',
  mailertable: 'mailertable',
  generics: 'genericstable',
};

/** The same rules, which write down every key that they ask a table for. */
export function watched(rules: AddressRules, steps: TableStep[]): AddressRules {
  const routing = rules.routing ?? PLAIN_ROUTING;
  return {
    ...rules,
    routing: {
      ...routing,
      ask(table, key, ...args) {
        const result = routing.ask(table, key, ...args);
        const found = result.status === 'found' ? { value: result.value } : {};
        steps.push({ kind: 'table', table: TABLE_NAMES[table], key, status: result.status, ...found });
        return result;
      },
    },
  };
}

/** The first table that could not tell. */
export function failedStep(steps: readonly TableStep[]): TableStep | undefined {
  return steps.find(({ status }) => status === 'tempFail');
}

/** The entry behind a rule: the last one of its table that was found. */
export function becauseOf(rule: string, steps: readonly TableStep[]): RouteBecause {
  const entry = steps.findLast(({ table, status }) => table === rule && status === 'found');
  if (entry === undefined) return { rule };
  const { table, key, value } = entry;
  return { rule, table, key, ...(value !== undefined && { value }) };
}
