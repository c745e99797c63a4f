/**
 * The options of `openMailMaps`. Everything has a default: a directory with files under their usual names. A file that an
 * option names must exist. An option overrides the sendmail.cf, which overrides the directory.
 */
import { fileURLToPath } from 'node:url';
import type { Feature } from '../access/features.ts';
import type { Answer, LocalUser } from '../alias/context.ts';
import {
  checkOptions,
  DIRECTORY,
  either,
  FUNCTION,
  ITERABLE,
  type Kind,
  type Kinds,
  NUMBER,
  oneOf,
  RECORD,
  TEXT,
  TEXTS,
} from '../core/arguments.ts';
import type { Table } from '../core/lookup.ts';

/** The files of a configuration, and how to answer from them. Relative paths start in the working directory of the process. */
export interface MailMapsOptions {
  /** The directory, by name or as a `file:` URL; `/etc/mail`. */
  readonly directory?: string | URL;
  /** A sendmail.cf whose K, F, C, D and O lines name all files. It is followed like the files that it names. */
  readonly cf?: string;
  /**
   * The access map: its name, a table instead, or `false` for none. Default: `access` in the directory, if it exists, also
   * later.
   */
  readonly access?: string | Table | false;
  /**
   * Alias maps, by name or as tables, in lookup order. By default `aliases` in the directory; if only `/etc/aliases` exists on
   * opening, that.
   */
  readonly aliases?: readonly (string | Table)[];
  /** Class w: a file name, or the names. */
  readonly localHostNames?: string | Iterable<string>;
  /** Class R: a file name, or the names. */
  readonly relayDomains?: string | Iterable<string>;
  /** sendmail's FEATUREs. */
  readonly features?: readonly Feature[];
  /**
   * The rules that decide: `'file'`, the rulesets of the sendmail.cf; `'built-in'`, ours, with the features recognised in it.
   * Default: those of the file if it has rules, and `features`, `access`, `localHostNames` and `relayDomains` are not set.
   */
  readonly rules?: (typeof RULES)[number];
  /** `$j`; default: that of the sendmail.cf, else the machine's host name. */
  readonly hostName?: string;
  /**
   * The users: `'system'`, the default, reads /etc/passwd and asks the other services of nsswitch.conf (LDAP, SSSD,
   * systemd-homed) through `getent`; the name of a file like passwd(5) with all of them; or a function. The function gets a
   * name in lower case, and returns at once: the user, undefined for none, or `'tempFail'` if it cannot tell, which is a
   * temporary failure. Its errors are passed on.
   */
  readonly users?: typeof SYSTEM_USERS | (string & {}) | ((name: string) => Answer<LocalUser>);
  /** MaxAliasRecursion; 10. */
  readonly maxAliasRecursion?: number;
  /** ForwardPath; `''` reads no .forward. */
  readonly forwardPath?: string;
  /**
   * If this process may not read a user's home (homes are often 0700), a .forward may exist there. `'tempFail'`, the default,
   * fails for now; `'passOver'` gives the mail to the user, and a step of the trace reports it.
   */
  readonly unreadableForward?: (typeof UNREADABLE_FORWARD)[number];
  /** The directory of the restricted shell (smrsh), such as `/usr/lib/sm.bin`: other programs are marked refused. */
  readonly restrictedShell?: string | URL;
  /** How old an answer about "was the file replaced?" may be, in milliseconds; 250. 0 checks before every question. */
  readonly reloadCheckMs?: number;
  /**
   * The files as texts by name, instead of files on disk. Names start in the directory (`access`, `aliases`, `relay-domains`,
   * `lists/staff`) unless they are absolute (`/etc/passwd`, `/home/alice/.forward`). A map is given by its source text.
   */
  readonly texts?: Readonly<Record<string, string>>;
}

/** The options with names of directories. */
export type CheckedOptions = Omit<MailMapsOptions, 'directory' | 'restrictedShell'> & {
  readonly directory?: string;
  readonly restrictedShell?: string;
};

/** A value of `users`: the users of the system. */
export const SYSTEM_USERS = 'system';
/** Values of `rules`. */
export const RULES = ['file', 'built-in'] as const;
export const UNREADABLE_FORWARD = ['tempFail', 'passOver'] as const;

export const TEXT_RECORD: Kind = {
  words: 'an object of strings',
  holds: (value) => RECORD.holds(value) && Object.values(value as object).every(TEXT.holds),
};
const MAPS: Kind = {
  words: 'an array of strings or functions',
  holds: (value) => Array.isArray(value) && value.every((map) => TEXT.holds(map) || FUNCTION.holds(map)),
};
const NO_MAP: Kind = { words: 'false', holds: (value) => value === false };

export const MAIL_MAPS_OPTIONS: Kinds<MailMapsOptions> = {
  directory: DIRECTORY,
  cf: TEXT,
  access: either(either(TEXT, FUNCTION), NO_MAP),
  aliases: MAPS,
  localHostNames: either(TEXT, ITERABLE),
  relayDomains: either(TEXT, ITERABLE),
  features: TEXTS,
  rules: oneOf(...RULES),
  hostName: TEXT,
  users: either(TEXT, FUNCTION),
  maxAliasRecursion: NUMBER,
  forwardPath: TEXT,
  unreadableForward: oneOf(...UNREADABLE_FORWARD),
  restrictedShell: DIRECTORY,
  reloadCheckMs: NUMBER,
  texts: TEXT_RECORD,
};

/**
 * The argument of `openMailMaps` -> checked options.
 *
 * @throws TypeError for an unknown option, or one of the wrong type
 */
export function checkedOptions(given: string | URL | MailMapsOptions): CheckedOptions {
  const options = typeof given === 'string' || given instanceof URL ? { directory: given } : given;
  checkOptions(options, MAIL_MAPS_OPTIONS);
  const { directory, restrictedShell, localHostNames, relayDomains, ...others } = ownAndInherited(options);
  return {
    ...others,
    ...(localHostNames !== undefined && { localHostNames: named(localHostNames) }),
    ...(relayDomains !== undefined && { relayDomains: named(relayDomains) }),
    ...(directory !== undefined && { directory: pathOf('directory', directory) }),
    ...(restrictedShell !== undefined && { restrictedShell: pathOf('restrictedShell', restrictedShell) }),
  };
}

/** The name of a file, or an array of names. An iterable is read once. */
function named(names: string | Iterable<string>): string | readonly string[] {
  return typeof names === 'string' ? names : [...names];
}

/** Includes inherited options: those of a class or a prototype. */
function ownAndInherited(options: MailMapsOptions): MailMapsOptions {
  const given = Object.keys(MAIL_MAPS_OPTIONS) as (keyof MailMapsOptions)[];
  return Object.fromEntries(given.map((name) => [name, options[name]]).filter(([, value]) => value !== undefined));
}

function pathOf(name: string, directory: string | URL): string {
  if (typeof directory === 'string') return directory;
  try {
    return fileURLToPath(directory);
  } catch (cause) {
    throw new TypeError(`${name} is no file: URL of this host: ${directory}`, { cause });
  }
}
