/**
 * Without -d and --cf, check, expand and test read /etc/mail/sendmail.cf, as newaliases and praliases do. Whole processes
 * of the built programs, with a directory of ours in the place of /etc/mail.
 *
 * @module-tag slow
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAILMAPS = join(import.meta.dirname, '../../bin/mailmaps.cjs');
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

function run(args: readonly string[], input = ''): string {
  const command = ['-m', '--propagation', 'private', 'sh', '-c', SCRIPT, 'sh', directory, process.execPath, MAILMAPS];
  return spawnSync('unshare', [...command, ...args], { encoding: 'utf8', input }).stdout;
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
});
