/**
 * The machine that the recorded conversations of test/data/rules were held on: its files, maps, users and names.
 */
import type { DnsRecord, DnsReply } from '../../src/core/dns-reply.ts';
import type { Database, Machine, MachineUser } from '../../src/rules/machine.ts';

/** A map: text that makemap built it from, or with its type and options. */
type CaseMap = string | { readonly text: string; readonly type?: string; readonly args?: readonly string[] };

/** The DNS entry of a name: records by type, or a failure. */
type CaseZone = Readonly<Record<string, number | readonly unknown[]>>;

export interface CaseWorld {
  readonly files?: Readonly<Record<string, string>>;
  readonly maps?: Readonly<Record<string, CaseMap>>;
  readonly dns?: Readonly<Record<string, CaseZone>>;
  readonly hosts?: string;
}

const HOSTS =
  '127.0.0.1 localhost mail.oracle.test mail\n::1 localhost ip6-localhost\n192.0.2.10 ten.example ten\n' +
  '192.0.2.11 eleven.example eleven alias11.example\n';

const USERS: readonly MachineUser[] = [
  user('root', 0, 0, 'root', '/root'),
  user('daemon', 1, 1, 'daemon', '/usr/sbin', '/usr/sbin/nologin'),
  user('bin', 2, 2, 'bin', '/bin', '/usr/sbin/nologin'),
  user('uucp', 10, 10, 'uucp', '/var/spool/uucp', '/usr/sbin/nologin'),
  user('mail', 8, 8, 'mail', '/var/mail', '/usr/sbin/nologin'),
  user('smmsp', 209, 209, 'msp', '/nonexistent', '/usr/sbin/nologin'),
  user('smmta', 208, 208, 'mta', '/nonexistent', '/usr/sbin/nologin'),
  user('nobody', 65534, 65534, 'nobody', '/nonexistent', '/usr/sbin/nologin'),
  user('alice', 2001, 2001, 'Alice Anders', '/etc/mail/home/alice'),
  user('bob', 2002, 2002, 'Bob Burns', '/etc/mail/home/bob'),
  user('Frank', 2006, 2006, 'Frank Fox', '/etc/mail/home/Frank'),
  user('a.b', 2007, 2007, 'Dotted', '/etc/mail/home/a.b'),
];

const GROUPS: readonly string[] = ['root', 'daemon', 'bin', 'mail', 'uucp', 'smmsp', 'smmta', 'nogroup', 'users'];

function user(
  name: string,
  uid: number,
  gid: number,
  fullName: string,
  home: string,
  shell: string = '/bin/sh',
): MachineUser {
  return { name, uid, gid, fullName, home, shell };
}

export function caseMachine(world: CaseWorld): Machine {
  const files = new Map([
    ['/etc/hosts', world.hosts ?? HOSTS],
    ['/etc/mail/service.switch', `hosts files${world.dns === undefined ? '' : ' dns'}\naliases files\npasswd files\n`],
    ...Object.entries(world.files ?? {}).map(([name, text]) => [absolute(name), text] as const),
  ]);
  const databases = new Map<string, { readonly type: string; readonly get: Database }>();
  for (const [name, map] of Object.entries(world.maps ?? {})) {
    const { text, type = 'hash', args = [] } = typeof map === 'string' ? { text: map } : map;
    files.set(absolute(name), text);
    const entries = built(text, args.includes('-f'));
    databases.set(`${absolute(name)}.db`, { type, get: (key, end) => entries.get(key + end) });
  }
  return {
    hostName: 'mail.oracle.test',
    nodeName: 'mail.oracle.test',
    userName: 'root',
    version: '8.17.1.9',
    ownNames: ['mail.oracle.test', 'mail', 'localhost', '[127.0.0.1]'],
    interfaceNames: ['[localhost]'],
    readFile: (path) => {
      const text = files.get(absolute(path));
      if (text !== undefined) return { text };
      if (absolute(path) === '/etc/mail') return { cause: 'Regular files only', isMissing: false };
      return { cause: 'No such file or directory', isMissing: true };
    },
    openDatabase: (kind, path) => {
      const found = databases.get(absolute(path));
      if (found === undefined) return { problem: 'missing', cause: 'No such file or directory' };
      if (found.type === kind) return { get: found.get };
      const library = `BDB0641 __db_meta_setup: ${path}: unexpected file type or format`;
      return { problem: 'format', cause: 'Invalid argument', library };
    },
    user: (name) => USERS.find((each) => each.name === name),
    groupId: (name) => (GROUPS.includes(name) ? 1 : undefined),
    dns: world.dns === undefined ? () => ({ status: 'tempFail' }) : dnsOf(world.dns),
    searchDomains: ['oracle.test'],
    socket: () => undefined,
    socketProblem: (path) => (files.has(path) ? undefined : 'No such file or directory'),
    random: () => 0,
  };
}

function absolute(name: string): string {
  return name.startsWith('/') ? name : `/etc/mail/${name}`;
}

/** The map that makemap makes of a text, without complaints. */
function built(text: string, keepsCase: boolean): Map<string, string> {
  const entries = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key = '', value = ''] = /^([^ \t]*)[ \t]+([\s\S]*)$/.exec(line) ?? [];
    if (line.startsWith('#') || value === '') continue;
    const folded = keepsCase ? key : key.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
    if (!entries.has(folded)) entries.set(folded, value);
  }
  return entries;
}

function dnsOf(given: Readonly<Record<string, CaseZone>>): (name: string, type: string) => DnsReply {
  const zone = new Map<string, CaseZone>();
  for (const [name, records] of Object.entries(given)) {
    const isAddress = /^\d+\.\d+\.\d+\.\d+$/.test(name);
    zone.set(isAddress ? `${name.split('.').reverse().join('.')}.in-addr.arpa` : name.toLowerCase(), records);
  }
  return (name, type) => {
    const asked = name.toLowerCase().replace(/\.$/, '');
    const entry = zone.get(asked);
    if (entry === undefined) {
      const isAbove = [...zone.keys()].some((each) => each.endsWith(`.${asked}`));
      return { status: isAbove ? 'noData' : 'noName' };
    }
    const { rcode = 0 } = entry;
    if (rcode !== 0) return { status: rcode === 3 ? 'noName' : 'tempFail' };
    const records = Object.entries(entry).flatMap(([each, values]) =>
      Array.isArray(values) && (each === type || each === 'CNAME') ? values.map((value) => record(each, value)) : [],
    );
    return records.length > 0 ? { status: 'found', records } : { status: 'noData' };
  };
}

function record(type: string, value: unknown): DnsRecord {
  if (!Array.isArray(value)) return { type, value: String(value).replace(/\.$/, '') };
  if (type === 'MX') return { type, value: String(value[1]).replace(/\.$/, ''), preference: Number(value[0]) };
  return { type, value: String(type === 'SRV' ? value[3] : value[0]) };
}
