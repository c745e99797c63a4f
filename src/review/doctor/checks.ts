/**
 * The facts of a machine -> findings. Each check is a row: a code whose meaning never changes, and a pure function from facts
 * to troubles with their remedies.
 */
import type { Check } from './check.ts';
import type { Diagnosis, Machine } from './machine.ts';
import { MAP_CHECKS } from './map-checks.ts';
import { SERVER_CHECKS } from './server-checks.ts';

export const CHECKS: readonly Check[] = [...MAP_CHECKS, ...SERVER_CHECKS].sort((a, b) => (a.code < b.code ? -1 : 1));

/** Every finding, errors first, then in the order of the checks. */
export function diagnose(machine: Machine): Diagnosis[] {
  const all = CHECKS.flatMap(({ code, severity, find }) =>
    find(machine).map((trouble) => ({ code, severity, ...trouble })),
  );
  return [...all.filter(({ severity }) => severity === 'error'), ...all.filter(({ severity }) => severity !== 'error')];
}
