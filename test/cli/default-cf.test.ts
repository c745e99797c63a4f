/**
 * Without -d and --cf, check, expand and test read /etc/mail/sendmail.cf, as newaliases and praliases do; without a
 * sendmail.cf, these two take the usual alias file. Whole processes of the built programs, with a directory of ours in
 * the place of /etc/mail.
 *
 * @module-tag slow
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const BIN = join(import.meta.dirname, '../../bin');
const SCRIPT = 'mount --bind "$1" /etc/mail && shift && exec "$@"';
const canMount =
  process.getuid?.() === 0 &&
  existsSync('/etc/mail') &&
  spawnSync('unshare', ['-m', '--propagation', 'private', 'true']).status === 0;

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-cf.'));
  const cf = 'V10\nO AliasFile=/etc/mail/list_aliases\nFw/etc/mail/mydomains\nKaccess hash /etc/mail/nosuch\n';
  writeFileSync(join(directory, 'sendmail.cf'), cf);
  writeFileSync(join(directory, 'list_aliases'), 'mylist: x@far.example\n');
  writeFileSync(join(directory, 'mydomains'), 'here.example\n');
});
afterAll(() => rmSync(directory, { recursive: true }));

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runs(args: readonly string[], input = '', program = 'mailmaps'): Run {
  const command = ['-m', '--propagation', 'private', 'sh', '-c', SCRIPT, 'sh', directory, process.execPath];
  return spawnSync('unshare', [...command, join(BIN, `${program}.cjs`), ...args], { encoding: 'utf8', input });
}

function run(args: readonly string[], input = ''): string {
  return runs(args, input).stdout;
}

describe.runIf(canMount)('the sendmail.cf of the system', () => {
  const far = ['--client', '192.0.2.1', '--client-name', 'h.example', '--no-access'];
  it('says where aliases are; expansion does not need the access map that it names', () => {
    expect(run(['expand', 'mylist'])).toContain('x@far.example');
  });
  it('says who is local', () => {
    expect(run(['check', 'rcpt', 'x@here.example', ...far])).toContain('accepted');
  });
  it('is read by test as well', () => {
    expect(run(['test'], `check rcpt x@here.example ${far.join(' ')}\n`)).toContain('accepted');
  });
  it('gives way to a directory', () => {
    expect(run(['check', 'rcpt', 'x@here.example', ...far, '-d', '/etc/mail'])).toContain('refused');
  });
  it('is what lint finds mistakes in', () => {
    expect(run(['lint'])).toContain('/etc/mail/list_aliases:1:');
    expect(run(['lint', '-d', '/etc/mail'])).not.toContain('list_aliases');
  });
  it.each(['policy', 'socketmap'])('is served by serve %s', (what) => {
    const { status, stderr } = runs(['serve', what, '--check', '--listen', 'tcp:127.0.0.1:0']);
    expect({ status, stderr }).toMatchObject(
      what === 'policy' ? { status: 75, stderr: expect.stringContaining('/etc/mail/nosuch') } : { status: 0 },
    );
  });
});

describe.runIf(canMount)('a link that leads nowhere in the place of the sendmail.cf', () => {
  const cf = (): string => join(directory, 'sendmail.cf');
  const whole = (): string => join(directory, 'whole.cf');
  beforeAll(() => {
    renameSync(cf(), whole());
    symlinkSync('nowhere', cf());
  });
  afterAll(() => renameSync(whole(), cf()));
  it.each<[string, ...string[]]>([
    ['check', 'rcpt', 'x@here.example', '--client', '192.0.2.1'],
    ['expand', 'mylist'],
    ['lint'],
    ['serve', 'policy', '--check'],
  ])('is no directory without one: %s', (...args) => {
    const { status, stderr } = runs(args);
    expect(status).toBe(66);
    expect(stderr).toContain('/etc/mail/sendmail.cf');
  });
});

describe.runIf(canMount)('a dangling link in the place of the usual alias file', () => {
  const names = (): string[] => ['sendmail.cf', 'aliases', 'aliases.lmdb'].map((name) => join(directory, name));
  beforeAll(() => {
    const [cf, ...links] = names();
    renameSync(cf!, `${cf}.kept`);
    for (const link of links) symlinkSync('nowhere', link);
  });
  afterAll(() => {
    const [cf, ...links] = names();
    for (const link of links) rmSync(link);
    renameSync(`${cf}.kept`, cf!);
  });
  it('is reported by newaliases, which does not take /etc/aliases in its place', () => {
    expect(runs(['--check'], '', 'newaliases')).toMatchObject({
      stdout: 'newaliases: cannot open /etc/mail/aliases: No such file or directory\n',
    });
  });
  it('is reported by praliases, which does not take /etc/aliases in its place', () => {
    expect(runs([], '', 'praliases')).toMatchObject({
      stdout: '',
      stderr: 'praliases: /etc/mail/aliases: open: No such file or directory\n',
    });
  });
});
