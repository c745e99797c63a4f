/** passwd, group and shells, as glibc and sendmail read them. */
import { describe, expect, it } from 'vitest';
import { defaultUser, parsePasswd, parseShells, userDatabase } from '../../src/config/users.ts';

describe('a line of passwd', () => {
  const alice = { name: 'alice', uid: 1, gid: 2, home: '/h', shell: '/bin/sh' };
  it.each([
    ['alice:x:1:2:Alice Anders,,,:/h:/bin/sh', [{ ...alice, fullName: 'Alice Anders' }]],
    ['alice:x:1:2:& Anders:/h:/bin/sh', [{ ...alice, fullName: 'Alice Anders' }]],
    ['alice:x:1:2::/h:', [{ ...alice, shell: '' }]],
    ['alice:x:1:2', [{ name: 'alice', uid: 1, gid: 2, home: '' }]],
    ['alice:x:1', []],
    ['alice:x:one:2::/h:', []],
    [':x:1:2::/h:', []],
    ['+::::::', []],
  ])('%s', (line, users) => {
    expect(parsePasswd(`${line}\n`)).toEqual(users);
  });
});

describe('DefaultUser', () => {
  const users = userDatabase(parsePasswd('mail:x:8:9::/:\nmailnull:x:47:48::/:\n'));
  const gidOf = (group: string): number | undefined => (group === 'staff' ? 50 : undefined);
  it.each([
    ['mail', { uid: 8, gid: 9, name: 'mail' }],
    ['mail:staff', { uid: 8, gid: 50, name: 'mail' }],
    ['mail.12', { uid: 8, gid: 12, name: 'mail' }],
    ['mail/12', { uid: 8, gid: 12, name: 'mail' }],
    ['8:12', { uid: 8, gid: 12, name: 'mail' }],
    ['99', { uid: 99, gid: 1 }],
    ['nosuch', { uid: 47, gid: 48, name: 'mailnull' }],
  ])('%s', (text, reader) => {
    expect(defaultUser(text, users, gidOf)).toEqual(reader);
  });
  it('is user and group 1 where there is none of the usual ones', () => {
    expect(defaultUser('nosuch', userDatabase([]), () => undefined)).toEqual({ uid: 1, gid: 1 });
  });
});

describe('a shell is valid', () => {
  const database = (shells: string): ReturnType<typeof userDatabase> =>
    userDatabase([], parseShells(shells), (name) => name === 'root');
  it.each([
    ['listed', '/bin/sh # c\n', 'alice', '/bin/sh', true],
    ['not listed', '/bin/sh\n', 'alice', '/bin/no', false],
    ['none at all', '/bin/sh\n', 'alice', '', true],
    ['of somebody in class t', '/bin/sh\n', 'root', '/bin/no', true],
    ['every one', '/SENDMAIL/ANY/SHELL/\n', 'alice', '/bin/no', true],
  ])('%s', (_, shells, name, shell, valid) => {
    expect(database(shells).hasValidShell({ name, uid: 1, gid: 1, home: '/', shell })).toBe(valid);
  });
});
