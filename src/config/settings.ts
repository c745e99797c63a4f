/**
 * The options of `openMailMaps` -> where everything is. A folder has its files under their usual names; a sendmail.cf
 * says so itself (K, F, C, D and O lines); what an option names outright wins over both.
 *
 * A sendmail.cf does not tell which FEATUREs it was made with: those are always an option.
 */
import { type Stats, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Feature } from '../access/features.ts';
import { DEFAULT_ALIAS_RECURSION } from '../alias/limits.ts';
import { PRIVACY_OPTIONS, type PrivacyOption } from '../alias/smtp.ts';
import { type ByteString, decodeText, encodeText } from '../core/bytes.ts';
import { MapError, type Place } from '../core/errors.ts';
import { foldCase } from '../core/fold.ts';
import type { Problem } from '../core/problem.ts';
import { systemText } from '../core/system-error.ts';
import { isAbsent, mapFileToRead } from '../files/map-file.ts';
import { readCfFile } from '../files/text-safety.ts';
import type { MapSetting } from '../map/followed-map.ts';
import { expandMacros, type Macros } from '../source/cf/macros.ts';
import { parseAliasFiles } from '../source/cf/map-spec.ts';
import {
  type AddressReading,
  addressReading,
  isTrue,
  mapNamed,
  optionValue,
  optionValues,
  parseSendmailCf,
  type SendmailCf,
} from '../source/cf/parse.ts';
import { type ClassSetting, ownNames } from './host-class.ts';
import type { CheckedOptions } from './options.ts';

/** Everything that there is to open, and how to answer from it. Strings are byte strings, paths are text. */
export interface Settings {
  /** undefined: there is none, and none is expected. */
  readonly access: MapSetting | undefined;
  readonly aliases: readonly MapSetting[];
  readonly localHosts: ClassSetting;
  readonly relayDomains: ClassSetting;
  readonly hostName: string;
  readonly features: readonly Feature[];
  readonly maxAliasRecursion: number;
  readonly forwardPath: string;
  /** Those of the sendmail.cf. */
  readonly macros: Macros | undefined;
  readonly defaultUser: string;
  /** TrustedUser of the sendmail.cf. */
  readonly trustedUser: string | undefined;
  readonly dontBlame: readonly string[];
  /** Where relative names of lists start, as for a sendmail at work. */
  readonly queueFolder: ByteString;
  readonly compressedAddresses: boolean;
  /** PrivacyOptions of the sendmail.cf. */
  readonly privacy: readonly PrivacyOption[];
  /** What a sendmail.cf says that cannot be followed. */
  readonly problems: readonly Problem[];
  /** What sendmail.cf says of how addresses are read; the features may say so of `%` and `!` as well. */
  readonly reading: Partial<AddressReading>;
  /** MatchGECOS. */
  readonly matchFullNames: boolean;
  /** Class t: users for whom every shell is valid. */
  readonly trusted: ClassSetting;
}

const DEFAULT_DIRECTORY = '/etc/mail';
const SYSTEM_ALIASES = '/etc/aliases';
const DEFAULT_FORWARD_PATH = '$z/.forward.$w:$z/.forward';
/** DefaultUser, when no sendmail.cf names one: sendmail's own. */
const DEFAULT_USER = 'mailnull';
/** QueueDirectory, when no sendmail.cf names one. */
const DEFAULT_QUEUE = '/var/spool/mqueue';
/** Classes of maps that are a file which makemap or newaliases makes. */
const FILE_CLASSES: ReadonlySet<string> = new Set(['hash', 'btree', 'dbm', 'cdb', 'lmdb', 'implicit']);
/** Class t of sendmail's own configuration. */
const TRUSTED = ['root', 'daemon', 'uucp'];

/** @throws MapError `missing`, `unreadable` for a folder or sendmail.cf that was named and cannot be read */
export function resolveSettings(options: CheckedOptions): Settings {
  const directory = options.directory ?? DEFAULT_DIRECTORY;
  if (options.directory !== undefined && options.cf === undefined) requireFolder(directory);
  const hostName = hostWord('hostName', options.hostName ?? hostname());
  const cf = options.cf === undefined ? undefined : readCf(options.cf, hostName, options.hostName !== undefined);
  const name = options.hostName === undefined && cf ? expandMacros(cf.macros('j') ?? hostName, cf.macros) : hostName;
  const own = [...ownNames(hostName), name];
  return {
    access: accessMap(options, directory, cf),
    aliases: options.aliases?.map(required) ?? aliasMaps(directory, cf),
    localHosts: classSetting('w', options.localHostNames, join(directory, 'local-host-names'), own, cf),
    relayDomains: classSetting('R', options.relayDomains, join(directory, 'relay-domains'), [], cf),
    hostName: name,
    features: (options.features ?? []).map((feature) => encodeText(feature, 'a feature') as Feature),
    maxAliasRecursion: options.maxAliasRecursion ?? recursionOf(cf),
    forwardPath: encodeText(options.forwardPath ?? (cf && optionValue(cf, 'ForwardPath')) ?? DEFAULT_FORWARD_PATH),
    macros: cf?.macros,
    defaultUser: (cf && optionValue(cf, 'DefaultUser')) ?? DEFAULT_USER,
    trustedUser: cf && optionValue(cf, 'TrustedUser'),
    dontBlame: wordsOf(cf, 'DontBlameSendmail'),
    queueFolder: queueFolderOf(cf),
    reading: cf === undefined ? {} : addressReading(cf),
    matchFullNames: cf !== undefined && isTrue(optionValue(cf, 'MatchGECOS')),
    trusted: classSetting('t', cf === undefined ? TRUSTED : undefined, '', [], cf),
    compressedAddresses: cf !== undefined && isTrue(optionValue(cf, 'UseCompressedIPv6Addresses')),
    privacy: privacyOf(cf),
    problems: cf?.problems ?? [],
  };
}

/** Of several queues (`/q/a*`), the folder that they are in. */
function queueFolderOf(cf: SendmailCf | undefined): ByteString {
  const named = (cf && optionValue(cf, 'QueueDirectory')) ?? DEFAULT_QUEUE;
  return named.replace(/\/[^/]*\*$/, '');
}

function requireFolder(directory: string): void {
  if (directory === '') throw new MapError('missing', "the directory '' has no name: name the one with the maps");
  let stats: Stats | undefined;
  try {
    stats = statSync(directory, { throwIfNoEntry: false });
  } catch (cause) {
    throw new MapError('unreadable', `cannot read ${directory}: ${systemText(cause)}`, { file: directory, cause });
  }
  if (stats?.isDirectory()) return;
  const what = stats === undefined ? 'does not exist' : 'is no folder';
  throw new MapError('missing', `${directory} ${what}: name the folder with the maps`, { file: directory });
}

function readCf(file: string, hostName: ByteString, keepHostName: boolean): SendmailCf {
  try {
    return parseSendmailCf(readCfFile(file), { file, hostName, ownNames: ownNames(hostName), keepHostName });
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const text = missing ? `${file} does not exist` : `cannot read ${file}: ${systemText(cause)}`;
    throw new MapError(missing ? 'missing' : 'unreadable', text, { file, cause });
  }
}

function accessMap(options: CheckedOptions, directory: string, cf: SendmailCf | undefined): MapSetting | undefined {
  if (options.access !== undefined) return options.access === false ? undefined : required(options.access);
  if (cf === undefined) return { name: join(directory, 'access'), optional: true };
  const line = mapNamed(cf, 'access');
  return line && { ...cfMap(line.mapClass, line.mapFile, line.optional, line), flags: line.flags };
}

function aliasMaps(directory: string, cf: SendmailCf | undefined): MapSetting[] {
  if (cf === undefined) {
    const own = join(directory, 'aliases');
    const system = isAbsent(own) && isAbsent(mapFileToRead(own)) && !isAbsent(mapFileToRead(SYSTEM_ALIASES));
    return [{ name: system ? SYSTEM_ALIASES : own, optional: true }];
  }
  const lines = cf.options.filter(({ name }) => name.toLowerCase() === 'aliasfile');
  return lines.flatMap((line) =>
    parseAliasFiles(expandMacros(line.value, cf.macros)).map(({ mapClass, file, optional }) =>
      cfMap(mapClass, file, optional, line),
    ),
  );
}

/** A map of a sendmail.cf, where a name may end in `.db` or `.cdb`: ours is beside that. */
function cfMap(mapClass: ByteString, file: ByteString, optional: boolean, { file: cf, line }: Place): MapSetting {
  if (!FILE_CLASSES.has(mapClass)) {
    const text = `${cf}: line ${line}: maps of class ${mapClass} are not supported: name a map with the options instead`;
    throw new MapError('badInput', text, {
      ...(cf !== undefined && { file: cf }),
      ...(line !== undefined && { line }),
    });
  }
  return { name: decodeText(file.replace(/\.c?db$/, '')), optional, isCdb: mapClass === 'cdb' };
}

function required(name: string): MapSetting {
  return { name, optional: false };
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
  return {
    words: [...own, ...words.map(({ word }) => word)],
    files: files.map(({ path, optional, format }) => ({ path: decodeText(path), optional, format })),
  };
}

/** In a file a blank or a line's end would part words; in a name it would be one that no host ever has. */
function hostWord(what: string, name: string): ByteString {
  const word = encodeText(name, what);
  if (!/[\x00-\x20\x7f]/.test(word)) return word;
  throw new MapError('badInput', `${what} holds a blank or control character: ${JSON.stringify(name)}`);
}

/** A number ends where its digits do; without any it is 0. */
function recursionOf(cf: SendmailCf | undefined): number {
  const value = cf && optionValue(cf, 'MaxAliasRecursion');
  return value === undefined ? DEFAULT_ALIAS_RECURSION : Number.parseInt(value, 10) || 0;
}

function privacyOf(cf: SendmailCf | undefined): PrivacyOption[] {
  const words = wordsOf(cf, 'PrivacyOptions').map(foldCase);
  return PRIVACY_OPTIONS.filter((option) => words.includes(option));
}

/** The words of an option that is a list; whatever is no letter or digit separates them. */
function wordsOf(cf: SendmailCf | undefined, option: string): string[] {
  return (cf ? optionValues(cf, option) : []).flatMap((value) => value.split(/[^a-z0-9]+/i));
}
