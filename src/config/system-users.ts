/**
 * The system's users, groups and shells, followed as their files change -> what alias expansion asks of them.
 */
import type { LocalUser, UserDatabase } from '../alias/world.ts';
import type { Reader } from '../core/list-file.ts';
import { FollowedText } from '../files/followed-text.ts';
import type { FollowEvents, Followed } from '../files/following.ts';
import { DEFAULT_SHELLS, defaultUser, parseGroups, parsePasswd, parseShells, uidOf, userDatabase } from './users.ts';

const PASSWD = '/etc/passwd';
const GROUP = '/etc/group';
const SHELLS = '/etc/shells';

export interface SystemUsers extends UserDatabase, Followed {
  groupMembers(gid: number): readonly string[];
  /** DefaultUser, as sendmail.cf writes it: `mail:mail`, `8:12`, `mail`. */
  reader(text: string): Reader;
  /** TrustedUser, as sendmail.cf writes it: `mail`, `8`. */
  trusted(text: string): number | undefined;
}

export interface SystemUsersOptions extends FollowEvents {
  /** The file of users; /etc/passwd. */
  readonly passwd?: string;
  /** Answers instead of the file of users, by name. */
  readonly byName?: (name: string) => LocalUser | undefined;
  /** Class t: whether every shell is valid for a user. */
  readonly isTrusted: (name: string) => boolean;
}

/** @throws MapError `missing`, `unreadable` for a file of users that was named */
export function openSystemUsers(options: SystemUsersOptions): SystemUsers {
  const { onReload, onProblem } = options;
  const follow = <T>(path: string, parse: (text: string) => T, optional = true): FollowedText<T> =>
    new FollowedText(path, parse, { optional, remedy: 'name the file of users', onReload, onProblem });
  const passwd = follow(options.passwd ?? PASSWD, parsePasswd, options.passwd === undefined);
  const groups = follow(GROUP, parseGroups);
  const shells = follow(SHELLS, parseShells);
  let database = userDatabase([]);
  let users: readonly LocalUser[] = [];
  let valid: readonly string[] = [];
  const current = (): UserDatabase => {
    if (users === passwd.value && valid === shells.value) return database;
    users = passwd.value;
    valid = shells.value;
    database = userDatabase(users, valid.length > 0 ? valid : DEFAULT_SHELLS, options.isTrusted);
    return database;
  };
  return {
    byName: options.byName ?? ((name) => current().byName(name)),
    byId: (uid) => current().byId(uid),
    byFullName: (name) => current().byFullName?.(name),
    hasValidShell: (user) => current().hasValidShell(user),
    refresh() {
      for (const file of [passwd, groups, shells]) file.refresh();
    },
    groupMembers: (gid) => groups.value.get(gid)?.members ?? [],
    reader: (text) => defaultUser(text, current(), groups.value),
    trusted: (text) => uidOf(text, current()),
  };
}
