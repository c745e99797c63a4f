/**
 * The text of passwd(5), group(5) and shells(5) -> what alias expansion asks of the user database.
 */

import type { LocalUser, UserDatabase } from '../alias/world.ts';
import { foldCase } from '../core/fold.ts';

/** What getusershell(3) gives when there is no /etc/shells. */
export const DEFAULT_SHELLS: readonly string[] = ['/bin/sh', '/bin/csh'];

/** In /etc/shells: every shell is valid (sendmail's own convention). */
const ANY_SHELL = '/SENDMAIL/ANY/SHELL/';

/** Users in the order of the file; lines that are none are passed over. */
export function parsePasswd(text: string): LocalUser[] {
  const users: LocalUser[] = [];
  for (const line of text.split('\n')) {
    const [name, , uid, gid, gecos, home, shell] = line.split(':');
    if (!name || home === undefined || !isNumber(uid) || !isNumber(gid)) continue;
    const fullName = fullNameOf(gecos ?? '', name);
    users.push({
      name,
      uid: Number(uid),
      gid: Number(gid),
      home,
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

/** The members of each group by its number. */
export function parseGroups(text: string): Map<number, readonly string[]> {
  const groups = new Map<number, readonly string[]>();
  for (const line of text.split('\n')) {
    const [name, , gid, members] = line.split(':');
    if (!name || !isNumber(gid) || groups.has(Number(gid))) continue;
    groups.set(Number(gid), members?.split(',').filter(Boolean) ?? []);
  }
  return groups;
}

export function parseShells(text: string): string[] {
  return text.split('\n').flatMap((line) => /^[^#/]*(\/[^\s#]*)/.exec(line)?.[1] ?? []);
}

/**
 * A user database over parsed files.
 *
 * @param trusted Class t: users for whom every shell is valid.
 */
export function userDatabase(
  users: readonly LocalUser[],
  shells: readonly string[] = DEFAULT_SHELLS,
  trusted: readonly string[] = [],
): UserDatabase {
  const byName = new Map(users.toReversed().map((user) => [user.name, user]));
  const byId = new Map(users.toReversed().map((user) => [user.uid, user]));
  const valid = new Set(shells);
  const trustedNames = new Set(trusted.map(foldCase));
  return {
    byName: (name) => byName.get(name),
    byId: (uid) => byId.get(uid),
    hasValidShell: ({ name, shell }) =>
      !shell || valid.has(shell) || valid.has(ANY_SHELL) || trustedNames.has(foldCase(name)),
  };
}
