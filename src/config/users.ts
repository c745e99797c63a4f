/** The text of passwd(5), group(5) and shells(5), from files or from getent(1) -> the user database of alias expansion. */

import { ANY_SHELL, type Answer, type LocalUser, type UserDatabase } from '../alias/context.ts';
import { foldCase } from '../core/fold.ts';
import type { Reader } from '../core/list-file.ts';

const MAX_UID = 0xffff_fffe;
/** The result of getusershell(3) without /etc/shells. */
export const DEFAULT_SHELLS: readonly string[] = ['/bin/sh', '/bin/csh'];

/** Users in the order of the file. Fields after the numbers may be missing, as in glibc; other lines are ignored. */
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

/** The part before the first comma, semicolon or percent sign, with `&` replaced by the capitalised name. */
function fullNameOf(gecos: string, name: string): string {
  const own = gecos.replace(/^\*/, '').replace(/[,;%].*/s, '');
  return own.replaceAll('&', name.charAt(0).toUpperCase() + name.slice(1));
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** Groups by their number; the first line of a number counts. */
export function parseGroups(text: string): Map<number, Group> {
  const groups = new Map<number, Group>();
  for (const line of text.split('\n')) {
    const [name, , gid, members] = line.split(':');
    if (!name || !isNumber(gid) || groups.has(Number(gid))) continue;
    groups.set(Number(gid), { name, gid: Number(gid), members: members?.split(',').filter(Boolean) ?? [] });
  }
  return groups;
}

/** The group of a DefaultUser that is a number alone, as in sendmail. */
const DEFAULT_GROUP = 1;
/** sendmail's fallback users for a DefaultUser that does not exist, and the reader if none of them exists. */
const FALLBACK_USERS = ['mailnull', 'sendmail', 'daemon'];
const FALLBACK: Reader = { uid: 1, gid: DEFAULT_GROUP };

/**
 * The option DefaultUser (`mail:mail`, `8:12`, `mail`) -> the reader of lists that aliases name.
 *
 * @param gidOf the number of a group, by its name
 */
export function defaultUser(
  text: string,
  users: Pick<UserDatabase, 'byName' | 'byId'>,
  gidOf: (group: string) => Answer<number>,
): Reader | 'tempFail' {
  const [, user = '', groupText] = /^([^:/.]*)(?:[:/.](.*))?$/s.exec(text) ?? [];
  const own = /^\d/.test(user) ? numbered(Number.parseInt(user, 10), users) : named(user, users);
  const group = groupText === undefined ? undefined : groupNumber(groupText, gidOf);
  if (own === 'tempFail' || group === 'tempFail') return 'tempFail';
  const { uid, gid, name } = own ?? FALLBACK;
  return { uid, gid: group ?? gid, ...(name !== undefined && { name }) };
}

/** The id of a user, by number or by name, as in TrustedUser. */
export function uidOf(user: string, byName: (name: string) => LocalUser | undefined): number | undefined;
export function uidOf(user: string, byName: UserDatabase['byName']): Answer<number>;
export function uidOf(user: string, byName: UserDatabase['byName']): Answer<number> {
  if (!/^\d/.test(user)) {
    const found = byName(user);
    return found === 'tempFail' ? found : found?.uid;
  }
  const uid = Number.parseInt(user, 10);
  return uid <= MAX_UID ? uid : undefined;
}

function named(user: string, { byName }: Pick<UserDatabase, 'byName'>): Answer<LocalUser> {
  for (const name of [user, ...FALLBACK_USERS]) {
    const found = byName(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function numbered(uid: number, users: Pick<UserDatabase, 'byId'>): Reader | 'tempFail' {
  const found = users.byId(uid);
  if (found === 'tempFail') return found;
  return { uid, gid: DEFAULT_GROUP, ...(found !== undefined && { name: found.name }) };
}

function groupNumber(text: string, gidOf: (group: string) => Answer<number>): Answer<number> {
  return /^\d/.test(text) ? Number.parseInt(text, 10) : gidOf(text);
}

export function parseShells(text: string): string[] {
  return text.split('\n').flatMap((line) => /^[^#/]*(\/[^\s#]*)/.exec(line)?.[1] ?? []);
}

/** A user database without temporary failures. */
export interface UserTable extends UserDatabase {
  byName(name: string): LocalUser | undefined;
  byId(uid: number): LocalUser | undefined;
  byFullName(name: string): LocalUser | undefined;
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
): UserTable {
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
