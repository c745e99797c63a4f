/**
 * The Debian package: built by Debian's tools, clean for lintian, and used in a root of Debian 13 that was made for it. Names of
 * programs that another package has stay with that package.
 *
 * @module-tag slow
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from './oracle/programs.ts';

const hasTools = (['mmdebstrap', 'lintian', 'dpkg-buildpackage'] as const).every((name) => program(name));
const NAMES = ['/usr/sbin/makemap', '/usr/sbin/editmap', '/usr/sbin/praliases', '/usr/bin/newaliases'];

describe.runIf(hasTools)('the Debian package', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mailmaps-deb.'));
  const root = join(directory, 'root');
  let deb: string;

  beforeAll(() => {
    deb = execFileSync('npm', ['run', '--silent', 'package:deb'], { encoding: 'utf8' }).trim();
    const hooks = [
      `copy-in ${deb} /root`,
      'chroot "$1" sh -c "apt-get install -qy /root/mailmaps_*.deb"',
      'chroot "$1" apt-get install -qy --download-only postfix',
    ];
    execFileSync(
      'mmdebstrap',
      [
        '--quiet',
        '--variant=apt',
        '--skip=cleanup/apt',
        '--include=ca-certificates',
        '--aptopt=Apt::Install-Recommends "false"',
        '--aptopt=Acquire::Retries "10"',
        ...hooks.map((hook) => `--customize-hook=${hook}`),
        'trixie',
        root,
        'http://deb.debian.org/debian',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** Runs a command in the root, with /proc, as after a boot; no daemon is started. */
  function inRoot(command: string): string {
    const script = `mount -t proc proc '${root}/proc' && mount --bind /dev '${root}/dev' && exec chroot '${root}' sh -c "$1" 2>&1`;
    const env = {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      DEBIAN_FRONTEND: 'noninteractive',
      LC_ALL: 'C',
    };
    const { status, stdout } = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', command], {
      env,
      encoding: 'utf8',
    });
    return status === 0 ? stdout : `status ${status}: ${stdout}`;
  }

  it('has no fault that lintian knows', () => {
    const { stdout } = spawnSync('lintian', ['--allow-root', '--pedantic', '--fail-on', 'warning', deb], {
      encoding: 'utf8',
    });
    expect(stdout.split('\n').filter((line) => /^[EW]:/.test(line))).toEqual([]);
  });

  it('gives its programs the names that are free', () => {
    expect(NAMES.map((name) => inRoot(`readlink -f ${name}`).trim())).toEqual(
      NAMES.map((name) => `/usr/lib/mailmaps/bin/${name.split('/').at(-1)}.cjs`),
    );
  });

  it('makes, verifies and asks maps', () => {
    const commands = [
      'mkdir -p /etc/mail && cd /etc/mail',
      'printf "To:backup.example\\tRELAY\\n" > access',
      'printf "postmaster: root\\n" > aliases',
      'makemap hash access < access',
      'newaliases -oA/etc/mail/aliases --lmdb-format 0.9',
      'mailmaps check rcpt bob@backup.example --client 203.0.113.9 | head -1',
      'mailmaps-praliases -f /etc/mail/aliases postmaster',
    ];
    expect(inRoot(commands.join(' && '))).toMatchInlineSnapshot(`
      "/etc/mail/aliases: 1 aliases, longest 4 bytes, 14 bytes total
      relayed
      postmaster:root
      "
    `);
  });

  it('has units whose program is there', () => {
    const units = join(root, 'usr/lib/systemd/system');
    const ours = readdirSync(units).filter((name) => name.startsWith('mailmaps-'));
    expect(ours.sort()).toEqual([
      'mailmaps-policy.service',
      'mailmaps-policy.socket',
      'mailmaps-socketmap.service',
      'mailmaps-socketmap.socket',
    ]);
    expect(inRoot("grep -ho 'ExecStart=[^ ]*' /usr/lib/systemd/system/mailmaps-*.service | sort -u")).toBe(
      'ExecStart=/usr/bin/mailmaps\n',
    );
    expect(inRoot('ls /etc/systemd/system/sockets.target.wants 2>/dev/null; true')).not.toMatch(/mailmaps/);
  });

  it('completes words and has manual pages', () => {
    const complete = `bash -c '. /usr/share/bash-completion/completions/mailmaps; COMP_WORDS=(mailmaps do); COMP_CWORD=1; _mailmaps; echo \${COMPREPLY[*]}'`;
    expect(inRoot(complete)).toBe('doctor\n');
    expect(inRoot('ls /usr/share/man/man?/mailmaps*')).toBe(
      [
        '1/mailmaps-newaliases.1.gz',
        '1/mailmaps.1.gz',
        '8/mailmaps-editmap.8.gz',
        '8/mailmaps-makemap.8.gz',
        '8/mailmaps-praliases.8.gz',
      ]
        .map((page) => `/usr/share/man/man${page}\n`)
        .join(''),
    );
  });

  it("leaves Postfix's newaliases to Postfix, also when it is installed again or removed", () => {
    inRoot("printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d");
    const owner = (): string => inRoot('readlink -f /usr/bin/newaliases').trim();
    const installed = inRoot(
      'apt-get install -qy --no-download --no-install-recommends postfix >/dev/null && echo done',
    );
    expect({ installed: installed.endsWith('done\n'), owner: owner() }).toEqual({
      installed: true,
      owner: '/usr/sbin/sendmail',
    });
    inRoot('apt-get install -qy --no-download --reinstall /root/mailmaps_*.deb');
    expect(owner()).toBe('/usr/sbin/sendmail');
    expect(inRoot('mailmaps-newaliases --version')).toMatch(/^newaliases \(mailmaps\)/);
    inRoot('apt-get remove -qy mailmaps');
    expect(owner()).toBe('/usr/sbin/sendmail');
    expect(inRoot('ls /usr/sbin/makemap /usr/bin/mailmaps /etc/alternatives/mailmaps-* 2>/dev/null; true')).toBe('');
  });
});

describe('a name that another package has, when ours is removed', () => {
  it.each<[string, string]>([
    ['stays when update-alternatives fails', ''],
    ['comes back when an earlier removal was killed', 'mv "$name" "$name.mailmaps-aside"; '],
  ])('%s', (_what, before) => {
    const directory = mkdtempSync(join(tmpdir(), 'mailmaps-alternatives.'));
    const name = join(directory, 'newaliases');
    writeFileSync(name, 'of another package');
    symlinkSync('/bin/false', join(directory, 'update-alternatives'));
    const script = `. build/debian/alternatives.sh; name=${name}; ${before}forget "$name"`;
    spawnSync('sh', ['-e', '-c', script], { env: { PATH: `${directory}:/usr/bin:/bin` } });
    expect(readFileSync(name, 'utf8')).toBe('of another package');
    expect(readdirSync(directory).sort()).toEqual(['newaliases', 'update-alternatives']);
    rmSync(directory, { recursive: true });
  });
});
