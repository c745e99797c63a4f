/**
 * The options of a configuration -> its source files, for review. Only the source files count, even if their maps differ or do
 * not exist.
 *
 * Errors: those of `openMailMaps`; `unreadable` for a source file that exists and cannot be read.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Checks } from '../access/checks.ts';
import type { AddressRules } from '../address/canonify.ts';
import { type RoutingTable, TABLE_NAMES } from '../address/routing.ts';
import type { LocalUser } from '../alias/context.ts';
import { cfReader } from '../config/cf-text.ts';
import { compileParts, configurationOf, type InformedConfiguration } from '../config/configuration.ts';
import { DiskSources } from '../config/disk-sources.ts';
import type { RecognisedCf } from '../config/features-in-force.ts';
import { checkedOptions, type MailMapsOptions, SYSTEM_USERS } from '../config/options.ts';
import { resolveSettings, type Settings } from '../config/settings.ts';
import type { Sources } from '../config/sources.ts';
import { TextSources, textsIn } from '../config/text-sources.ts';
import { parsePasswd } from '../config/users.ts';
import { type ByteString, decodeText, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { foldCase } from '../core/fold.ts';
import type { Table } from '../core/lookup.ts';
import { systemCode, systemText } from '../core/system-error.ts';
import { textOfMap } from '../files/map-path.ts';
import { readShown } from '../files/source-file.ts';
import type { MapSetting } from '../map/followed-map.ts';
import type { ClassFileLine } from '../source/cf/classes.ts';
import { type Forward, forwardsOf } from './forwards.ts';
import type { SourceKind, SourceText } from './source-text.ts';

export interface Reviewed {
  /** The directory of the configuration. */
  readonly directory: string;
  readonly settings: Settings;
  readonly texts: readonly SourceText[];
  readonly configuration: InformedConfiguration;
  /** Its sendmail.cf. */
  readonly cf?: RecognisedCf;
  /** Class files that the sendmail.cf needs and that do not exist; they count as empty. */
  readonly missing: readonly ClassFileLine[];
  /** The .forward files of its users. They are read when they are asked for. */
  readonly forwards: () => readonly Forward[];
  /** How it reads addresses. */
  readonly rules: AddressRules;
  /** Whether some of its entries are in no source file: a map without a source file, or a table that is a function. */
  readonly hasUnread: boolean;
  /** Its decisions, in byte strings, with facts of DNS. */
  readonly checks: Checks;
}

const TABLES: readonly string[] = ['virtusertable', 'genericstable', 'mailertable', 'domaintable'];
const LISTS = 'lists';
const NOBODY_LISTENS = { onReload: () => {}, onProblem: () => {} };

interface ReviewHow {
  /** A sendmail.cf decides by its own rules if they are not those of its features. */
  readonly withFileRules?: boolean;
  /** A class file that does not exist counts as empty. Otherwise it is an error, as for sendmail. */
  readonly withMissing?: boolean;
  /** Its sendmail.cf, read before: a pipe gives its text once. */
  readonly cf?: RecognisedCf | undefined;
}

/**
 * Reads and compiles the files that the options name. The recognised features decide unless `withFileRules` is set, because review
 * knows the effects of features, not of rules.
 */
export function reviewed(given: MailMapsOptions, { withFileRules, withMissing, cf: before }: ReviewHow = {}): Reviewed {
  const { rules: _, ...options } = checkedOptions(given);
  const directory = options.directory ?? '/etc/mail';
  const behind: Sources =
    options.texts === undefined ? new DiskSources(NOBODY_LISTENS) : textSources(directory, options.texts);
  const cf = before ?? (options.cf === undefined ? undefined : cfReader(options.cf, options)(behind));
  const isByFile = withFileRules === true && cf !== undefined && cf.foreign.length > 0;
  const settings = resolveSettings(isByFile ? options : { ...options, rules: 'built-in' }, cf, behind);
  const isThere = options.texts === undefined ? isFile : (path: string) => behind.hasText(path);
  const needed = cf?.classFiles.filter(({ optional }) => !optional) ?? [];
  const missing = withMissing === true ? needed.filter(({ path }) => !isThere(decodeText(path))) : [];
  const empty = new Map(missing.map(({ path }) => [decodeText(path), '']));
  const named = namedFiles(settings, directory).filter(({ path }) => !empty.has(path));
  const readText = options.texts === undefined ? readIfThere : (path: string) => textAt(behind, path);
  const read = ({ path, ...about }: Named): SourceText[] => {
    const text = readText(path);
    return text === undefined ? [] : [{ file: path, text, ...about }];
  };
  const texts = withLists(named.flatMap(read), read);
  const byPath = new Map([...empty, ...texts.map(({ file, text }) => [file, text] as const)]);
  const parts = compileParts(settings, new TextSources(byPath, behind));
  const maps = [settings.access, ...settings.aliases, ...Object.values(settings.route.tables)];
  const hasUnread = maps.some(
    (map) =>
      typeof map === 'function' || (map !== undefined && !byPath.has(textOfMap(map.name)) && behind.hasMap(map.name)),
  );
  return {
    directory,
    settings,
    texts,
    hasUnread,
    configuration: configurationOf(parts),
    rules: parts.context.rules,
    checks: parts.rulings,
    missing,
    forwards: () => forwardsOf(usersOf(settings, behind, texts), parts.context),
    ...(cf !== undefined && { cf }),
  };
}

const SYSTEM_PASSWD = '/etc/passwd';

/**
 * The users of the file of users; where a function finds them, those that aliases name. The name service is not asked: its time is
 * for questions about names.
 */
function* usersOf({ users }: Settings, sources: Sources, texts: readonly SourceText[]): Iterable<LocalUser> {
  if (typeof users === 'string') {
    yield* sources.text(users === SYSTEM_USERS ? SYSTEM_PASSWD : users, parsePasswd, { optional: true });
    return;
  }
  for (const { kind, text } of texts)
    for (const [name] of kind === 'aliases' ? text.matchAll(/[\w.-]+/g) : []) {
      const user = users(foldCase(name));
      if (user !== undefined && user !== 'tempFail') yield user;
    }
}

/** False where the path leads to no file; true also where this cannot be seen, so that reading it says why. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch (error) {
    return !['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemCode(error) ?? '');
  }
}

function textSources(directory: string, texts: Readonly<Record<string, string>>): Sources {
  const inBytes = Object.entries(texts).map(([name, text]) => [name, encodeText(text, name)] as const);
  return new TextSources(textsIn(directory, Object.fromEntries(inBytes)));
}

interface Named {
  readonly kind: SourceKind;
  readonly path: string;
  readonly format?: ByteString;
  readonly table?: string;
  readonly className?: string;
}

function namedFiles(settings: Settings, directory: string): Named[] {
  return [
    ...filed([settings.access]).map(({ name }) => ({ kind: 'access' as const, path: textOfMap(name) })),
    ...filed(settings.aliases).map(({ name }) => ({ kind: 'aliases' as const, path: textOfMap(name) })),
    ...settings.localHosts.files.map((file) => ({ ...file, kind: 'localHostNames' as const })),
    ...settings.relayDomains.files.map((file) => ({ ...file, kind: 'relayDomains' as const })),
    ...tableFiles(settings, directory),
    ...Object.entries(settings.route.classes).flatMap(([className, { files }]) =>
      files.map(({ path }) => ({ kind: 'class' as const, className, path })),
    ),
    ...filesIn(join(directory, LISTS)).map((path) => ({ kind: 'list' as const, path })),
  ];
}

/** The source files of the tables in force, and those of other tables by their usual names. */
function tableFiles({ route }: Settings, directory: string): Named[] {
  const inForce = Object.entries(route.tables).flatMap(([table, map]) =>
    filed([map]).map(({ name }) => ({ table: TABLE_NAMES[table as RoutingTable], path: textOfMap(name) })),
  );
  const usual = TABLES.map((table) => ({ table, path: join(directory, table) }));
  const others = usual.filter(({ path }) => !inForce.some((table) => table.path === path));
  return [...inForce, ...others].map((named) => ({ kind: 'table', ...named }));
}

/** The maps that are files. */
function filed(maps: readonly (MapSetting | Table | undefined)[]): MapSetting[] {
  return maps.filter((map) => typeof map === 'object');
}

/** A list of an alias or of another list, by its whole path. */
const INCLUDE = /:include:[ \t]*(\/[^\s",]+)/gi;

/** The sources, with the lists that aliases and lists name. One that cannot be read is a finding about its alias. */
function withLists(sources: readonly SourceText[], read: (named: Named) => SourceText[]): readonly SourceText[] {
  const all = [...sources];
  const known = new Set(all.map(({ file }) => file));
  // more sources are added meanwhile
  for (const { kind, text } of all) {
    if (kind !== 'aliases' && kind !== 'list') continue;
    for (const [, path] of text.matchAll(INCLUDE)) {
      if (known.has(path!)) continue;
      known.add(path!);
      all.push(...unlessRefused(() => read({ kind: 'list', path: path! })));
    }
  }
  return all;
}

function unlessRefused(read: () => SourceText[]): SourceText[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof MapError) return [];
    throw error;
  }
}

function filesIn(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => join(directory, name));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return [];
    throw unreadable(directory, error);
  }
}

function textAt(sources: Sources, path: string): ByteString | undefined {
  return sources.hasText(path) ? sources.text(path, (text) => text, { optional: true }) : undefined;
}

function readIfThere(path: string): ByteString | undefined {
  try {
    return readShown(path).toString('latin1');
  } catch (error) {
    if (error instanceof MapError && error.code === 'missing') return undefined;
    throw error;
  }
}

function unreadable(file: string, error: unknown): MapError {
  return new MapError('unreadable', `${file} cannot be read: ${systemText(error)}`, { file, cause: error });
}
