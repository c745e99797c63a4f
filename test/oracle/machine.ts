/**
 * The machine that the real programs see: /etc/mail made anew for every job, and the few system files around it.
 * Everything else is read-only in the worker's mount namespace (see namespaces.sh).
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { ByteString } from '../../src/core/bytes.ts';
import { DnsServer } from './dns.ts';
import { configuration, DEFAULT_FEATURES } from './features.ts';
import type { DnsTable, FileSpec, FileStatus, Files, Job, Ran } from './jobs.ts';
import { type RunOptions, run } from './process.ts';

export const ETC = '/etc/mail';

const user = (name: string, id: number, gecos: string, shell = '/bin/sh'): string =>
  `${name}:x:${id}:${id}:${gecos}:${ETC}/home/${name}:${shell}\n`;

const NO_SHELL = '/usr/sbin/nologin';
const PASSWD =
  'root:x:0:0:root:/root:/bin/sh\n' +
  `daemon:x:1:1:daemon:/usr/sbin:${NO_SHELL}\n` +
  `bin:x:2:2:bin:/bin:${NO_SHELL}\n` +
  `mail:x:8:8:mail:/var/mail:${NO_SHELL}\n` +
  `nobody:x:65534:65534:nobody:/nonexistent:${NO_SHELL}\n` +
  user('alice', 2001, 'Alice Anders') +
  user('bob', 2002, 'Bob Burns') +
  user('carol', 2003, 'Carol Cole') +
  user('dave', 2004, 'Dave Dunn') +
  user('erin', 2005, 'Erin Else', NO_SHELL) +
  user('Frank', 2006, 'Frank Fox') +
  user('a.b', 2007, 'Dotted') +
  user('alias-x', 2008, 'Dashed');

const GROUP = 'root:x:0:\ndaemon:x:1:\nbin:x:2:\nmail:x:8:\nsmmsp:x:209:\nnogroup:x:65534:\nusers:x:2001:\n';
const HOSTS = '127.0.0.1 localhost mail.oracle.test mail\n::1 localhost ip6-localhost\n';

const nsswitch = (hosts: string): string =>
  `passwd: files\ngroup: files\nhosts: ${hosts}\nservices: files\nprotocols: files\n`;

/** Files that a job may replace although they are not below /etc/mail. */
const SYSTEM_FILES = { passwd: PASSWD, group: GROUP, hosts: HOSTS, shells: '/bin/sh\n/bin/bash\n' };

const DEFAULT_FILES: Files = {
  'local-host-names': '',
  'relay-domains': '',
  access: '',
  aliases: '',
  'service.switch': 'hosts files\naliases files\npasswd files\n',
};

/** Text files that a job's maps are made of. */
const MAPS = [
  'access',
  'virtusertable',
  'genericstable',
  'mailertable',
  'domaintable',
  'authinfo',
  'bitdomain',
  'uudomain',
  'userdb',
];

export function fileStatus(path: string): FileStatus | null {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return null;
  const mode = (status.mode & 0o7777).toString(8).padStart(4, '0');
  return { mode, uid: status.uid, gid: status.gid, size: status.size };
}

/** An answer may be late on a busy machine; silence is not waited for. */
function resolvConf(dns: DnsTable | undefined): string {
  const isSilent = Object.values(dns ?? {}).some(({ rcode }) => rcode === 'silence');
  return `nameserver 127.0.0.1\noptions timeout:${isSilent ? 1 : 20} attempts:1\n`;
}

export class Machine {
  readonly root: string;
  /** UseCompressedIPv6Addresses of the current job. */
  compressedIPv6 = false;
  private readonly configurations = new Map<string, string>();
  private readonly homes = new Set<string>();
  private dns: DnsServer | undefined;

  constructor(root: string) {
    this.root = root;
    process.umask(0o022);
    const around = { ...SYSTEM_FILES, 'resolv.conf': resolvConf(undefined) };
    // what this system does not have could not be covered, and is left out
    for (const [name, text] of Object.entries(around))
      if (existsSync(`/etc/${name}`)) writeFileSync(`/etc/${name}`, text);
  }

  program(name: string): string {
    return `${this.root}/root/usr/libexec/sendmail/${name}`;
  }
  run(name: string, args: readonly ByteString[], options?: RunOptions): Promise<Ran> {
    return run(this.program(name), args, options);
  }

  /** Makes one file as a job describes it; what lies in a user's home belongs to the user. */
  put(name: string, spec: FileSpec): void {
    if (spec === null) return;
    const path = name in SYSTEM_FILES ? `/etc/${name}` : name.startsWith('/') ? name : `${ETC}/${name}`;
    mkdirSync(dirname(path), { recursive: true });
    const file = typeof spec === 'string' ? { text: spec } : spec;
    if ('link' in file) {
      if (lstatSync(path, { throwIfNoEntry: false })) unlinkSync(path);
      symlinkSync(file.link, path);
      return;
    }
    if ('hard' in file) {
      linkSync(`${ETC}/${file.hard}`, path);
      return;
    }
    if ('fifo' in file) {
      execFileSync('mkfifo', ['-m', file.mode ?? '644', path]);
      return;
    }
    const isDirectory = 'dir' in file;
    if (isDirectory) mkdirSync(path, { recursive: true });
    else writeFileSync(path, Buffer.from(file.text, 'latin1'));
    const owner = this.homeOwner(path);
    chmodSync(path, file.mode === undefined ? (isDirectory ? 0o755 : 0o644) : Number.parseInt(file.mode, 8));
    const uid = file.uid ?? owner?.uid;
    if (uid !== undefined)
      chownSync(path, uid, file.gid ?? (file.uid === undefined ? owner?.gid : undefined) ?? statSync(path).gid);
  }

  private homeOwner(path: string): { uid: number; gid: number } | undefined {
    const name = path.match(/^\/etc\/mail\/home\/([^/]+)/)?.[1];
    if (name === undefined) return undefined;
    const entry = readFileSync('/etc/passwd', 'latin1')
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.split(':');
    if (entry === undefined) return undefined;
    const owner = { uid: Number(entry[2]), gid: Number(entry[3]) };
    const home = `${ETC}/home/${name}`;
    if (!this.homes.has(home)) {
      this.homes.add(home);
      chmodSync(`${ETC}/home`, 0o755);
      chmodSync(home, 0o755);
      chownSync(home, owner.uid, owner.gid);
    }
    return owner;
  }

  /** Empties /etc/mail and fills it for the job. Returns the output of makemap and newaliases. */
  async prepare(job: Job): Promise<Readonly<Record<string, Ran>>> {
    this.empty();
    for (const [name, text] of Object.entries(SYSTEM_FILES)) this.put(name, text);
    this.put('/etc/nsswitch.conf', nsswitch(job.dns ? 'files dns' : 'files'));
    await this.serveDns(job.dns);
    this.configure(job);
    const files: Record<string, FileSpec> = { ...DEFAULT_FILES, ...job.files };
    // system files first: they say whom the files in homes belong to
    const isOrdinary = (name: string): number => Number(!(name in SYSTEM_FILES));
    const byRank = (a: string, b: string): number => isOrdinary(a) - isOrdinary(b) || (a < b ? -1 : 1);
    for (const name of Object.keys(files).sort(byRank)) this.put(name, files[name]!);
    const said = await this.buildMaps(job, files);
    for (const [name, mode] of Object.entries(job.chmod ?? {})) chmodSync(`${ETC}/${name}`, Number.parseInt(mode, 8));
    return said;
  }

  /** A job without DNS gets no answer, whatever the job before had. */
  private async serveDns(table: DnsTable | undefined): Promise<void> {
    if (table === undefined) {
      this.dns?.close();
      this.dns = undefined;
      return;
    }
    this.dns ??= await DnsServer.start(53);
    this.dns.answerFrom(table);
  }

  private empty(): void {
    for (const name of readdirSync(ETC)) rmSync(`${ETC}/${name}`, { recursive: true, force: true });
    chmodSync(ETC, 0o755);
    mkdirSync(`${ETC}/mqueue`, { mode: 0o700 });
    this.homes.clear();
  }

  private configure(job: Job): void {
    if (existsSync('/etc/resolv.conf')) writeFileSync('/etc/resolv.conf', resolvConf(job.dns));
    const features = job.features ?? DEFAULT_FEATURES;
    const key = JSON.stringify([features, job.options, job.cf]);
    let cf = this.configurations.get(key);
    if (cf === undefined) {
      cf = configuration(this.root, features, job.options, job.cf);
      this.configurations.set(key, cf);
    }
    this.put('sendmail.cf', cf);
    this.compressedIPv6 = /^O UseCompressedIPv6Addresses=t/im.test(cf);
  }

  private async buildMaps(job: Job, files: Files): Promise<Readonly<Record<string, Ran>>> {
    const said: Record<string, Ran> = {};
    for (const name of [...MAPS, ...(job.maps ?? [])]) {
      const spec = files[name];
      if (spec === undefined || spec === null || (spec === '' && name !== 'access')) continue;
      const path = `${ETC}/${name}`;
      const text = statSync(path).isDirectory() ? '' : readFileSync(path, 'latin1');
      const ran = await this.run('makemap', [name === 'userdb' ? 'btree' : 'hash', path], { stdin: text });
      if (ran.rc !== 0 || ran.stdout !== '' || ran.stderr !== '') said[name] = ran;
    }
    if (job.newaliases !== false && files.aliases !== null) said.aliases = await this.run('sendmail', ['-bi']);
    return said;
  }
}
