/**
 * How a question about a way or a form of an address came to its answer: the tables that were asked, in order, and the
 * entry that decided.
 */
import type { AddressRules } from '../address/canonify.ts';
import { PLAIN_ROUTING, reporting } from '../address/routing.ts';
import type { MapError } from '../core/errors.ts';
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

/** The same rules, which write down every key that they ask a table for, and what failed. */
export function watched(rules: AddressRules, steps: TableStep[], failures: MapError[] = []): AddressRules {
  const routing = reporting(rules.routing ?? PLAIN_ROUTING, (table, key, result) => {
    const found = result.status === 'found' ? { value: result.value } : {};
    if (result.status === 'tempFail') failures.push(result.error);
    steps.push({ kind: 'table', table, key, status: result.status, ...found });
  });
  return { ...rules, routing };
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
