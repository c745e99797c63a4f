/** A row of the table of checks: from the facts of a machine to troubles. Pure. */
import type { FileFacts, Machine, Severity, Trouble } from './machine.ts';

export interface Check {
  /** `MD` and three digits. */
  readonly code: string;
  readonly severity: Severity;
  /** The fault in a few words, without names. */
  readonly title: string;
  find(machine: Machine): readonly Trouble[];
}

/** A row about each of some facts; undefined: this one is sound. */
export function each<T>(
  code: string,
  severity: Severity,
  title: string,
  of: (machine: Machine) => readonly T[],
  say: (fact: T, machine: Machine) => Trouble | undefined,
): Check {
  const find = (machine: Machine): Trouble[] => of(machine).flatMap((fact) => say(fact, machine) ?? []);
  return { code, severity, title, find };
}

export const isOlder = (map: FileFacts | undefined, text: FileFacts | undefined): boolean =>
  map !== undefined && text !== undefined && map.mtimeMs < text.mtimeMs;
