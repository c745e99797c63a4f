/**
 * Random configurations for the access rules: maps, lists and features of every kind, tidy and untidy.
 */
import type { Files } from '../oracle/jobs.ts';
import { wordsOf } from '../read-data.ts';
import { ISSUERS, SUBJECTS } from './access-questions.ts';
import { HOSTS } from './mail-addresses.ts';
import type { Random } from './random.ts';

const words = wordsOf('access-world');

/** Features with an argument belong to one family; a configuration has one of each at most. */
const FEATURES = words('features');
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

const USERS = words('users');
const WORDS = words('words');
/** Values without any token, and a status of class 2 at connect, are differences on purpose. */
const VALUES = words('values');
const REQUIREMENTS = words('requirements');
const ISSUER_VALUES = ['RELAY', 'SUBJECT', 'OK', 'relay', 'subject', 'REJECT'];
const NETS = words('nets');
const LOCAL_LINES = words('localLines');
const RELAY_LINES = words('relayLines');
const TAGS = words('tags');

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
