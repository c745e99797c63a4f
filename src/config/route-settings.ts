/**
 * Options, features and a sendmail.cf -> the tables that decide where mail goes, and the class files they need; and these at
 * one moment -> the routing of the address rules.
 *
 * A table in the directory is used if its map or source file exists; a table that a FEATURE names must exist. A sendmail.cf has
 * a K line for each table.
 */
import { join } from 'node:path';
import type { ClassTest } from '../address/pattern.ts';
import {
  ROUTING_CLASSES,
  ROUTING_TABLES,
  type Routing,
  type RoutingClass,
  type RoutingTable,
  TABLE_NAMES,
} from '../address/routing.ts';
import { decodeText } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import type { Table } from '../core/lookup.ts';
import type { MapSetting, TextReader } from '../map/followed-map.ts';
import { expandMacros } from '../source/cf/macros.ts';
import type { CfMailer } from '../source/cf/mailers.ts';
import type { SendmailCf } from '../source/cf/parse.ts';
import type { RecognisedCf } from './features-in-force.ts';
import { type ClassFileSetting, type ClassSetting, membersOf, wordPlaces } from './host-class.ts';
import { CLASS_MACROS, routingOf, wordsOf } from './routing.ts';
import type { Sources } from './sources.ts';

export interface RouteSettings {
  /** Features, hosts and words of classes, in the notation of a sendmail.mc. */
  readonly items: readonly string[];
  /** From a sendmail.cf; absent: the mailers of MAILER(local) and MAILER(smtp), and those that items add. */
  readonly mailers?: ReadonlyMap<string, CfMailer>;
  readonly tables: Readonly<Partial<Record<RoutingTable, MapSetting | Table>>>;
  readonly classes: Readonly<Partial<Record<RoutingClass, ClassSetting>>>;
}

/** Tables whose files have other names than their FEATUREs. */
const FILE_NAMES: Readonly<Partial<Record<RoutingTable, string>>> = { uudomain: 'uudomain' };

/** Class files by their usual names. */
const DOMAIN_FILES: Readonly<Partial<Record<RoutingClass, string>>> = {
  VirtHost: 'virtuser-domains',
  G: 'generics-domains',
};

/** D macros of a sendmail.cf, and their names in m4. */
const CF_HOSTS: readonly (readonly [macro: string, item: string])[] = [
  ['S', 'define:SMART_HOST='],
  ['H', 'define:MAIL_HUB='],
  ['R', 'define:LOCAL_RELAY='],
  ['L', 'define:LUSER_RELAY='],
  ['B', 'define:BITNET_RELAY='],
  ['Y', 'define:UUCP_RELAY='],
  ['C', 'define:DECNET_RELAY='],
  ['F', 'define:FAX_RELAY='],
];

/** The map of a K line; undefined: it has none of this name. */
export type MapReader = (cf: SendmailCf, name: string) => MapSetting | Table | undefined;

export function routeSettings(
  features: readonly string[],
  directory: string,
  cf: RecognisedCf | undefined,
  readMap: MapReader,
  sources: Sources,
): RouteSettings {
  const tables = ROUTING_TABLES.flatMap((table) => {
    const setting = cf === undefined ? tableInDirectory(table, features, directory, sources) : readMap(cf, table);
    return setting === undefined ? [] : [[table, setting] as const];
  });
  const classes = ROUTING_CLASSES.map(
    (name) => [name, cf === undefined ? classInDirectory(name, features, directory) : classOfCf(name, cf)] as const,
  );
  return {
    items: [...features, ...(cf === undefined ? [] : hostsOfCf(cf)), ...(cf?.canonifies ? ['canonify'] : [])],
    ...(cf !== undefined && { mailers: cf.mailers }),
    tables: Object.fromEntries(tables),
    classes: Object.fromEntries(classes),
  };
}

function tableInDirectory(
  table: RoutingTable,
  features: readonly string[],
  directory: string,
  sources: Sources,
): MapSetting | undefined {
  return mapInDirectory(TABLE_NAMES[table], features, directory, sources, FILE_NAMES[table]);
}

/** The map of a FEATURE that is named, or whose file exists. */
export function mapInDirectory(
  feature: string,
  features: readonly string[],
  directory: string,
  sources: Sources,
  fileName: string = feature,
): MapSetting | undefined {
  const item = features.findLast((each) => each === feature || each.startsWith(`${feature}:`));
  const usual = join(directory, fileName);
  if (item === undefined) {
    const isThere = sources.hasMap(usual) || sources.hasText(usual);
    return isThere ? { name: usual, absence: 'usual', implicit: false, fills: true } : undefined;
  }
  // `hash -o /etc/mail/virtusertable`: type, flags and name.
  const words = wordsOf(item.slice(feature.length + 1));
  const name = words.at(-1)?.replace(/\.db$/, '') ?? usual;
  return { name, absence: words.includes('-o') ? 'optional' : 'expected', implicit: false, fills: true };
}

function classInDirectory(name: RoutingClass, features: readonly string[], directory: string): ClassSetting {
  const macros = Object.entries(CLASS_MACROS).filter(([, of]) => of === name);
  const named = macros.flatMap(([macro]) => filesOf(`${macro}_FILE:`, features));
  const usual = DOMAIN_FILES[name];
  const files = usual === undefined ? named : [...named, { path: join(directory, usual), optional: true }];
  return { words: [], files };
}

function filesOf(begin: string, features: readonly string[]): ClassFileSetting[] {
  return features
    .filter((item) => item.startsWith(begin))
    .map((item) => item.slice(begin.length).trim())
    .map((file) => ({ path: decodeText(file.replace(/^-o\s+/, '')), optional: file.startsWith('-o') }));
}

function classOfCf(name: RoutingClass, cf: SendmailCf): ClassSetting {
  const { words, files } = cf.members(name);
  return {
    words: words.map(({ word }) => word),
    places: wordPlaces(words),
    files: files.map(({ path, optional, format }) => ({ path: decodeText(path), optional, format })),
  };
}

function hostsOfCf(cf: SendmailCf): string[] {
  const value = (macro: string): string | undefined => {
    const text = cf.macros(macro);
    return text === undefined ? undefined : expandMacros(text, cf.macros);
  };
  const hosts = CF_HOSTS.flatMap(([macro, item]) => {
    const host = value(macro);
    return host === undefined || host === '' ? [] : [item + host];
  });
  const as = value('M');
  return as === undefined ? hosts : [...hosts, `MASQUERADE_AS:${as}`];
}

/** The words and files of {VirtHost}, which VIRTUSER_DOMAIN adds to class R. */
export function virtualHosts({ items, classes }: RouteSettings): ClassSetting {
  const words = items
    .filter((item) => item.startsWith('VIRTUSER_DOMAIN:'))
    .flatMap((item) => wordsOf(item.slice(item.indexOf(':') + 1)));
  return { words, files: classes.VirtHost?.files ?? [] };
}

/** The routing of these settings now. */
export function compileRouting(settings: RouteSettings, sources: Sources, readText: TextReader): Routing {
  const tables = Object.entries(settings.tables).map(
    ([name, setting]) => [name, typeof setting === 'function' ? setting : sources.table(setting, readText)] as const,
  );
  return routingOf({
    items: settings.items,
    ...(settings.mailers !== undefined && { mailers: settings.mailers }),
    tables: Object.fromEntries(tables) as Partial<Record<RoutingTable, Table>>,
    members: (name) => classTest(settings.classes[name], sources),
  });
}

function classTest(setting: ClassSetting | undefined, sources: Sources): ClassTest | undefined {
  if (setting === undefined || (setting.words.length === 0 && setting.files.length === 0)) return undefined;
  const isMember = membersOf(setting, sources);
  return (word) => isMember(foldCase(word));
}
