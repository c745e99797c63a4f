/**
 * Random configurations for the access rules: maps, lists and features of every kind, tidy and untidy.
 */
import type { Files } from '../oracle/jobs.ts';
import { ISSUERS, SUBJECTS } from './access-questions.ts';
import { HOSTS } from './mail-addresses.ts';
import type { Random } from './random.ts';

/** Features with an argument belong to one family; a configuration has one of each at most. */
const FEATURES = [
  ...['blocklist_recipients', 'relay_entire_domain', 'relay_hosts_only', 'relay_mail_from', 'relay_mail_from:domain'],
  ...['relay_local_from', 'promiscuous_relay', 'loose_relay_check', 'delay_checks', 'delay_checks:friend'],
  ...['delay_checks:hater', 'require_rdns', 'use_client_ptr', 'block_bad_helo', 'accept_unqualified_senders'],
  ...['access_db:skip', 'access_db:lookupdotdomain', 'access_db:relaytofulladdress', 'nopercenthack:nospecial'],
  ...['nopercenthack:reject', 'nouucp:nospecial', 'nouucp:reject', 'trust_auth_mech:PLAIN', 'trust_auth_mech:LOGIN'],
  ...[
    'preserve_local_plus_detail',
    'trust_auth_mech:CRAM-MD5',
    'trust_auth_mech:X.Y plain',
    'delay_checks:friend,n',
    'delay_checks:hater,n',
  ],
];
const MANY = new Set(['access_db', 'trust_auth_mech']);
const UNRESOLVABLE = 'accept_unresolvable_domains';
const STANDARD = [UNRESOLVABLE, 'blocklist_recipients'];
const DEFINES = [
  'define:confUSE_COMPRESSED_IPV6_ADDRESSES=True',
  'define:confREJECT_MSG="550 Go away"',
  'define:confREJECT_MSG=451 4.7.1 not now',
  'define:confRCPTREJ_MSG="550 5.1.1 Not here"',
  'define:confRELAY_MSG="550 No relaying"',
];

const USERS = [
  ...['alice', 'bob', 'carol+x', 'u', 'u+d', 'u+d+e', '+x', 'u+', 'U.V', '"q@s"', '"q%a.example"', '"x@c.test"', 'a.b'],
  ...[
    'postmaster',
    'a\\@b',
    '=a',
    'a/b',
    '{x}',
    "o'x",
    '""',
    '"x"',
    'a*b',
    '$x',
    'u[1]',
    'a^b',
    'Alice',
    'u%a.example',
  ],
  ...['a.example!u', 'u+*', '*', '\xc3\xa9', 'root', 'x@c.test', 'q', 'u@a.example', '?'],
];
const WORDS = [
  ...['OK', 'RELAY', 'REJECT', 'DISCARD', 'SKIP', 'FRIEND', 'HATER', 'SPAMFRIEND', 'SPAMHATER', 'SUBJECT', 'NO'],
  ...['relay', 'reject', 'Ok', 'Discard', 'skip', 'friend', 'Hater', 'SUBSCRIPTION', '?', 'QUARANTINE', 'ERROR'],
];
/** Values without any token, and a status of class 2 at connect, are differences on purpose. */
const VALUES = [
  ...['ERROR:5.7.1:550 no thanks', 'ERROR:4.7.1:"451 later"', '550 plain', 'QUARANTINE:q', '553 5.4.9 odd'],
  ...['text only', 'REJECT extra', 'ERROR:5.1.1:"550 x"', '550 5.7.1 text', 'ERROR:550 a, b; c=d', 'x<TMPF>', '<TMPF>'],
  ...['ERROR:"552 5.2.2 full"', 'QUARANTINE: a b.c', '550 (c) x', 'REJECT (c)', '421 bye', '451 4.7.1 x y'],
  ...['ERROR:nope', '250 ok', 'error:4.1.1:450 z', '"REJECT"', '550', '550 "a  b" c', '555 5.6.7 q'],
  ...['ERROR:D.S.N:550 x', 'ERROR:', 'QUARANTINE:', '550 a <b> c', '5.7.1 x', 'VERIFY', 'ENCR:128', 'PERM+VERIFY:112'],
  ...['REJECT \t', 'RELAY ', 'ERROR:5.7:550 x', 'ERROR:5.7.1.2:550 x', 'ERROR:9.9.9:550 x', 'ERROR:5.1234.1:550 x'],
  ...['ERROR:5.7.1:', 'ERROR:5.7.1:text', 'ERROR:4.2.2:452 a.b:c', '651 4.4.4 z', '150 x'],
  ...['354 go', '550-x', '5505.7.1 x', '  550 x', '550  5.7.1  x', 'ERROR:5.7.1:550 5.2.2 y', '450 4.7.1 (c) "d" e'],
  ...['TEMPFAIL', 'OK.', 'OK(c)', 'RELAY,', 'REJECT;', 'a@b', '550 <x@y>... no', 'ERROR: 550 x', 'ERROR :x'],
  ...[
    '550 \xc3\xa9t\xc3\xa9',
    'OK OK',
    '"OK"',
    '\\OK',
    'DISCARD x',
    'QUARANTINE:a:b',
    'QUARANTINE:"a  b"',
    '$f $j',
    '$#',
  ],
  ...['OKR', 'TEMP', 'PERM', '? x', 'NO x', '@', '@ x', '? ?', 'temp', 'OKR x', 'SUBJECT x', 'RELAY RELAY', '< OK >'],
  ...['550 a\\b', '550 [x] {y}', '550 a%b!c', '<x>', '<REJECT>', 'REJECT>', 'x <TMPF> y', 'TMPF', '550 "a" "b"', '?x'],
];
const REQUIREMENTS = [
  ...['VERIFY', 'ENCR:128', 'PERM+VERIFY:112', 'TEMP+ENCR:56', 'OK', 'verify:0', 'VERIFY+CI:/CN=ca', 'ENCR:0', 'ENCR'],
  ...[
    'VERIFY+CS:/CN=joe',
    'VERIFY:0+CI:/CN=ca++CS:/CN=joe',
    'PERM+ENCR:1',
    'VERIFY+CN',
    'PERM+x',
    'ENCR:128+CI:x',
    'NO',
    ...[
      'VERIFY+CITag:T',
      'ENCR:0+CITag:T',
      'VERIFY:abc',
      'ENCR:-1',
      'ENCR:1x',
      'VERIFY+',
      'VERIFY:',
      'PERM+TEMP+VERIFY',
    ],
    ...['VERIFY+CN:', 'VERIFY+CN:h.a.example', 'VERIFY+CS:', 'VERIFY+x', 'ENCR:0+y++CS:/CN=y', 'ENCR:0+CI:/CN=x++CN'],
    ...[
      'PERM',
      'perm+verify',
      'VERIFY x',
      'VERIFY:0 x',
      'ENCR:00',
      'VERIFY:1+CI:/CN=ca',
      'TEMP+VERIFY+CS:/CN=joe',
      '?',
      'OKR',
    ],
    ...['x<TMPF>', 'VERIFY>', 'VERIFY ( c )', '"VERIFY"', 'ENCR : 0', 'ENCR:0++CI:/CN=ca', 'ENCR:0+CI:/CN=ca+++CN:'],
  ],
];
const ISSUER_VALUES = ['RELAY', 'SUBJECT', 'OK', 'relay', 'subject', 'REJECT'];
const NETS = [
  ...[
    '192.0.2',
    '192.0',
    '10',
    '10.1',
    '10.1.2',
    '10.1.2.3',
    '192.0.2.7',
    '127',
    '203.0.113.9',
    '203.0.113',
    '192.0.2.',
  ],
  ...['IPv6:2001:db8', 'IPv6:2001', 'IPv6', 'IPv6:2001:db8:0:0:0:0:0:5', 'ipv6:2001:DB8', 'IPv6:2001:db8:1:2:3:4:5'],
  ...['IPv6:2001:db8:', 'IPv6:2001:db8::', 'IPv6:2001:db8::5', 'IPv6:::1', 'IPv6::', 'IPv6:2001:0:0:1', 'IPv6:2001::1'],
  ...['[192.0.2.7]', '[192.0.2]', 'example', 'test', 'com', '[IPv6:2001:db8:0:0:0:0:0:5]', '[IPv6:2001:db8]', '[IPv6]'],
  ...['[10', '0', '127.0.0.1', '[203.0.113.9]', 'in-addr.arpa', '[IPv6:2001:db8::5]', '[127.0.0.1]'],
];
const LOCAL_LINES = [
  ...[
    'local.test',
    '[192.0.2.7]',
    'b.example',
    'LOCAL.example',
    '# x',
    'h.oracle.test junk',
    'd',
    '[10.1.2.4]',
    ' c.test',
  ],
  ...[
    '[IPv6:2001:db8:0:0:0:0:0:5]',
    'x.local.test.',
    '\xc3\xa9.example',
    'a.b.c.d.e.f.g.example\r',
    '1.2.3',
    'example#c',
  ],
  ...['[203.0.113.77]', 'x.UUCP', 'UUCP', '', '[IPv6:2001:db8::5]', 'nodots', 'localhost.example', '"q"'],
];
const RELAY_LINES = [
  ...['relay.test', 'sub.a.example', '10.1', '192.0.2.8', 'IPv6:2001:db8', 'c.test', 'example', '.a.example', '192.0.'],
  ...['[203.0.113.77]', 'Relay.Test', 'IPv6:', 'UUCP', 'f.g.example', 'mail.oracle.test', '[192.0.2.7]', 'lay.test'],
  ...[
    'relay.test.',
    '# c.test',
    ' a.example',
    'b.example junk',
    'a.example\r',
    '1',
    '10',
    'IPv6:2001:db8:',
    '2.7',
    '.7]',
  ],
  ...['IPv6', '[', 'example.', '.', '192.0.2', 'mail', 'IPv6:2001:db8::5', '[IPv6:2001:db8', 'test', '192', 'x-1'],
];
const TAGS = [
  ...['Connect:', 'From:', 'To:', 'Spam:', '', 'connect:', 'FROM:', 'To:', 'TLS_Clt:', 'CONNECT:', 'to:', 'SPAM:'],
  ...['From:', 'To:', 'Connect:', '', '', 'tls_clt:'],
];

/** A set of features, often the usual one. */
export function anyFeatures(r: Random): readonly string[] {
  return r.chance(0.2) ? STANDARD : features(r);
}

/** A configuration. */
export function accessWorld(r: Random): { features: readonly string[]; files: Files } {
  const end = r.chance(0.05) ? '\r\n' : '\n';
  const files: Files = {
    access: r.chance(0.03) ? null : r.list(r.int(0, 24), () => entry(r, end)).join('') + certificates(r),
    'local-host-names': r.sample(LOCAL_LINES, r.int(0, 6)).join(end) + end,
    'relay-domains': r.sample(RELAY_LINES, r.int(0, 6)).join(end) + end,
  };
  const chosen = anyFeatures(r);
  return { features: r.chance(0.05) ? withoutMap(chosen) : chosen, files };
}

function features(r: Random): readonly string[] {
  const chosen = new Map<string, string>();
  if (r.chance(0.8)) chosen.set(UNRESOLVABLE, UNRESOLVABLE);
  for (const feature of r.sample(FEATURES, FEATURES.length)) {
    const family = feature.split(':', 1)[0]!;
    const key = MANY.has(family) ? feature : family;
    if (r.chance(0.2) && !chosen.has(key)) chosen.set(key, feature);
  }
  for (const define of DEFINES) if (r.chance(0.05)) chosen.set(define, define);
  return [...chosen.values()].sort();
}

/** The same without FEATURE(access_db), and what needs it. */
function withoutMap(features: readonly string[]): readonly string[] {
  return [...features.filter((feature) => !/^(access_db|relay_mail_from|delay_checks:)/.test(feature)), 'no_access_db'];
}

function entry(r: Random, end: string): string {
  const key = r.weighted<() => string>([
    [3, () => r.pick(HOSTS)],
    [2, () => r.pick(NETS)],
    [2, () => `${r.pick(USERS)}@${r.pick(HOSTS)}`],
    [2, () => `${r.pick(USERS)}@`],
    [1, () => `.${r.pick(HOSTS)}`],
    [1, () => `${r.pick(['u+*@', 'carol+*@', 'U+*@', '+*@'])}${r.pick(['', 'a.example', 'local.test', 'relay.test'])}`],
    [0.5, () => `${r.pick(HOSTS)}.`],
    [
      0.5,
      () => `${r.pick(USERS)}@[${r.pick(['192.0.2.7', 'IPv6:2001:db8:0:0:0:0:0:5', '127.0.0.1', '203.0.113.77'])}]`,
    ],
    [0.3, () => r.pick(USERS)],
    [0.2, () => ''],
    [0.2, () => `@${r.pick(HOSTS)}`],
  ])();
  const tag = r.pick(TAGS);
  if (/[\s#]/.test(key) || tag + key === '') return '';
  return `${tag}${key}${r.pick(['\t', ' ', ' \t '])}${valueFor(r, tag)}${r.chance(0.1) ? ' ' : ''}${end}`;
}

/** A value for an entry with this key. */
export function valueFor(r: Random, key: string): string {
  if (/^tls/i.test(key)) return r.pick(REQUIREMENTS);
  if (/^certissuer:/i.test(key)) return r.pick(ISSUER_VALUES);
  return r.pick(r.chance(0.6) ? WORDS : VALUES);
}

function certificates(r: Random): string {
  if (r.chance(0.7)) return '';
  const line = (tag: string, names: readonly string[], values: readonly string[]): string =>
    `${tag}:${r.pick(names)}\t${r.pick(values)}\n`;
  return (
    line(r.pick(['CERTISSUER', 'CertIssuer']), ISSUERS, ISSUER_VALUES) +
    line('CERTSUBJECT', SUBJECTS, ['RELAY', 'OK', 'Relay', 'x<TMPF>'])
  );
}
