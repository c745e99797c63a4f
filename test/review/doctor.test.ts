/**
 * `mailmaps doctor` on made-up machines: a sound one, and the same with one fault each. Real maps, a real Postfix's postconf, real
 * sockets.
 *
 * @module-tag slow
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { main } from '../../src/cli/mailmaps/main.ts';
import { makeAliases } from '../../src/map/make-aliases.ts';
import { makeMap } from '../../src/map/make-map.ts';
import { CHECKS, diagnose } from '../../src/review/doctor/checks.ts';
import { look } from '../../src/review/doctor/look.ts';
import type { Diagnosis } from '../../src/review/doctor/machine.ts';
import { runProgram } from '../cli/run-program.ts';
import { program } from '../oracle/programs.ts';

/** A machine in a directory: `etc` has the configuration, `postfix` a main.cf, `ours` and `theirs` programs. */
class Root {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'mailmaps-doctor.')));
  readonly etc = join(this.path, 'etc');
  cf: string | undefined;
  path_ = join(this.path, 'ours');

  constructor() {
    for (const name of ['etc', 'postfix', 'ours', 'theirs', 'units']) mkdirSync(join(this.path, name));
    for (const name of ['newaliases', 'makemap'])
      symlinkSync(join(import.meta.dirname, `../../bin/${name}.cjs`), join(this.path, 'ours', name));
    onTestFinished(() => rmSync(this.path, { recursive: true }));
  }

  text(name: string, text: string, mode = 0o644): string {
    const file = join(this.path, name);
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  }

  /** The source file of a map is a minute older than its map. */
  async map(name: string, text: string): Promise<string> {
    const file = this.text(`etc/${name}`, text);
    this.age(file, 60);
    await makeMap([Buffer.from(text)], file);
    return file;
  }

  async aliases(text: string, format: '0.9' | '1.0' = '0.9'): Promise<string> {
    const file = this.text('etc/aliases', text);
    this.age(file, 60);
    await makeAliases(file, { localHostNames: ['localhost'], format, dontBlame: ['MapInUnsafeDirPath'] });
    return file;
  }

  age(file: string, seconds: number): void {
    const then = new Date(Date.now() - seconds * 1000);
    utimesSync(file, then, then);
  }

  /** @param master lines of master.cf */
  mainCf(lines: string, master = ''): void {
    this.text('postfix/main.cf', `compatibility_level = 3.6\nalias_maps =\nalias_database =\n${lines}\n`);
    this.text('postfix/master.cf', master);
  }

  /** A unit that systemd starts, or one that is only there. */
  unit(name: string, socket: string, service = '', isEnabled = true): void {
    this.text(`units/${name}.socket`, `[Socket]\nListenStream=${socket}\n`);
    this.text(`units/${name}.service`, service);
    mkdirSync(join(this.path, 'units/sockets.target.wants'));
    if (isEnabled) this.text(`units/sockets.target.wants/${name}.socket`, '');
  }

  async listen(name: string, mode: number): Promise<string> {
    const path = join(this.path, name);
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => void server.close());
    chmodSync(path, mode);
    return path;
  }

  /** A socket that Postfix may ask. */
  async shared(): Promise<string> {
    const path = await this.listen('shared', 0o660);
    const { execFileSync } = process.getBuiltinModule('node:child_process');
    execFileSync('chgrp', ['postfix', path]);
    chmodSync(this.path, 0o755);
    return path;
  }

  /** Everything but the directory of temporary files, which every user may write. */
  async findings(): Promise<Diagnosis[]> {
    const machine = await look({
      configuration: this.cf === undefined ? { directory: this.etc } : { cf: this.cf },
      path: this.path_,
      postfix: join(this.path, 'postfix'),
      units: [join(this.path, 'units')],
    });
    return diagnose(machine).filter(({ about }) => !tmpdir().startsWith(about));
  }
}

const PEOPLE = 'postmaster: root\nmailer-daemon: postmaster\n';

async function soundRoot(): Promise<Root> {
  const root = new Root();
  await root.map('access', 'To:example.org RELAY\n');
  await root.aliases(PEOPLE);
  root.text('etc/local-host-names', 'example.com\n');
  return root;
}

const serviceOf = ({ etc }: Root): string =>
  `[Service]\nExecStart=/usr/bin/mailmaps serve policy --directory ${etc}\nDynamicUser=yes\nSupplementaryGroups=mail\n`;

type Fault = (root: Root) => void | Promise<void>;

const hasPostfix = program('postconf') !== undefined;

// biome-ignore format: one fault a row
const FAULTS: readonly (readonly [what: string, codes: readonly string[], fault: Fault])[] = [
  ['nothing', [], () => {}],
  ['a sendmail.cf that is not there', ['MD101'], (root) => { root.cf = join(root.etc, 'sendmail.cf'); }],
  ['a K line of a class that is not followed', ['MD102'], (root) => {
    root.cf = root.text('etc/sendmail.cf', `Kvirtuser ldap -k uid\nO AliasFile=${root.etc}/aliases\n`);
  }],
  ['a map of garbage', ['MD101', 'MD201'], (root) => { root.text('etc/access.lmdb', 'garbage\n'); }],
  ['a map that is damaged behind its head', ['MD201'], async (root) => {
    const file = await root.map('access', Array.from({ length: 5000 }, (_, i) => `host${i}.example OK\n`).join(''));
    const { readFileSync } = await import('node:fs');
    writeFileSync(`${file}.lmdb`, readFileSync(`${file}.lmdb`).fill(0xff, 60_000, 100_000));
  }],
  ['a text without its map', ['MD202'], (root) => rmSync(join(root.etc, 'access.lmdb'))],
  ['a text that was edited', ['MD203'], (root) => root.age(join(root.etc, 'access'), -1)],
  ['a newer file of Berkeley DB that is not read', ['MD204'], (root) => {
    root.age(join(root.etc, 'access.lmdb'), 30);
    root.text('etc/access.db', '');
  }],
  ['a text from next year', ['MD203', 'MD205'], (root) => root.age(join(root.etc, 'access'), -3e7)],
  ['a text that everybody may write', ['MD301'], (root) => chmodSync(join(root.etc, 'access'), 0o666)],
  ['a class file that its group may write', ['MD301'], (root) => chmodSync(join(root.etc, 'local-host-names'), 0o664)],
  ['a directory that everybody may write', ['MD302'], (root) => chmodSync(root.etc, 0o777)],
  ['passwords for everybody', ['MD303'], async (root) => {
    const file = await root.map('access', 'AuthInfo:smart.example "U:me" "P:secret"\n');
    chmodSync(`${file}.lmdb`, 0o644);
  }],
  ['passwords in a map for its group', [], async (root) => {
    chmodSync(await root.map('access', 'AuthInfo:smart.example "U:me" "P:secret"\n'), 0o640);
  }],
  ["another's makemap before ours", ['MD401'], (root) => {
    symlinkSync('/bin/true', join(root.path, 'theirs/makemap'));
    root.path_ = `${root.path}/theirs:${root.path}/ours`;
  }],
  ["another's makemap behind ours", [], (root) => {
    symlinkSync('/bin/true', join(root.path, 'theirs/makemap'));
    root.path_ = `${root.path}/ours:${root.path}/theirs`;
  }],
  ['nobody is postmaster', ['MD501'], async (root) => { await root.aliases('mailer-daemon: root\n'); }],
  ['an unknown DefaultUser', ['MD502'], (root) => {
    root.cf = root.text('etc/sendmail.cf', `O DefaultUser=nosuchuser:mail\nO AliasFile=${root.etc}/aliases\nKaccess hash ${root.etc}/access\n`);
  }],
  ['a socket of sendmail without a server', ['MD102', 'MD601'], (root) => {
    root.cf = root.text('etc/sendmail.cf', `Kaccess socket -T<TMPF> unix:${root.path}/none\nO AliasFile=${root.etc}/aliases\n`);
  }],
  ['a unit without a server', ['MD601'], (root) => root.unit('mailmaps-policy', `${root.path}/none`)],
  ['a unit that is not enabled', [], (root) => root.unit('mailmaps-policy', `${root.path}/none`, '', false)],
  ['a socket for everybody', ['MD602'], async (root) => root.unit('mailmaps-policy', await root.listen('open', 0o666))],
  ['a service whose user may not read a map', ['MD605'], async (root) => {
    chmodSync(`${root.etc}/aliases.lmdb`, 0o644);
    root.unit('mailmaps-policy', await root.listen('shared', 0o660), serviceOf(root));
  }],
  ['a service whose user may not read a map, by an option with =', ['MD605'], async (root) => {
    chmodSync(`${root.etc}/aliases.lmdb`, 0o644);
    const service = serviceOf(root).replace('--directory ', '--socket-mode=660 \\\n  --directory=');
    root.unit('mailmaps-policy', await root.listen('shared', 0o660), service);
  }],
  ['a service that a change lets run as root', [], async (root) => {
    root.unit('mailmaps-policy', await root.listen('shared', 0o660), serviceOf(root));
    mkdirSync(join(root.path, 'units/mailmaps-policy.service.d'));
    root.text('units/mailmaps-policy.service.d/root.conf', '[Service]\nDynamicUser=\nUser=\n');
  }],
  ['a service whose group may not enter the directory', ['MD605'], async (root) => {
    for (const name of ['access', 'aliases']) chmodSync(`${root.etc}/${name}.lmdb`, 0o644);
    chmodSync(root.etc, 0o700);
    root.unit('mailmaps-policy', await root.listen('shared', 0o660), serviceOf(root));
  }],
  ['a service whose group may read the maps', [], async (root) => {
    const { execFileSync } = process.getBuiltinModule('node:child_process');
    for (const name of ['access', 'aliases']) {
      execFileSync('chgrp', ['mail', `${root.etc}/${name}.lmdb`]);
      chmodSync(`${root.etc}/${name}.lmdb`, 0o640);
    }
    chmodSync(root.path, 0o755);
    root.unit('mailmaps-policy', await root.listen('shared', 0o660), serviceOf(root));
  }],
];

// biome-ignore format: one fault a row
const POSTFIX_FAULTS: typeof FAULTS = [
  ['reads the aliases that we make', [], (root) => root.mainCf(`alias_maps = lmdb:${root.etc}/aliases`)],
  ['reads a file that our newaliases does not make', ['MD402', 'MD701'], (root) => root.mainCf(`alias_maps = hash:${root.etc}/aliases`)],
  ['asks a server that is not there', ['MD601'], (root) => root.mainCf(`smtpd_relay_restrictions = check_policy_service unix:${root.path}/none, reject`)],
  ['asks a server that is there', [], async (root) => {
    root.mainCf(`virtual_alias_maps = socketmap:unix:${await root.shared()}:aliases`);
  }],
  ['may not ask a server', ['MD603'], async (root) => root.mainCf(`virtual_alias_maps = socketmap:unix:${await root.listen('closed', 0o600)}:aliases`)],
  ['may not enter the directory of a socket', ['MD603'], async (root) => {
    root.mainCf(`virtual_alias_maps = socketmap:unix:${await root.shared()}:access`);
    chmodSync(root.path, 0o700);
  }],
  ['asks a server from a chroot, by a path outside of it', ['MD604'], async (root) => {
    root.mainCf(`smtpd_relay_restrictions = check_policy_service unix:${await root.shared()}, reject`, 'smtp inet n - y - - smtpd\n');
  }],
  ['asks a server from a chroot in master.cf only', ['MD604'], async (root) => {
    root.mainCf('', `smtp inet n - y - - smtpd -o smtpd_relay_restrictions=check_policy_service,unix:${await root.shared()},reject\n`);
  }],
  ['asks a server by a path outside, without a chroot', [], async (root) => {
    root.mainCf(`smtpd_relay_restrictions = check_policy_service unix:${await root.shared()}, reject`, 'smtp inet n - n - - smtpd\n');
  }],
  ['asks a server from a chroot, below its queue', [], async (root) => {
    await root.shared();
    root.mainCf(`queue_directory = ${root.path}\nsmtpd_relay_restrictions = check_policy_service unix:shared, reject`, 'smtp inet n - y - - smtpd\n');
  }],
  ['delivers by other aliases than it is given', ['MD706'], async (root) => {
    const other = root.text('postfix/aliases', 'postmaster: root\n');
    const { execFileSync } = process.getBuiltinModule('node:child_process');
    rmSync(join(root.path, 'ours/newaliases'));
    root.mainCf(`alias_maps = lmdb:${other}\nvirtual_alias_maps = socketmap:unix:${await root.shared()}:aliases`);
    execFileSync('postalias', ['-c', join(root.path, 'postfix'), `lmdb:${other}`], { stdio: 'ignore' });
  }],
  ['may not open a table through proxymap', ['MD707'], (root) => root.mainCf(`proxy_read_maps =\ntransport_maps = proxy:lmdb:${root.etc}/aliases`)],
  ['may open a table through proxymap', [], (root) => root.mainCf(`transport_maps = proxy:lmdb:${root.etc}/aliases`)],
  ['defers long aliases', ['MD708'], async (root) => {
    root.mainCf(`virtual_alias_expansion_limit = 100\nvirtual_alias_maps = socketmap:unix:${await root.shared()}:aliases`);
  }],
  ['reads a Berkeley DB hash as a btree', ['MD704'], (root) => {
    rmSync(join(root.path, 'ours/newaliases'));
    const file = root.text('postfix/transport', 'a.example smtp:b.example\n');
    root.mainCf(`transport_maps = btree:${file}`);
    const { execFileSync } = process.getBuiltinModule('node:child_process');
    execFileSync('postmap', ['-c', join(root.path, 'postfix'), `hash:${file}`]);
  }],
  ['reads a map that is not there', ['MD701'], (root) => root.mainCf(`transport_maps = lmdb:${root.etc}/transport`)],
  ['reads a map whose text was edited', ['MD203', 'MD702'], (root) => {
    root.mainCf(`alias_maps = lmdb:${root.etc}/aliases`);
    root.age(join(root.etc, 'aliases'), -1);
  }],
  ['has no such type', ['MD701', 'MD703'], (root) => root.mainCf(`transport_maps = sdbm:${root.etc}/transport`)],
  ['cannot read LMDB 1.0', ['MD704'], async (root) => {
    rmSync(join(root.etc, 'aliases.lmdb'));
    await root.aliases(PEOPLE, '1.0');
    root.mainCf(`alias_maps = lmdb:${root.etc}/aliases`);
  }],
  ['reads another file than we', ['MD705'], (root) => {
    rmSync(join(root.path, 'ours/newaliases'));
    root.mainCf(`alias_maps = cdb:${root.etc}/aliases`);
    const { execFileSync } = process.getBuiltinModule('node:child_process');
    execFileSync('postalias', ['-c', join(root.path, 'postfix'), `cdb:${root.etc}/aliases`], { stdio: 'ignore' });
    root.age(join(root.etc, 'aliases.cdb'), 30);
  }],
];

async function codesOf(fault: Fault): Promise<readonly string[]> {
  const root = await soundRoot();
  await fault(root);
  return [...new Set((await root.findings()).map(({ code }) => code))].sort();
}

describe('mailmaps doctor', () => {
  it.each(FAULTS)('finds %s: %j', async (_, codes, fault) => {
    expect(await codesOf(fault)).toEqual(codes);
  });

  it.runIf(hasPostfix).each(POSTFIX_FAULTS)('finds that Postfix %s: %j', async (_, codes, fault) => {
    expect(await codesOf(fault)).toEqual(codes);
  });

  it.runIf(hasPostfix)('has a fault for every check', () => {
    const shown = new Set([...FAULTS, ...POSTFIX_FAULTS].flatMap(([, codes]) => codes));
    expect(CHECKS.map(({ code }) => code).filter((code) => !shown.has(code))).toEqual([]);
  });

  it('answers in JSON, and ends with 1 when something is wrong', async () => {
    const root = await soundRoot();
    rmSync(join(root.etc, 'access.lmdb'));
    const run = await runProgram(main, ['doctor', '-d', root.etc, '--json', '--postfix', '/nonexistent'], {
      env: { PATH: '' },
    });
    const { machine, findings } = JSON.parse(run.stdout);
    expect({ ...run, configuration: machine.configuration, findings }).toMatchObject({
      rc: 1,
      stderr: '',
      configuration: root.etc,
      findings: expect.arrayContaining([expect.objectContaining({ code: 'MD202', about: `${root.etc}/access.lmdb` })]),
    });
  });

  // biome-ignore format: one remedy a row
  it.runIf(hasPostfix).each<[string, string, string, Fault]>([
    ['a map that our build makes', 'MD202', 'mailmaps build -d ETC', (root) => rmSync(join(root.etc, 'access.lmdb'))],
    ['one that Postfix reads', 'MD203', 'mailmaps build -d ETC --lmdb-format 0.9', (root) => {
      root.mainCf(`alias_maps = lmdb:${root.etc}/aliases`);
      root.age(join(root.etc, 'aliases'), -1);
    }],
  ])('names the command for %s', async (_what, code, command, fault) => {
    const root = await soundRoot();
    await fault(root);
    const helps = (await root.findings()).filter((finding) => finding.code === code).map(({ help }) => help);
    expect(helps).toEqual([expect.stringMatching(new RegExp(`: ${command.replace('ETC', root.etc)}$`))]);
  });

  it('does not advise somebody else than root to make a map again that only root may read', async () => {
    const root = await soundRoot();
    root.mainCf(`alias_maps = lmdb:${root.etc}/aliases`);
    for (const path of [root.path, root.etc]) chmodSync(path, 0o755);
    const options = { cwd: process.cwd(), encoding: 'utf8', uid: 65_534, gid: 65_534 } as const;
    const args = ['bin/mailmaps.cjs', 'doctor', '-d', root.etc, '--postfix', join(root.path, 'postfix'), '--json'];
    const { stdout } = spawnSync(process.execPath, args, options);
    const { findings } = JSON.parse(stdout) as { findings: readonly Diagnosis[] };
    const own = findings.filter(({ about }) => about.startsWith(root.etc));
    expect(own.map(({ code }) => code)).toEqual(['MD101', 'MD201', 'MD201']);
    expect(new Set(own.map(({ help }) => help))).toEqual(new Set(['run doctor as root, who may read it']));
  });

  it('looks at this machine', async () => {
    const { rc, stderr, stdout } = await runProgram(main, ['doctor'], { env: process.env });
    expect({ rc: rc === 0 || rc === 1, stderr }).toEqual({ rc: true, stderr: '' });
    expect(stdout).toMatch(/^configuration +\/etc\/mail/);
  });
});
