/**
 * Random configurations and questions for the access rules: maps, lists and features of every kind, clients with and
 * without certain names, and addresses that are often no addresses.
 */

import type { CheckQuery } from '../access/machine.ts';
import type { Files } from '../oracle/jobs.ts';
import type { Random } from './random.ts';

/** Features with an argument belong to one family; a configuration has one of each at most. */
const FEATURES = [
  ...['blocklist_recipients', 'relay_entire_domain', 'relay_hosts_only', 'relay_mail_from', 'relay_mail_from:domain'],
  ...['relay_local_from', 'promiscuous_relay', 'loose_relay_check', 'delay_checks', 'delay_checks:friend'],
  ...['delay_checks:hater', 'require_rdns', 'use_client_ptr', 'block_bad_helo', 'accept_unqualified_senders'],
  ...['access_db:skip', 'access_db:lookupdotdomain', 'access_db:relaytofulladdress', 'nopercenthack:nospecial'],
  ...['nopercenthack:reject', 'nouucp:nospecial', 'nouucp:reject', 'trust_auth_mech:PLAIN', 'trust_auth_mech:LOGIN'],
  'preserve_local_plus_detail',
];
const MANY = new Set(['access_db', 'trust_auth_mech']);
const STANDARD = ['accept_unresolvable_domains', 'blocklist_recipients'];

const HOSTS = [
  ...['a.example', 'b.example', 'sub.a.example', 'deep.sub.a.example', 'c.test', 'local.test', 'x.local.test'],
  ...['relay.test', 'y.relay.test', 'mail.oracle.test', 'oracle.test', 'h.oracle.test', 'mail', 'd', 'A.Example'],
  ...['Relay.TEST', 'a.b.c.d.e.f.g.example', 'UUCP', 'x.UUCP', 'xn--e.example', '-a.example', 'a_b.example', '1.2.3'],
];
/** Not for clients: the resolver of the real machine knows it. */
const LOCALHOSTS = ['localhost', 'localhost.oracle.test', 'a.example.'];
const USERS = [
  ...[
    'alice',
    'bob',
    'carol+x',
    'u',
    'u+d',
    'u+d+e',
    '+x',
    'u+',
    'U.V',
    '"q s"',
    '"q@s"',
    '"q%a.example"',
    '"x@c.test"',
  ],
  ...['postmaster', 'a.b', 'x y', 'a\\@b', '=a', 'a/b', '{x}', "o'x", '""', '"x"', 'a*b', '$x', 'u[1]', '#', 'a^b'],
];
const VALUES = [
  ...['OK', 'RELAY', 'REJECT', 'DISCARD', 'ERROR:5.7.1:550 no thanks', 'ERROR:4.7.1:"451 later"', '550 plain', 'SKIP'],
  ...[
    'QUARANTINE:q',
    'FRIEND',
    'HATER',
    'relay',
    '553 5.4.9 odd',
    'text only',
    'SPAMFRIEND',
    'SUBJECT',
    'REJECT extra',
  ],
  ...[
    'ERROR:5.1.1:"550 x"',
    '550 5.7.1 text',
    'ERROR:550 a, b; c=d',
    'ERROR:"552 5.2.2 full"',
    'reject',
    'Ok',
    'x<TMPF>',
  ],
  ...[
    'QUARANTINE: a b.c',
    '<TMPF>',
    '550 (c) x',
    'REJECT (c)',
    '421 bye',
    '451 4.7.1 x y',
    'ERROR:nope',
    'NO',
    '250 ok',
  ],
  ...['error:4.1.1:450 z', '?', '"REJECT"', '550', '550 "a  b" c', 'SPAMHATER', '555 5.6.7 q', 'ERROR:D.S.N:550 x'],
  ...['ERROR:', 'QUARANTINE:', '550 a <b> c', '5.7.1 x', 'VERIFY', 'ENCR:128', 'PERM+VERIFY:112', 'REJECT \t'],
];
const REQUIREMENTS = ['VERIFY', 'ENCR:128', 'PERM+VERIFY:112', 'TEMP+ENCR:56', 'OK', 'verify:0', 'VERIFY+CI:/CN=ca'];
const NETS = [
  ...['192.0.2', '192.0', '10', '10.1', '10.1.2', '10.1.2.3', '192.0.2.7', 'IPv6:2001:db8', 'IPv6:2001', 'IPv6', '127'],
  ...['IPv6:2001:db8:0:0:0:0:0:5', '203.0.113.9', '203.0.113', '[192.0.2.7]', '[192.0.2]', 'example', 'test', 'com'],
  ...['[IPv6:2001:db8:0:0:0:0:0:5]', '[IPv6:2001:db8]'],
];
/** Address as given, and as sendmail spells it. */
const ADDRESSES: readonly (readonly [string, string])[] = [
  ...[
    '192.0.2.7',
    '192.0.2.8',
    '10.1.2.3',
    '10.1.2.4',
    '10.9.9.9',
    '127.0.0.1',
    '127.0.0.5',
    '203.0.113.9',
    '',
    '0',
  ].map((address) => [address, address] as const),
  ['IPv6:2001:db8::5', 'IPv6:2001:db8:0:0:0:0:0:5'],
  ['2001:db8:1::9', 'IPv6:2001:db8:1:0:0:0:0:9'],
  ['::1', 'IPv6:0:0:0:0:0:0:0:1'],
  ['fe80::1', 'IPv6:fe80:0:0:0:0:0:0:1'],
];
const LOCAL_LINES = [
  'local.test',
  '[192.0.2.7]',
  'b.example',
  'LOCAL.example',
  '# x',
  'h.oracle.test junk',
  'd',
  '[10.1.2.4]',
];
const RELAY_LINES = [
  ...['relay.test', 'sub.a.example', '10.1', '192.0.2.8', 'IPv6:2001:db8', 'c.test', 'example', '.a.example', '192.0.'],
  ...['[203.0.113.77]', 'Relay.Test', 'IPv6:', 'UUCP', 'f.g.example', 'mail.oracle.test', '[192.0.2.7]'],
];
const PIECES = [...'ab@%!.":;,<>[]+\\ =/^|', 'a.example', 'local.test', 'relay.test', 'localhost'];
const HELOS = [
  'x.example',
  'nodots',
  'mail',
  '[127.0.0.1]',
  'local.test',
  '[203.0.113.9]',
  '[IPv6:::1]',
  'a.',
  '.a',
  'x y',
];
const TAGS = ['Connect:', 'From:', 'To:', 'Spam:', '', 'connect:', 'FROM:', 'To:', 'TLS_Clt:'];

/** A configuration. */
export function accessWorld(r: Random): { features: readonly string[]; files: Files } {
  const files = {
    access: r.list(r.int(0, 16), () => entry(r)).join('') + certificates(r),
    'local-host-names': `${r.sample(LOCAL_LINES, r.int(0, 4)).join('\n')}\n`,
    'relay-domains': `${r.sample(RELAY_LINES, r.int(0, 4)).join('\n')}\n`,
  };
  return { features: r.chance(0.2) ? STANDARD : features(r), files };
}

function features(r: Random): readonly string[] {
  const chosen = new Map<string, string>([['accept_unresolvable_domains', 'accept_unresolvable_domains']]);
  for (const feature of r.sample(FEATURES, FEATURES.length)) {
    const family = feature.split(':', 1)[0]!;
    const key = MANY.has(family) ? feature : family;
    if (r.chance(0.2) && !chosen.has(key)) chosen.set(key, feature);
  }
  return [...chosen.values()].sort();
}

function entry(r: Random): string {
  const key = r.pick([
    () => r.pick(HOSTS),
    () => r.pick(HOSTS),
    () => r.pick(NETS),
    () => `${r.pick(USERS)}@${r.pick(HOSTS)}`,
    () => `${r.pick(USERS)}@`,
    () => `.${r.pick(HOSTS)}`,
    () => `${r.pick(['u+*@', 'carol+*@'])}${r.pick(['', 'a.example', 'local.test'])}`,
  ])();
  if (/[\s#]/.test(key)) return '';
  const tag = r.pick(TAGS);
  return `${tag}${key}\t${r.pick(tag === 'TLS_Clt:' ? REQUIREMENTS : VALUES)}\n`;
}

function certificates(r: Random): string {
  if (r.chance(0.7)) return '';
  return `CERTISSUER:/CN=ca\t${r.pick(['RELAY', 'SUBJECT', 'OK'])}\nCERTSUBJECT:/CN=joe\tRELAY\n`;
}

/** An address, or something in its place. */
export function anyAddress(r: Random): string {
  const user = (): string => r.pick(USERS);
  const host = (): string => r.pick(r.chance(0.2) ? LOCALHOSTS : HOSTS);
  return r.weighted<() => string>([
    [44, () => `${user()}@${host()}`],
    [7, user],
    [7, () => `${user()}%${host()}@${host()}`],
    [3, () => `${user()}%${host()}%${host()}@${host()}`],
    [3, () => `${user()}%${host()}`],
    [4, () => `${host()}!${user()}@${host()}`],
    [4, () => `${host()}!${r.chance(0.3) ? `${host()}!` : ''}${user()}`],
    [3, () => `${host()}!${user()}%${host()}`],
    [5, () => `@${host()}${r.chance(0.4) ? `,@${host()}` : ''}:${user()}@${host()}`],
    [
      6,
      () =>
        `${user()}@[${r.pick(['192.0.2.7', '10.1.2.3', '127.0.0.1', 'IPv6:2001:db8::5', '203.0.113.77', 'x', ''])}]`,
    ],
    [1, () => `"${host()}@${host()}"@${host()}`],
    [6, () => r.list(r.int(1, 9), () => r.pick(PIECES)).join('')],
    [2, () => `${r.list(r.int(10, 30), (i) => `l${i}`).join('.')}@${r.list(r.int(5, 25), (i) => `m${i}`).join('.')}`],
  ])();
}

function client(r: Random): Omit<CheckQuery, 'kind'> {
  const [address, spelled] = r.pick(ADDRESSES);
  const resolve = r.pick(['OK', 'OK', 'OK', 'OK', 'FAIL', 'FORGED', 'TEMP'] as const);
  const named = resolve === 'OK' ? r.chance(0.9) : r.chance(0.2);
  return {
    clientAddr: address.includes(':') && !address.startsWith('IPv6:') ? `IPv6:${address}` : address,
    clientName: named
      ? r.pick([...HOSTS, 'h1.a.example', 'x.relay.test', 'a..b', '.a.example', 'a.example.'])
      : `[${spelled}]`,
    clientResolve: resolve,
    helo: r.pick(HELOS),
    ...(r.chance(0.3) && { clientPtr: r.pick(HOSTS) }),
  };
}

function session(r: Random): Omit<CheckQuery, 'kind'> {
  return {
    ...client(r),
    sender: r.chance(0.9) ? anyAddress(r) : '',
    ...(r.chance(0.15) && { daemonFlags: r.pick(['u', 'f', 'f u', 'r', 'a', 'b']) }),
    ...(r.chance(0.2) && { auth: r.pick(['PLAIN', 'LOGIN', 'CRAM-MD5', 'plain']), authAuthen: r.pick(['', 'joe']) }),
    ...(r.chance(0.25) && {
      tls: {
        verify: r.pick(['OK', 'TRUSTED', 'NO', 'FAIL', 'NONE', 'SOFTWARE', '']),
        certIssuer: r.pick(['/CN=ca', '/CN=x', '']),
        certSubject: r.pick(['/CN=joe', '/CN=y']),
      },
    }),
  };
}

/** A question: of six, one about a client, one about a sender, four about recipients. */
export function anyQuestion(r: Random, index: number): CheckQuery {
  if (index % 6 === 0) return { kind: 'relay', ...client(r) } as CheckQuery;
  if (index % 6 === 1) return { kind: 'mail', ...session(r) } as CheckQuery;
  return { kind: 'rcpt', rcpt: anyAddress(r), ...session(r) } as CheckQuery;
}
