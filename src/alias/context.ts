/** The context of an expansion, as functions. Expansion itself opens no file and knows no database. */

import type { AddressRules } from '../address/canonify.ts';
import type { FileReader, Reader } from '../core/list-file.ts';
import type { Lookup } from '../core/lookup.ts';
import type { MacroText } from '../source/cf/macros.ts';
import type { RestrictedShell } from './restricted-shell.ts';

/** A user of the system. */
export interface LocalUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** Absent or empty: every program may run for the user. */
  readonly shell?: string;
  readonly fullName?: string;
}

/** The answer; undefined: not found; `tempFail`: cannot tell now. */
export type Answer<T> = T | undefined | 'tempFail';

/** The user database; names are passed in lower case. */
export interface UserDatabase {
  byName(name: string): Answer<LocalUser>;
  byId(uid: number): Answer<LocalUser>;
  /** The first user with this full name, which contains a blank, in any case. */
  byFullName?(name: string): Answer<LocalUser>;
  /** Whether /etc/shells has the user's shell: only then may programs and files be named for the user. */
  hasValidShell(user: LocalUser): boolean;
}

/** As a line of /etc/shells it makes every shell valid; as a user's shell it is valid only then. */
export const ANY_SHELL = '/SENDMAIL/ANY/SHELL/';

export interface AliasContext {
  /** The alias maps, in lookup order. */
  readonly aliases: readonly Lookup[];
  readonly files: FileReader;
  readonly users: UserDatabase;
  /** UserDatabaseSpec: addresses for local names that are not aliases. The first database that has the name answers. */
  readonly userDatabases?: readonly Lookup[];
  /** Class w, $j and the features that decide how an address is read. */
  readonly rules: AddressRules;
  readonly options: AliasOptions;
}

export interface AliasOptions {
  /** MaxAliasRecursion. */
  readonly maxAliasRecursion: number;
  /** ForwardPath: $z is the user's home, $u the user, $h the detail; '' reads no .forward. */
  readonly forwardPath: string;
  /** Other macros in ForwardPath; $j, $w and $m are always known. */
  readonly macros?: MacroText;
  /** DefaultUser: reads the lists that alias maps name. Read only when an alias is found. */
  readonly defaultUser: Reader | 'tempFail';
  /**
   * Handling of a home or .forward that this process may not look into: `tempFail` fails for now, the default; with `passOver`
   * the user gets the mail, and a step of the trace says so.
   */
  readonly unreadableForward?: 'tempFail' | 'passOver';
  /** MatchGECOS: a name without a user may be a full name. */
  readonly matchFullNames?: boolean;
  /** FEATURE(preserve_local_plus_detail). */
  readonly preserveLocalPlusDetail?: boolean;
  /** The directory of the restricted shell; absent: programs are not checked. */
  readonly restrictedShell?: RestrictedShell;
}
