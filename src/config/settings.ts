/**
 * The options of `openMailMaps` -> where everything is. A folder has its files under their usual names; a sendmail.cf
 * says so itself (K, F, C, D and O lines); what an option names outright wins over both.
 *
 * A sendmail.cf does not tell which FEATUREs it was made with: those are always an option.
 */
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Feature } from '../access/features.ts';
import { DEFAULT_ALIAS_RECURSION } from '../alias/limits.ts';
import { encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { mapFile } from '../map/map-file.ts';
import { parseAliasFiles } from '../source/map-spec.ts';
import { isTrue, optionValue, optionValues, parseSendmailCf, type SendmailCf } from '../source/sendmail-cf.ts';
import { expandMacros } from '../source/sendmail-macros.ts';
import { type ClassSetting, ownNames } from './host-class.ts';
import type { MailMapsOptions } from './mailmaps.ts';

/** Everything that there is to open, and how to answer from it. Strings are byte strings, paths are text. */
export interface Settings {
  /** The access map's name; undefined: there is none. */
  readonly access: string | undefined;
  readonly aliases: readonly string[];
  readonly localHosts: ClassSetting;
  readonly relayDomains: ClassSetting;
  readonly hostName: string;
  readonly features: readonly Feature[];
  readonly maxAliasRecursion: number;
  readonly forwardPath: string;
  readonly defaultUser: string;
  readonly dontBlame: readonly string[];
  readonly compressedAddresses: boolean;
}

const DEFAULT_DIRECTORY = '/etc/mail';
const DEFAULT_FORWARD_PATH = '$z/.forward.$w:$z/.forward';
/** DefaultUser, when no sendmail.cf names one: sendmail's own. */
const DEFAULT_USER = 'mailnull';

/** @throws MapError `missing`, `unreadable` for a sendmail.cf that cannot be read */
export function resolveSettings(options: MailMapsOptions): Settings {
  const directory = options.directory ?? DEFAULT_DIRECTORY;
  const hostName = encodeText(options.hostName ?? hostname());
  const cf = options.cf === undefined ? undefined : readCf(options.cf, hostName);
  const name = cf === undefined ? hostName : expandMacros(cf.macros('j') ?? hostName, cf.macros);
  return {
    access: accessMap(options, directory, cf),
    aliases: options.aliases ?? aliasMaps(directory, cf),
    localHosts: classSetting('w', options.localHostNames, join(directory, 'local-host-names'), ownNames(name), cf),
    relayDomains: classSetting('R', options.relayDomains, join(directory, 'relay-domains'), [], cf),
    hostName: name,
    features: options.features ?? [],
    maxAliasRecursion: options.maxAliasRecursion ?? recursionOf(cf),
    forwardPath: encodeText(options.forwardPath ?? (cf && optionValue(cf, 'ForwardPath')) ?? DEFAULT_FORWARD_PATH),
    defaultUser: (cf && optionValue(cf, 'DefaultUser')) ?? DEFAULT_USER,
    dontBlame: (cf ? optionValues(cf, 'DontBlameSendmail') : []).flatMap((value) => value.split(/[\s,]+/)),
    compressedAddresses: cf !== undefined && isTrue(optionValue(cf, 'UseCompressedIPv6Addresses')),
  };
}

function readCf(file: string, hostName: string): SendmailCf {
  try {
    return parseSendmailCf(readFileSync(file, 'latin1'), { file, hostName });
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new MapError(missing ? 'missing' : 'unreadable', `cannot read ${file}`, { file, cause });
  }
}

function accessMap(options: MailMapsOptions, directory: string, cf: SendmailCf | undefined): string | undefined {
  if (options.access !== undefined) return options.access === false ? undefined : options.access;
  if (cf === undefined) return existingMap(join(directory, 'access'));
  const line = cf.maps.findLast(({ name }) => name === 'access');
  if (line === undefined) return undefined;
  const path = expandMacros(line.mapFile, cf.macros);
  return line.flags.optional ? existingMap(path) : path;
}

function aliasMaps(directory: string, cf: SendmailCf | undefined): string[] {
  if (cf === undefined) {
    const name = existingMap(join(directory, 'aliases')) ?? existingMap('/etc/aliases');
    return name === undefined ? [] : [name];
  }
  return optionValues(cf, 'AliasFile')
    .flatMap((value) => parseAliasFiles(expandMacros(value, cf.macros)))
    .flatMap(({ file, flags }) => (flags.optional ? (existingMap(file) ?? []) : file));
}

function existingMap(name: string): string | undefined {
  return existsSync(mapFile(name)) ? name : undefined;
}

function classSetting(
  className: 'w' | 'R',
  option: string | Iterable<string> | undefined,
  usualFile: string,
  own: readonly string[],
  cf: SendmailCf | undefined,
): ClassSetting {
  if (typeof option === 'string') {
    return { words: own, files: [{ path: option, optional: false, everyWord: false }] };
  }
  if (option !== undefined) return { words: [...own, ...Array.from(option, encodeText)], files: [] };
  if (cf === undefined) return { words: own, files: [{ path: usualFile, optional: true, everyWord: false }] };
  const lines = cf.classes.filter((line) => line.className === className);
  const files = cf.classFiles.filter((line) => line.className === className);
  return {
    words: [...own, ...lines.flatMap((line) => line.words)],
    files: files.map(({ path, optional, format }) => ({ path, optional, everyWord: format !== '%s' })),
  };
}

function recursionOf(cf: SendmailCf | undefined): number {
  const value = cf && optionValue(cf, 'MaxAliasRecursion');
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : DEFAULT_ALIAS_RECURSION;
}
