/**
 * The system's users, groups and shells, followed as their files change -> what alias expansion asks of them.
 *
 * What /etc/passwd and /etc/group have counts where nsswitch.conf(5) names `files` first; what they do not have is asked of
 * the name service, unless `files` is all that is named. A file of users that the caller names has all users.
 */
import type { Answer, LocalUser, UserDatabase } from '../alias/world.ts';
import type { Reader } from '../core/list-file.ts';
import { FollowedText } from '../files/followed-text.ts';
import type { FollowEvents, Followed } from '../files/following.ts';
import { NameService, type NameServiceOptions } from './name-service.ts';
import { type FilesTurn, parseNsswitch } from './nsswitch.ts';
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

export interface SystemUsers extends UserDatabase, Followed {
  /** The members of a group by its number, none for a group that there is not. */
  groupMembers(gid: number): readonly string[] | 'tempFail';
  /** DefaultUser, as sendmail.cf writes it: `mail:mail`, `8:12`, `mail`. */
  reader(text: string): Reader | 'tempFail';
  /** TrustedUser, as sendmail.cf writes it: `mail`, `8`. */
  trusted(text: string): Answer<number>;
}

export interface SystemUsersOptions extends FollowEvents {
  /** A file that has all users; without it, the system's are asked for. */
  readonly passwd?: string;
  /** Answers by name in its place. */
  readonly byName?: (name: string) => Answer<LocalUser>;
  /** Class t: whether every shell is valid for a user. */
  readonly isTrusted?: (name: string) => boolean;
  /** Where the system keeps its users, for those who keep them elsewhere. */
  readonly system?: Partial<SystemPaths>;
}

export interface SystemPaths extends Pick<NameServiceOptions, 'program' | 'questionMs'> {
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

/** @throws MapError `missing`, `unreadable` for a file of users that was named */
export function openSystemUsers(options: SystemUsersOptions): SystemUsers {
  const { onReload, onProblem, isTrusted } = options;
  const system = { ...SYSTEM, ...options.system };
  const follow = <T>(path: string, parse: (text: string) => T, optional = true): FollowedText<T> =>
    new FollowedText(path, parse, { optional, remedy: 'name the file of users', onReload, onProblem });
  const passwd = follow(options.passwd ?? system.passwd, parsePasswd, options.passwd === undefined);
  const groups = follow(system.group, parseGroups);
  const shells = follow(system.shells, parseShells);
  const nsswitch = follow(system.nsswitch, parseNsswitch);
  const service = new NameService({ ...system, onProblem });
  const table = followedTable(passwd, shells, isTrusted);

  const inTurn = <T>(database: 'passwd' | 'group', own: T | undefined, ask: () => Answer<T>): Answer<T> => {
    const turn: FilesTurn = options.passwd === undefined ? nsswitch.value(database) : 'alone';
    return turn === 'alone' || (turn === 'first' && own !== undefined) ? own : ask();
  };
  const userOf = (own: LocalUser | undefined, key: string | number): Answer<LocalUser> =>
    inTurn('passwd', own, () => firstOf(service.users(key)));
  const groupOf = (own: Group | undefined, key: string | number): Answer<Group> =>
    inTurn('group', own, () => service.group(key));

  const byName = (name: string): Answer<LocalUser> => userOf(table().byName(name), name);
  const byId = (uid: number): Answer<LocalUser> => userOf(table().byId(uid), uid);
  const gidOf = (name: string): Answer<number> => {
    const group = groupOf(
      [...groups.value.values()].find((each) => each.name === name),
      name,
    );
    return group === 'tempFail' ? group : group?.gid;
  };
  return {
    byName: options.byName ?? byName,
    byId,
    byFullName: (name) =>
      inTurn('passwd', table().byFullName(name), () => {
        const all = service.users();
        return all === 'tempFail' ? all : userDatabase(all).byFullName(name);
      }),
    hasValidShell: (user) => table().hasValidShell(user),
    refresh() {
      for (const file of [passwd, groups, shells, nsswitch]) file.refresh();
      service.refresh();
    },
    groupMembers(gid) {
      const group = groupOf(groups.value.get(gid), gid);
      return group === 'tempFail' ? group : (group?.members ?? []);
    },
    reader: (text) => defaultUser(text, { byName, byId }, gidOf),
    trusted: (text) => uidOf(text, byName),
  };
}

/** The users and shells of two files, taken anew when one of them changes. */
function followedTable(
  passwd: FollowedText<readonly LocalUser[]>,
  shells: FollowedText<readonly string[]>,
  isTrusted: ((name: string) => boolean) | undefined,
): () => UserTable {
  let users: readonly LocalUser[] | undefined;
  let valid: readonly string[] = [];
  let table = userDatabase([]);
  return () => {
    if (users !== passwd.value || valid !== shells.value) {
      users = passwd.value;
      valid = shells.value;
      table = userDatabase(users, valid.length > 0 ? valid : DEFAULT_SHELLS, isTrusted);
    }
    return table;
  };
}

function firstOf<T>(found: readonly T[] | 'tempFail'): Answer<T> {
  return found === 'tempFail' ? found : found[0];
}
