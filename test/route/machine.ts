/** A configuration directory in memory, as a job of the oracle describes it: the address rules with all of its tables. */
import type { AddressRules } from '../../src/address/canonify.ts';
import type { RoutingTable } from '../../src/address/routing.ts';
import { CLASS_MACROS, routingOf } from '../../src/config/routing.ts';
import type { ByteString } from '../../src/core/bytes.ts';
import { MapError } from '../../src/core/errors.ts';
import { foldCase } from '../../src/core/fold.ts';
import { NOT_FOUND, type Table } from '../../src/core/lookup.ts';
import { parseClassFile } from '../../src/source/class-file.ts';
import type { FeatureSpec } from '../oracle/features.ts';
import type { Files } from '../oracle/jobs.ts';

export const HOST = 'mail.oracle.test';
const OWN_NAMES = [HOST, 'mail', 'localhost', '[127.0.0.1]'];

export interface MachineSpec {
  readonly features?: readonly FeatureSpec[];
  readonly files?: Files;
}

/** The feature and the file of each table. */
const TABLES: Readonly<Record<RoutingTable, readonly [feature: string, file: string]>> = {
  domaintable: ['domaintable', 'domaintable'],
  bitdomain: ['bitdomain', 'bitdomain'],
  uudomain: ['uucpdomain', 'uudomain'],
  virtuser: ['virtusertable', 'virtusertable'],
  mailertable: ['mailertable', 'mailertable'],
  generics: ['genericstable', 'genericstable'],
};

function textOf(files: Files, name: string): ByteString | undefined {
  const file = files[name.replace(/^\/etc\/mail\//, '')];
  return typeof file === 'string' ? file : undefined;
}

const PERCENT = /%([%\d])/g;

/** A table out of its text, as makemap reads it; without a text, and no `-o`, nobody can tell what it has. */
export function tableOf(text: ByteString | undefined, optional = false): Table {
  if (text === undefined) {
    const error = new MapError('missing', 'no such map');
    return () => (optional ? NOT_FOUND : { status: 'tempFail', error });
  }
  const entries = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^([^\s#]\S*)[ \t]+(.*)$/s.exec(line) ?? [];
    if (key !== undefined && !entries.has(foldCase(key))) entries.set(foldCase(key), value!);
  }
  return (key, ...args) => {
    const value = entries.get(foldCase(key));
    if (value === undefined) return NOT_FOUND;
    const given = [key, ...args];
    return {
      status: 'found',
      value: value.replace(PERCENT, (_, what: string) => (what === '%' ? '%' : (given[Number(what)] ?? ''))),
    };
  };
}

/** The address rules of a job's configuration. */
export function rulesOf({ features = [], files = {} }: MachineSpec): AddressRules {
  const items = features.filter((feature) => typeof feature === 'string');
  const local = new Set([...OWN_NAMES, ...parseClassFile(textOf(files, 'local-host-names') ?? '').map(foldCase)]);
  const tables: Partial<Record<RoutingTable, Table>> = {};
  for (const [table, [feature, file]] of Object.entries(TABLES) as [RoutingTable, readonly [string, string]][]) {
    const item = items.find((each) => each === feature || each.startsWith(`${feature}:`));
    if (item !== undefined) tables[table] = tableOf(textOf(files, file), / -o /.test(item));
  }
  const words = (name: string): string[] =>
    Object.entries(CLASS_MACROS)
      .filter(([, of]) => of === name)
      .flatMap(([macro]) => items.filter((item) => item.startsWith(`${macro}_FILE:`)))
      .flatMap((item) => parseClassFile(textOf(files, item.slice(item.indexOf(':') + 1).replace(/^-o /, '')) ?? ''));
  return {
    hostName: HOST,
    isLocal: (host) => local.has(foldCase(host)),
    percentHack: !items.some((item) => item.startsWith('nopercenthack')),
    bangPath: !items.some((item) => item.startsWith('nouucp')),
    routing: routingOf({ items, tables, words }),
  };
}
