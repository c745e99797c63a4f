/**
 * The system's users, groups and shells at one moment -> the user database of alias expansion.
 *
 * An entry of /etc/passwd and /etc/group counts if nsswitch.conf(5) names `files` first; other names are looked up in the name
 * service, unless nsswitch.conf names only `files`. A file of users that the caller names has all users.
 *
 * Errors: MapError `missing`, `unreadable` for a named file of users.
 */
import type { Answer, LocalUser, UserDatabase } from '../alias/context.ts';
import type { Reader } from '../core/list-file.ts';
import type { NameService } from './name-service.ts';
import { parseNsswitch } from './nsswitch.ts';
import { SYSTEM_USERS } from './options.ts';
import type { Sources } from './sources.ts';
import {
  DEFAULT_SHELLS,
  defaultUser,
  type Group,
  parseGroups,
  parsePasswd,
  parseShells,
  type UserTable,
  uidOf,
  userDatabase,
} from './users.ts';

const REMEDY = 'name the file of users';

export interface SystemUsers extends UserDatabase {
  /** The number of a group, by its name. */
  gidOf(group: string): Answer<number>;
  /** The members of a group by its number; none for an unknown group. */
  groupMembers(gid: number): readonly string[] | 'tempFail';
  /** DefaultUser, as sendmail.cf writes it: `mail:mail`, `8:12`, `mail`. */
  reader(text: string): Reader | 'tempFail';
  /** TrustedUser, as sendmail.cf writes it: `mail`, `8`. */
  trusted(text: string): Answer<number>;
}

/** A function that finds users, the path of a file with all users, or `'system'`. */
export type UsersSetting = string | ((name: string) => Answer<LocalUser>);

/** The files of the system's users. */
export interface SystemPaths {
  readonly passwd: string;
  readonly group: string;
  readonly shells: string;
  readonly nsswitch: string;
}

const SYSTEM: SystemPaths = {
  passwd: '/etc/passwd',
  group: '/etc/group',
  shells: '/etc/shells',
  nsswitch: '/etc/nsswitch.conf',
};

/**
 * @param isTrusted Class t: whether every shell is valid for a user.
 * @param paths for a system that keeps its users elsewhere
 */
export function systemUsers(
  setting: UsersSetting,
  sources: Sources,
  isTrusted: (name: string) => boolean,
  paths: Partial<SystemPaths> = {},
): SystemUsers {
  const system = { ...SYSTEM, ...paths };
  const named = typeof setting === 'string' && setting !== SYSTEM_USERS ? setting : undefined;
  const users = sources.text(named ?? system.passwd, parsePasswd, { optional: named === undefined, remedy: REMEDY });
  const groups = sources.text(system.group, parseGroups, { optional: true });
  const shells = sources.text(system.shells, parseShells, { optional: true });
  const turns = sources.text(system.nsswitch, parseNsswitch, { optional: true });
  const service = named === undefined ? sources.nameService : undefined;
  let known: UserTable | undefined;
  // Parsed when first needed: a large file takes a while, and most questions are about no user.
  const table = (): UserTable => {
    known ??= userDatabase(users, shells.length > 0 ? shells : DEFAULT_SHELLS, isTrusted);
    return known;
  };

  const inTurn = <T>(
    database: 'passwd' | 'group',
    own: T | undefined,
    ask: (service: NameService) => Answer<T>,
  ): Answer<T> => {
    const turn = turns(database);
    return service === undefined || turn === 'alone' || (turn === 'first' && own !== undefined) ? own : ask(service);
  };
  const userOf = (own: LocalUser | undefined, key: string | number): Answer<LocalUser> =>
    inTurn('passwd', own, (names) => firstOf(names.users(key)));
  const groupOf = (own: Group | undefined, key: string | number): Answer<Group> =>
    inTurn('group', own, (names) => names.group(key));

  const byName = (name: string): Answer<LocalUser> => userOf(table().byName(name), name);
  const byId = (uid: number): Answer<LocalUser> => userOf(table().byId(uid), uid);
  const gidOf = (name: string): Answer<number> => {
    const own = [...groups.values()].find((each) => each.name === name);
    const group = groupOf(own, name);
    return group === 'tempFail' ? group : group?.gid;
  };
  return {
    byName: typeof setting === 'function' ? setting : byName,
    byId,
    byFullName: (name) =>
      inTurn('passwd', table().byFullName(name), (names) => {
        const all = names.users();
        return all === 'tempFail' ? all : userDatabase(all).byFullName(name);
      }),
    hasValidShell: (user) => table().hasValidShell(user),
    gidOf,
    groupMembers(gid) {
      const group = groupOf(groups.get(gid), gid);
      return group === 'tempFail' ? group : (group?.members ?? []);
    },
    reader: (text) => defaultUser(text, { byName, byId }, gidOf),
    trusted: (text) => uidOf(text, byName),
  };
}

function firstOf<T>(found: readonly T[] | 'tempFail'): Answer<T> {
  return found === 'tempFail' ? found : found[0];
}
