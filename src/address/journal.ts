/**
 * The questions of the rules about one address -> the steps that explain its route: each table with its key and answer, and each
 * class with the name that was tested, in order. A test that was made before is no step of its own.
 *
 * The rules hold it in their `Routing`; rules without one keep no steps.
 */
import type { ByteString } from '../core/bytes.ts';
import type { MapError } from '../core/errors.ts';
import type { LookupResult } from '../core/lookup.ts';
import type { ClassStep, RouteStep, TableStep } from '../core/trace-step.ts';
import { isTableName, type RoutingClass, type RoutingMap, TABLE_NAMES, type TableName } from './routing.ts';

/** The classes that rules test: those of routing, and class w. */
export type AskedClass = RoutingClass | 'w';

/** The names of the classes in a sendmail.mc; pseudo domains have none. */
export const CLASS_NAMES: Readonly<Record<AskedClass, string>> = {
  w: 'class w',
  VirtHost: 'VIRTUSER_DOMAIN',
  G: 'GENERICS_DOMAIN',
  M: 'MASQUERADE_DOMAIN',
  N: 'MASQUERADE_EXCEPTION',
  E: 'EXPOSED_USER',
  L: 'LOCAL_USER',
  P: 'class P',
  B: 'bestmx_is_local',
  Canonify: 'CANONIFY_DOMAIN',
};

/** A lookup that failed. */
export interface FailedLookup {
  readonly map: TableName;
  readonly key: ByteString;
  /** DNS refuses no address, a table may. */
  readonly isTable: boolean;
  readonly error: MapError;
}

export class Journal {
  readonly steps: RouteStep[] = [];
  /** The first table that failed; without one, the first failure of DNS. */
  failed: FailedLookup | undefined;

  table(map: RoutingMap, key: ByteString, result: LookupResult): void {
    const table = TABLE_NAMES[map];
    this.add(tableStep(table, key, result));
    if (result.status !== 'tempFail' || this.failed?.isTable) return;
    const isTable = isTableName(table);
    if (isTable || this.failed === undefined) this.failed = { map: table, key, isTable, error: result.error };
  }

  /** @param word the word of the class that the subject is, or ends in; undefined: it is not in the class */
  test(name: AskedClass, subject: ByteString, word: ByteString | undefined): void {
    const rule = CLASS_NAMES[name];
    for (let i = this.steps.length - 1; i >= 0; i--) {
      const step = this.steps[i]!;
      if (step.kind === 'class' && step.subject === subject && step.rule === rule) return;
    }
    this.add(classStep(rule, subject, word));
  }

  protected add(step: TableStep | ClassStep): void {
    this.steps.push(step);
  }
}

function tableStep(table: TableName, key: ByteString, result: LookupResult): TableStep {
  if (result.status === 'tempFail') return { kind: 'table', table, key, status: 'tempFail' };
  if (result.status === 'notFound')
    return { kind: 'table', table, key, status: result.asked === false ? 'notAsked' : 'notFound' };
  const { value, entry } = result;
  return entry === undefined
    ? { kind: 'table', table, key, status: 'found', value }
    : { kind: 'table', table, key, status: 'found', value, entry };
}

function classStep(rule: string, subject: ByteString, word: ByteString | undefined): ClassStep {
  const isWhole = word === undefined || word === subject;
  return isWhole
    ? { kind: 'class', rule, subject, holds: word !== undefined }
    : { kind: 'class', rule, subject, holds: true, word };
}
