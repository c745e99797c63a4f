/**
 * The options of `openMailMaps` -> settings: the names of all files. A directory has files under their usual names; a
 * sendmail.cf names them itself (K, F, C, D and O lines); an option overrides both. Features are those of the sendmail.cf and
 * of the options.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Feature } from '../access/features.ts';
import { DEFAULT_ALIAS_RECURSION } from '../alias/limits.ts';
import type { PrivacyOption } from '../alias/smtp.ts';
import { type ByteString, decodeText, encodeText } from '../core/bytes.ts';
import { MapError, type Place } from '../core/errors.ts';
import type { Table } from '../core/lookup.ts';
import { type Problem, problemError } from '../core/problem.ts';
import type { MapSetting } from '../map/followed-map.ts';
import type { TableUse } from '../map/table.ts';
import { expandMacros, type MacroText } from '../source/cf/macros.ts';
import { mapClassOf, opensMap } from '../source/cf/map-classes.ts';
import { parseAliasFiles } from '../source/cf/map-spec.ts';
import { isTrue } from '../source/cf/options.ts';
import {
  type AddressReading,
  addressReading,
  type MapLine,
  mapNamed,
  optionValue,
  type SendmailCf,
} from '../source/cf/parse.ts';
import { type DecidingFile, decidingFileOf } from './deciding-file.ts';
import { type FeatureInForce, type RecognisedCf, resolveFeatures } from './features-in-force.ts';
import { type ClassSetting, ownNames, wordPlaces } from './host-class.ts';
import { type CheckedOptions, SYSTEM_USERS } from './options.ts';
import { optionWords, privacyOf, privacyProblems } from './privacy.ts';
import { tableInBytes, usersInBytes } from './questions.ts';
import { type MapReader, mapInDirectory, type RouteSettings, routeSettings, virtualHosts } from './route-settings.ts';
import type { Sources } from './sources.ts';
import type { UsersSetting } from './system-users.ts';
import { type UserDatabaseSetting, userDatabases } from './user-databases.ts';

/** Everything to open, and how to answer from it. Strings are byte strings, paths are text. */
export interface Settings {
  /** Undefined: there is none, and none is expected. */
  readonly access: MapSetting | Table | undefined;
  /** FEATURE(authinfo). */
  readonly authInfo: MapSetting | Table | undefined;
  /** The tables that decide where mail goes. */
  readonly route: RouteSettings;
  readonly aliases: readonly (MapSetting | Table)[];
  readonly localHosts: ClassSetting;
  readonly relayDomains: ClassSetting;
  readonly hostName: string;
  readonly features: readonly Feature[];
  readonly featuresInForce: readonly FeatureInForce[];
  /** The sendmail.cf, if its own rules decide. */
  readonly decidingFile: DecidingFile | undefined;
  /** Why relaying cannot be decided by the sendmail.cf. */
  readonly relayDoubt: string | undefined;
  readonly maxAliasRecursion: number;
  readonly forwardPath: string;
  /** The macros of the sendmail.cf. */
  readonly macros: MacroText | undefined;
  readonly defaultUser: string;
  /** TrustedUser of the sendmail.cf. */
  readonly trustedUser: string | undefined;
  readonly dontBlame: readonly string[];
  /** QueueDirectory: relative paths of lists start here, as for a running sendmail. */
  readonly queueDirectory: ByteString;
  readonly compressedAddresses: boolean;
  /** PrivacyOptions of the sendmail.cf. */
  readonly privacy: readonly PrivacyOption[];
  /** The lines of a sendmail.cf that cannot be followed. */
  readonly problems: readonly Problem[];
  /** The sendmail.cf's settings for reading addresses; features may also set those of `%` and `!`. */
  readonly reading: Partial<AddressReading>;
  /** MatchGECOS. */
  readonly matchFullNames: boolean;
  /** Class t: users for whom every shell is valid. */
  readonly trusted: ClassSetting;
  readonly users: UsersSetting;
  /** UserDatabaseSpec. */
  readonly userDatabases: readonly UserDatabaseSetting[];
  readonly unreadableForward: CheckedOptions['unreadableForward'];
  /** The directory of the restricted shell. */
  readonly restrictedShell: string | undefined;
}

const DEFAULT_DIRECTORY = '/etc/mail';
const SYSTEM_ALIASES = '/etc/aliases';
const DEFAULT_FORWARD_PATH = '$z/.forward.$w:$z/.forward';
/** Default of DefaultUser, as in sendmail. */
const DEFAULT_USER = 'mailnull';
/** Default of QueueDirectory, as in sendmail. */
const DEFAULT_QUEUE = '/var/spool/mqueue';
/** FEATURE(block_bad_helo) adds these to class R, and in brackets to class w. */
const HELO_RELAY = ['127.0.0.1', 'IPv6:0:0:0:0:0:0:0:1', 'IPv6:::1'];
/** Class t of sendmail's own configuration. */
const TRUSTED = ['root', 'daemon', 'uucp'];

/**
 * Settings from options and a sendmail.cf.
 *
 * @param cf the sendmail.cf that the options name
 * @throws MapError `badInput` for names that hold a blank
 */
export function resolveSettings(options: CheckedOptions, cf: RecognisedCf | undefined, sources: Sources): Settings {
  const directory = options.directory ?? DEFAULT_DIRECTORY;
  const own = ownHostName(options);
  const name = options.hostName === undefined && cf ? expandMacros(cf.macros('j') ?? own, cf.macros) : own;
  const decidingFile = decidingFileOf(options, cf, own);
  const { features, inForce, problems, relayDoubt } = resolveFeatures(
    options.features ?? [],
    cf,
    decidingFile !== undefined,
  );
  const helo = features.includes('block_bad_helo') ? HELO_RELAY : [];
  const localNames = [...ownNames(own), name, ...helo.map((address) => `[${address}]`)];
  const unfollowed: Problem[] = [];
  const readMap: MapReader = (file, map) => tableOfCf(file, map, unfollowed);
  const databases = userDatabases(cf, unfollowed);
  const route = routeSettings(features, directory, cf, readMap, sources);
  const relayed = cf === undefined ? virtualHosts(route) : { words: [], files: [] };
  const relayDomains = classSetting('R', options.relayDomains, join(directory, 'relay-domains'), helo, cf);
  const access = accessMap(options, directory, cf, readMap);
  const aliases =
    options.aliases?.map((map) => given(map, ALIASES)) ?? aliasMaps(options.directory, cf, sources, unfollowed);
  return {
    route,
    access,
    authInfo: cf === undefined ? mapInDirectory('authinfo', features, directory, sources) : readMap(cf, 'authinfo'),
    aliases,
    localHosts: classSetting('w', options.localHostNames, join(directory, 'local-host-names'), localNames, cf),
    relayDomains: {
      ...relayDomains,
      words: [...relayDomains.words, ...relayed.words],
      files: [...relayDomains.files, ...relayed.files],
    },
    hostName: name,
    features,
    featuresInForce: inForce,
    decidingFile,
    relayDoubt,
    maxAliasRecursion: options.maxAliasRecursion ?? recursionOf(cf),
    forwardPath: encodeText(options.forwardPath ?? (cf && optionValue(cf, 'ForwardPath')) ?? DEFAULT_FORWARD_PATH),
    macros: cf?.macros,
    defaultUser: (cf && optionValue(cf, 'DefaultUser')) ?? DEFAULT_USER,
    trustedUser: cf && optionValue(cf, 'TrustedUser'),
    dontBlame: optionWords(cf, 'DontBlameSendmail'),
    queueDirectory: queueDirectoryOf(cf),
    reading: cf === undefined ? {} : addressReading(cf),
    matchFullNames: cf !== undefined && isTrue(optionValue(cf, 'MatchGECOS')),
    trusted: classSetting('t', cf === undefined ? TRUSTED : undefined, '', [], cf),
    compressedAddresses: hasCompressedAddresses(cf),
    privacy: privacyOf(cf),
    problems: [...(cf?.problems ?? []), ...problems, ...unfollowed, ...privacyProblems(cf)],
    users: typeof options.users === 'function' ? usersInBytes(options.users) : (options.users ?? SYSTEM_USERS),
    userDatabases: databases,
    unreadableForward: options.unreadableForward,
    restrictedShell: options.restrictedShell,
  };
}

/** The name of this host, unless a sendmail.cf gives another. @throws MapError `badInput` */
export function ownHostName(options: CheckedOptions): ByteString {
  return hostWord('hostName', options.hostName ?? hostname());
}

/** For several queues (`/q/a*`), the directory that contains them. */
function queueDirectoryOf(cf: SendmailCf | undefined): ByteString {
  const named = (cf && optionValue(cf, 'QueueDirectory')) ?? DEFAULT_QUEUE;
  return named.replace(/\/[^/]*\*$/, '');
}

function accessMap(
  { access }: CheckedOptions,
  directory: string,
  cf: SendmailCf | undefined,
  readMap: MapReader,
): MapSetting | Table | undefined {
  if (access !== undefined) return access === false ? undefined : given(access, RULES);
  if (cf === undefined) return { name: join(directory, 'access'), absence: 'usual', ...RULES };
  return readMap(cf, 'access');
}

/** The map of a K line. */
function tableOfCf(cf: SendmailCf, name: string, unfollowed: Problem[]): MapSetting | Table | undefined {
  const line = mapNamed(cf, name);
  return line && cfMap(line, line, { ...RULES, flags: line.flags }, unfollowed);
}

/** @param directory given by an option: /etc/aliases then counts only if it has a map */
function aliasMaps(
  directory: string | undefined,
  cf: SendmailCf | undefined,
  sources: Sources,
  unfollowed: Problem[],
): (MapSetting | Table)[] {
  if (cf === undefined) {
    const own = join(directory ?? DEFAULT_DIRECTORY, 'aliases');
    const hasOwn = sources.hasMap(own) || sources.hasText(own);
    const hasSystems = sources.hasMap(SYSTEM_ALIASES) || (directory === undefined && sources.hasText(SYSTEM_ALIASES));
    return [{ name: !hasOwn && hasSystems ? SYSTEM_ALIASES : own, absence: 'usual', ...ALIASES }];
  }
  const lines = cf.options.filter(({ name }) => name.toLowerCase() === 'aliasfile');
  return lines.flatMap((line) =>
    parseAliasFiles(expandMacros(line.value, cf.macros)).map(({ mapClass, file, optional, flags }) => {
      const { matchOnly, suffix } = flags;
      const own = { ...(matchOnly && { matchOnly }), ...(suffix !== undefined && { suffix }) };
      return cfMap({ mapClass, mapFile: file, optional }, line, { flags: own, fills: false }, unfollowed);
    }),
  );
}

type NamedByCf = Pick<MapLine, 'mapClass' | 'mapFile' | 'optional'>;

/**
 * A map of a sendmail.cf, where a name may end in the extension of its class: our map is next to that file.
 *
 * @param unfollowed takes the reason why every lookup in the map fails temporarily
 */
function cfMap(
  { mapClass, mapFile, optional }: NamedByCf,
  { file, line }: Place,
  use: TableUse,
  unfollowed: Problem[],
): MapSetting | Table {
  const reason = whyUnfollowed(mapClass, mapFile);
  if (reason === undefined) {
    const name = decodeText(mapFile.replace(/\.c?db$/, ''));
    const implicit = mapClassOf(mapClass)?.opens === 'mapOrText';
    return { name, absence: optional ? 'optional' : 'expected', implicit, isCdb: mapClass === 'cdb', ...use };
  }
  const place = { ...(file !== undefined && { file }), ...(line !== undefined && { line }) };
  const problem: Problem = { severity: 'warning', code: 'MM703', ...place, text: reason, ours: true };
  unfollowed.push(problem);
  const error = problemError(problem);
  return () => ({ status: 'tempFail', error });
}

function whyUnfollowed(mapClass: string, mapFile: ByteString): string | undefined {
  if (!opensMap(mapClass)) {
    return `maps of class ${mapClass} are not supported: every lookup in them fails temporarily; name a map with the options instead`;
  }
  const own = OWN_EXTENSIONS.get(mapClass) ?? '.db';
  const [other] = /\.(?:lmdb|c?db)$/.exec(mapFile) ?? [own];
  if (other === own) return undefined;
  const name = decodeText(mapFile);
  return `a map of class ${mapClass} is in ${name}${own}, not in ${name}: every lookup in it fails temporarily; leave out ${other}`;
}

/** Files of other classes end in `.db`. */
const OWN_EXTENSIONS: ReadonlyMap<string, string> = new Map(['lmdb', 'cdb'].map((name) => [name, `.${name}`]));

/** How rules and aliases use a map. */
const RULES = { implicit: false, fills: true } as const;
const ALIASES = { implicit: true, fills: false } as const;

function given(map: string | Table, how: typeof RULES | typeof ALIASES): MapSetting | Table {
  return typeof map === 'string' ? { name: map, absence: 'named', ...how } : tableInBytes(map);
}

function classSetting(
  className: 'w' | 'R' | 't',
  option: string | Iterable<string> | undefined,
  usualFile: string,
  own: readonly string[],
  cf: SendmailCf | undefined,
): ClassSetting {
  if (typeof option === 'string') {
    return { words: own, files: [{ path: option, optional: false }] };
  }
  if (option !== undefined) {
    return {
      words: [...own, ...Array.from(option, (name) => hostWord(`a name of class ${className}`, name))],
      files: [],
    };
  }
  if (cf === undefined) return { words: own, files: [{ path: usualFile, optional: true }] };
  const { words, files } = cf.members(className);
  const compressed = hasCompressedAddresses(cf);
  return {
    words: [...own, ...words.map(({ word }) => word)],
    places: wordPlaces(words),
    files: files.map(({ path, optional, format }) => ({ path: decodeText(path), optional, format, compressed })),
  };
}

function hasCompressedAddresses(cf: SendmailCf | undefined): boolean {
  return cf !== undefined && isTrue(optionValue(cf, 'UseCompressedIPv6Addresses'));
}

/** In a file, a blank or line break would separate two words; in a name, it matches no host. */
function hostWord(what: string, name: string): ByteString {
  const word = encodeText(name, what);
  if (!/[\x00-\x20\x7f]/.test(word)) return word;
  throw new MapError('badInput', `${what} holds a blank or control character: ${JSON.stringify(name)}`);
}

/** A number ends at the first other character; without digits it is 0. */
function recursionOf(cf: SendmailCf | undefined): number {
  const value = cf && optionValue(cf, 'MaxAliasRecursion');
  return value === undefined ? DEFAULT_ALIAS_RECURSION : Number.parseInt(value, 10) || 0;
}
