/**
 * The text of passwd(5), group(5) and shells(5) -> what alias expansion asks of the user database.
 */

import { ANY_SHELL, type LocalUser, type UserDatabase } from '../alias/world.ts';
import { foldCase } from '../core/fold.ts';
import type { Reader } from '../core/list-file.ts';

const MAX_UID = 0xffff_fffe;
/** What getusershell(3) gives when there is no /etc/shells. */
export const DEFAULT_SHELLS: readonly string[] = ['/bin/sh', '/bin/csh'];

/** Users in the order of the file; what follows the numbers may be missing, as in glibc; other lines are passed over. */
export function parsePasswd(text: string): LocalUser[] {
  const users: LocalUser[] = [];
  for (const line of text.split('\n')) {
    const [name, , uid, gid, gecos, home, shell] = line.split(':');
    if (!name || !isNumber(uid) || !isNumber(gid)) continue;
    const fullName = fullNameOf(gecos ?? '', name);
    users.push({
      name,
      uid: Number(uid),
      gid: Number(gid),
      home: home ?? '',
      ...(shell !== undefined && { shell }),
      ...(fullName !== '' && { fullName }),
    });
  }
  return users;
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^[0-9]+$/.test(text);
}

/** The part before the first comma, semicolon or percent sign; `&` stands for the capitalised name. */
function fullNameOf(gecos: string, name: string): string {
  const own = gecos.replace(/^\*/, '').replace(/[,;%].*/s, '');
  return own.replaceAll('&', name.charAt(0).toUpperCase() + name.slice(1));
}

export interface Group {
  readonly name: string;
  readonly members: readonly string[];
}

/** Groups by their number; the first line of a number counts. */
export function parseGroups(text: string): Map<number, Group> {
  const groups = new Map<number, Group>();
  for (const line of text.split('\n')) {
    const [name, , gid, members] = line.split(':');
    if (!name || !isNumber(gid) || groups.has(Number(gid))) continue;
    groups.set(Number(gid), { name, members: members?.split(',').filter(Boolean) ?? [] });
  }
  return groups;
}

/** The group of a DefaultUser that is given by number alone: sendmail's own. */
const DEFAULT_GROUP = 1;
/** Whom sendmail falls back to when DefaultUser does not exist, and what when none of those does. */
const FALLBACK_USERS = ['mailnull', 'sendmail', 'daemon'];
const FALLBACK: Reader = { uid: 1, gid: DEFAULT_GROUP };

/** The option DefaultUser (`mail:mail`, `8:12`, `mail`) -> as whom the lists that aliases name are read. */
export function defaultUser(text: string, users: UserDatabase, groups: ReadonlyMap<number, Group>): Reader {
  const [, user = '', groupText] = /^([^:/.]*)(?:[:/.](.*))?$/s.exec(text) ?? [];
  const named = [user, ...FALLBACK_USERS].map((name) => users.byName(name)).find((found) => found !== undefined);
  const own = /^\d/.test(user) ? numbered(Number.parseInt(user, 10), users) : named;
  const group = groupText === undefined ? undefined : groupNumber(groupText, groups);
  const { uid, gid, name } = own ?? FALLBACK;
  return { uid, gid: group ?? gid, ...(name !== undefined && { name }) };
}

/** A user's id, by the number itself or by name, as TrustedUser gives it. */
export function uidOf(user: string, { byName }: Pick<UserDatabase, 'byName'>): number | undefined {
  if (!/^\d/.test(user)) return byName(user)?.uid;
  const uid = Number.parseInt(user, 10);
  return uid <= MAX_UID ? uid : undefined;
}

function numbered(uid: number, users: UserDatabase): Reader {
  const name = users.byId(uid)?.name;
  return { uid, gid: DEFAULT_GROUP, ...(name !== undefined && { name }) };
}

function groupNumber(text: string, groups: ReadonlyMap<number, Group>): number | undefined {
  if (/^\d/.test(text)) return Number.parseInt(text, 10);
  for (const [gid, { name }] of groups) if (name === text) return gid;
  return undefined;
}

export function parseShells(text: string): string[] {
  return text.split('\n').flatMap((line) => /^[^#/]*(\/[^\s#]*)/.exec(line)?.[1] ?? []);
}

/**
 * A user database over parsed files.
 *
 * @param isTrusted Class t: whether every shell is valid for a user.
 */
export function userDatabase(
  users: readonly LocalUser[],
  shells: readonly string[] = DEFAULT_SHELLS,
  isTrusted: (name: string) => boolean = () => false,
): UserDatabase {
  const byName = new Map(users.toReversed().map((user) => [user.name, user]));
  const byId = new Map(users.toReversed().map((user) => [user.uid, user]));
  let byFullName: ReadonlyMap<string, LocalUser> | undefined;
  const valid = new Set(shells);
  return {
    byName: (name) => byName.get(name),
    byId: (uid) => byId.get(uid),
    byFullName: (name) => {
      byFullName ??= usersByFullName(users);
      return byFullName.get(foldCase(name));
    },
    hasValidShell: ({ name, shell }) => !shell || valid.has(shell) || valid.has(ANY_SHELL) || isTrusted(name),
  };
}

function usersByFullName(users: readonly LocalUser[]): ReadonlyMap<string, LocalUser> {
  const named = users.flatMap((user) =>
    user.fullName?.includes(' ') ? [[foldCase(user.fullName), user] as const] : [],
  );
  return new Map(named.toReversed());
}
