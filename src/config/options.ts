/**
 * What a mail server says about its configuration when it opens it. Everything has a default: a folder with files under
 * their usual names. What an option names outright must be there, and wins over a sendmail.cf, which wins over the folder.
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

/** Where everything is and how to answer from it. Relative names are below the process's working folder. */
export interface MailMapsOptions {
  /** The directory, by name or as a `file:` URL; `/etc/mail`. */
  readonly directory?: string | URL;
  /** A sendmail.cf whose K, F, C, D and O lines say where everything is. It is followed like the files that it names. */
  readonly cf?: string;
  /**
   * The access map's name, a table in its place, or `false` for none; by default `access` in the directory, whenever it
   * exists.
   */
  readonly access?: string | Table | false;
  /**
   * Alias maps, by name or as tables, asked in order. By default `aliases` in the folder; if only `/etc/aliases` is there on opening, that.
   */
  readonly aliases?: readonly (string | Table)[];
  /** Class w: a file name, or the names. */
  readonly localHostNames?: string | Iterable<string>;
  /** Class R: a file name, or the names. */
  readonly relayDomains?: string | Iterable<string>;
  /** sendmail's FEATUREs. */
  readonly features?: readonly Feature[];
  /** `$j`; by default what the sendmail.cf says, else the machine's host name. */
  readonly hostName?: string;
  /**
   * Who is a user: `'system'`, the default, asks /etc/passwd and what else nsswitch.conf names (LDAP, SSSD,
   * systemd-homed), through `getent`; the name of a file like passwd(5) that has all of them; or a function. That is
   * asked by `expand` and the like, in lower case, and answers at once: the user, undefined for none, or `'tempFail'` when
   * it cannot tell, which fails for now. What it throws, they throw.
   */
  readonly users?: typeof SYSTEM_USERS | (string & {}) | ((name: string) => Answer<LocalUser>);
  /** MaxAliasRecursion; 10. */
  readonly maxAliasRecursion?: number;
  /** ForwardPath; `''` reads no .forward. */
  readonly forwardPath?: string;
  /**
   * When this process may not look whether a user has a .forward (homes are often 0700): `'tempFail'`, the default, fails
   * for now; `'passOver'` gives the mail to the user, and a step of the trace tells.
   */
  readonly unreadableForward?: (typeof UNREADABLE_FORWARD)[number];
  /** The folder of the restricted shell (smrsh), such as `/usr/lib/sm.bin`: other programs are marked refused. */
  readonly restrictedShell?: string | URL;
  /** How old an answer about "was the file replaced?" may be, in milliseconds; 250. 0 looks before every question. */
  readonly reloadCheckMs?: number;
  /**
   * The files, as texts by name: nothing on disk is read. Names start in the directory (`access`, `aliases`,
   * `relay-domains`, `lists/staff`) unless they are absolute (`/etc/passwd`, `/home/alice/.forward`). A map is its text.
   */
  readonly texts?: Readonly<Record<string, string>>;
}

/** The options with names of directories. */
export type CheckedOptions = Omit<MailMapsOptions, 'directory' | 'restrictedShell'> & {
  readonly directory?: string;
  readonly restrictedShell?: string;
};

/** As `users`: those that the system has. */
export const SYSTEM_USERS = 'system';
export const UNREADABLE_FORWARD = ['tempFail', 'passOver'] as const;

const TEXT_RECORD: Kind = {
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
 * What `openMailMaps` is given -> its options, each of its kind.
 *
 * @throws TypeError for an option that there is not, or that is something else than it must be
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

/** A file's name, or names that can be read again. */
function named(names: string | Iterable<string>): string | readonly string[] {
  return typeof names === 'string' ? names : [...names];
}

/** Also what a class or a prototype gives. */
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
