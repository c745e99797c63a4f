/**
 * Users and groups of the system: our own getent replaces the name service, and our own files those in /etc. A file counts the
 * questions to getent.
 *
 * @module-tag slow
 */
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { DiskSources } from '../../src/config/disk-sources.ts';
import { openMailMaps } from '../../src/config/mailmaps.ts';
import { parseNsswitch } from '../../src/config/nsswitch.ts';
import { type SystemUsers, systemUsers } from '../../src/config/system-users.ts';
import type { MapError } from '../../src/core/errors.ts';
import { playedWithin } from '../played-within.ts';

describe('nsswitch.conf', () => {
  it.each([
    ['passwd: files systemd', 'first'],
    ['passwd:files', 'alone'],
    ['passwd: files [NOTFOUND=return]', 'alone'],
    ['passwd: files [NOTFOUND=return] ldap', 'first'],
    ['passwd: files [SUCCESS=merge] sss', 'later'],
    ['passwd: files [!NOTFOUND=continue] sss', 'later'],
    ['passwd: sss files', 'later'],
    ['passwd: compat', 'later'],
    ['  passwd:\tfiles altfiles # Fedora', 'first'],
    ['# passwd: sss', 'alone'],
    ['passwd: ', 'alone'],
    ['group: sss', 'alone'],
    ['', 'alone'],
  ])('%s', (text, turn) => {
    expect(parseNsswitch(`${text}\n`)('passwd')).toBe(turn);
  });
});

const directory = mkdtempSync(join(tmpdir(), 'mailmaps-users.'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = (name: string): string => join(directory, name);

const GETENT = `#!/bin/sh
echo "$*" >> ${file('asked')}
case "$*" in
  'passwd ldapuser'|'passwd 20001') echo 'ldapuser:x:20001:20001:Lda Puser:/srv:/bin/sh' ;;
  'passwd 777') echo 'somebody:x:777:777::/srv:/bin/sh' ;;
  'passwd silent') sleep 20 ;;
  'passwd broken') exit 1 ;;
  'passwd killed') kill -TERM $$ ;;
  passwd) echo 'ldapuser:x:20001:20001:Lda Puser:/srv:/bin/sh' ;;
  'group 30001') echo 'staff:x:30001:ann,ben' ;;
  'group staff') echo 'staff:x:30001:ann,ben' ;;
  *) exit 2 ;;
esac
`;

const problems: string[] = [];
function open(nsswitch: string, questionMs = 60_000): SystemUsers & { refresh(): void } {
  writeFileSync(file('nsswitch'), nsswitch);
  const events = { onReload: () => undefined, onProblem: ({ message }: MapError) => void problems.push(message) };
  const sources = new DiskSources(events, { program: file('getent'), questionMs });
  const paths = { passwd: file('passwd'), group: file('group'), nsswitch: file('nsswitch') };
  const users = systemUsers('system', sources, () => false, paths);
  return { ...users, refresh: () => void sources.takeChanges() };
}
const asked = (): string[] => readFileSync(file('asked'), 'latin1').split('\n').slice(0, -1);

beforeEach(() => {
  problems.length = 0;
  writeFileSync(file('asked'), '');
  writeFileSync(file('passwd'), 'alice:x:1000:1000::/home/alice:/bin/sh\n');
  writeFileSync(file('group'), 'mail:x:8:alice\n');
  writeFileSync(file('getent'), GETENT);
  chmodSync(file('getent'), 0o755);
});

const FILES_FIRST = 'passwd: files sss\ngroup: files sss\n';

describe('a user', () => {
  it.each([
    ['of the file, without a question', FILES_FIRST, 'alice', 1000, []],
    ['whom only the name service knows', FILES_FIRST, 'ldapuser', 20001, ['passwd ldapuser']],
    ['whom nobody knows', FILES_FIRST, 'nobody-here', undefined, ['passwd nobody-here']],
    ['whom other services are asked for first', 'passwd: sss files\n', 'ldapuser', 20001, ['passwd ldapuser']],
    ['whom only the files may know', 'passwd: files\n', 'ldapuser', undefined, []],
    ['that would be an option', FILES_FIRST, '--service', undefined, []],
    ['that would be a line of its own', FILES_FIRST, 'a\nb', undefined, []],
    ['of digits, which getent takes for a number', FILES_FIRST, '777', undefined, ['passwd 777']],
  ])('%s', (_, nsswitch, name, uid, questions) => {
    const user = open(nsswitch).byName(name);
    expect(user === undefined ? user : typeof user === 'string' ? user : user.uid).toBe(uid);
    expect(asked()).toEqual(questions);
    expect(problems).toEqual([]);
  });

  it.each([
    ['no answer in time', 'silent', 200, /no answer within 200 ms/],
    ['another exit status', 'broken', 60_000, /exit status 1/],
    ['a signal', 'killed', 60_000, /ended by SIGTERM/],
  ])('cannot be reported: %s', (_, name, questionMs, problem) => {
    const users = open(FILES_FIRST, questionMs);
    expect(users.byName(name)).toBe('tempFail');
    expect(users.byName('alice')).toMatchObject({ uid: 1000 });
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  it('cannot be reported without the program, and the problem names it', () => {
    rmSync(file('getent'));
    expect(open(FILES_FIRST).byName('ldapuser')).toBe('tempFail');
    expect(problems).toEqual([expect.stringContaining(`${file('getent')}: No such file or directory`)]);
  });

  it('is asked for once until files are looked at again', () => {
    const users = open(FILES_FIRST);
    for (let i = 0; i < 3; i++) users.byName('ldapuser');
    for (let i = 0; i < 3; i++) users.byName('unknown');
    expect(asked()).toEqual(['passwd ldapuser', 'passwd unknown']);
    users.refresh();
    users.byName('unknown');
    expect(asked()).toHaveLength(3);
  });

  it('is not asked for while the service is silent', () =>
    playedWithin(2000, () => {
      writeFileSync(file('asked'), '');
      const users = open(FILES_FIRST, 1000);
      expect(users.byName('silent')).toBe('tempFail');
      users.refresh();
      expect(users.byName('ldapuser')).toBe('tempFail');
      expect(asked().filter((question) => question !== 'passwd silent')).toEqual([]);
    }));

  it('is found by number and by full name', () => {
    const users = open(FILES_FIRST);
    expect(users.byId(20001)).toMatchObject({ name: 'ldapuser' });
    expect(users.byFullName?.('lda puser')).toMatchObject({ name: 'ldapuser' });
  });
});

describe('a group', () => {
  it('of the file', () => {
    expect(open(FILES_FIRST).groupMembers(8)).toEqual(['alice']);
    expect(asked()).toEqual([]);
  });
  it('of the name service, by number and in DefaultUser by name', () => {
    const users = open(FILES_FIRST);
    expect(users.groupMembers(30001)).toEqual(['ann', 'ben']);
    expect(users.reader('alice:staff')).toEqual({ uid: 1000, gid: 30001, name: 'alice' });
    expect(users.groupMembers(4)).toEqual([]);
  });
});

describe('openMailMaps', () => {
  it.each([
    ['cannot tell', () => 'tempFail' as const, [{ code: 'tempFail', reply: { code: 451 } }]],
    ['finds none', () => undefined, [{ code: 'unknownUser', reply: { code: 550 } }]],
  ])('takes a function that %s', (_, users, errors) => {
    using maps = openMailMaps({ directory, users });
    expect(maps.expand('alice').errors).toMatchObject(errors);
    expect(maps.answerVrfy('alice')[0]).toMatch(errors[0]!.code === 'tempFail' ? /^451 4\.3\.0/ : /^550 5\.1\.1/);
  });
});

const PASSED_OVER = { outcome: 'passedOver', reason: 'Permission denied' };
const asRoot = process.getuid?.() === 0;

describe.runIf(asRoot && existsSync('/run'))('a home that only its owner may enter, asked for by another user', () => {
  it.each([
    [undefined, [], [{ code: 'tempFail' }], [{ outcome: 'failed' }]],
    ['passOver' as const, [{ kind: 'user', name: 'owner' }], [], [{}, PASSED_OVER, PASSED_OVER]],
  ])('%s', (unreadableForward, recipients, errors, trace) => {
    // a .forward below a directory that all may write, such as /tmp, is never trusted
    const home = mkdtempSync('/run/mailmaps-home.');
    chownSync(home, 2001, 2001);
    chmodSync(home, 0o700);
    chmodSync(directory, 0o755);
    writeFileSync(file('users'), `owner:x:2001:2001::${home}:/bin/sh\n`);
    using maps = openMailMaps({
      directory,
      users: file('users'),
      ...(unreadableForward && { unreadableForward }),
    });
    process.seteuid?.(4321);
    try {
      expect(maps.expand('owner')).toMatchObject({ recipients, errors, trace });
    } finally {
      process.seteuid?.(0);
      rmSync(home, { recursive: true });
    }
  });
});
