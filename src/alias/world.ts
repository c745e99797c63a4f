/**
 * Everything that expansion asks of the world, as functions: it opens no file and knows no database itself.
 */

import type { AddressRules } from '../address/canonify.ts';
import type { FileReader, Reader } from '../core/list-file.ts';
import type { Lookup } from '../core/lookup.ts';
import type { Macros } from '../source/cf/macros.ts';
import type { RestrictedShell } from './restricted-shell.ts';

/** A user of the system. */
export interface LocalUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** Absent or empty: programs of every kind may be run for the user. */
  readonly shell?: string;
  readonly fullName?: string;
}

/** What is found, undefined for nothing; `tempFail`: it cannot be told for now. */
export type Answer<T> = T | undefined | 'tempFail';

/** The user database, asked with names folded to lower case. */
export interface UserDatabase {
  byName(name: string): Answer<LocalUser>;
  byId(uid: number): Answer<LocalUser>;
  /** The first user whose full name, which has a blank in it, is this one in any case. */
  byFullName?(name: string): Answer<LocalUser>;
  /** Whether /etc/shells has the user's shell, so that programs and files may be named for the user. */
  hasValidShell(user: LocalUser): boolean;
}

/** As a line of /etc/shells it makes every shell valid; as a user's shell it is valid only then. */
export const ANY_SHELL = '/SENDMAIL/ANY/SHELL/';

export interface AliasWorld {
  /** The alias maps, asked in order. */
  readonly aliases: readonly Lookup[];
  readonly files: FileReader;
  readonly users: UserDatabase;
  /** Class w, $j and the features that decide how an address is read. */
  readonly rules: AddressRules;
  readonly options: AliasOptions;
}

export interface AliasOptions {
  /** MaxAliasRecursion. */
  readonly maxAliasRecursion: number;
  /** ForwardPath: $z is the user's home, $u the user, $h the detail; '' reads no .forward. */
  readonly forwardPath: string;
  /** Other macros in ForwardPath; $j, $w and $m are known without. */
  readonly macros?: Macros;
  /** DefaultUser: reads the lists that alias maps name. Asked for where an alias is found. */
  readonly defaultUser: Reader | 'tempFail';
  /**
   * What becomes of mail for a user whose home or .forward this process may not look into: a temporary failure, or with
   * `passOver` the user gets it, and a step of the trace tells.
   */
  readonly unreadableForward?: 'tempFail' | 'passOver';
  /** MatchGECOS: a name that is no user's may be a full name. */
  readonly matchFullNames?: boolean;
  /** FEATURE(preserve_local_plus_detail). */
  readonly preserveLocalPlusDetail?: boolean;
  /** What the folder of the restricted shell holds; absent: programs are not judged. */
  readonly restrictedShell?: RestrictedShell;
}
