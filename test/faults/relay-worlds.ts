/**
 * Configurations that a stranger may try to relay through: each feature, table and file that opens a door for somebody, with
 * entries of the kinds that have opened it for everybody: percent hacks, bang paths, source routes, literals, quotes, catch-alls,
 * names from DNS that lie, and files of which only a part is there.
 */
import type { FeatureSpec } from '../oracle/features.ts';
import type { DnsTable } from '../oracle/jobs.ts';
import { AMBIGUOUS } from './open-relay-ambiguous.ts';
import { PROBES } from './open-relay-probes.ts';

export interface RelayWorld {
  readonly name: string;
  readonly features: readonly FeatureSpec[];
  /** Below /etc/mail; tables are made into maps. */
  readonly files: Readonly<Record<string, string>>;
  readonly dns?: DnsTable;
  /** Each recipient waits for a name server that is silent: few are asked. */
  readonly isSlow?: true;
}

/** Files whose texts are run through makemap. */
export const TABLES: readonly string[] = [
  ...['access', 'virtusertable', 'mailertable', 'genericstable', 'domaintable', 'bitdomain', 'uudomain'],
];

const HOSTS = { 'local-host-names': 'example.com\nmail.example.com\n', 'relay-domains': 'backup.example\n' };
const ACCESS = 'Connect:192.0.2\tRELAY\nTo:backup2.example\tRELAY\n';
const BASE = { ...HOSTS, access: ACCESS };
const COMMON = ['accept_unresolvable_domains'] as const;
const WITH_DNS = { ...BASE, 'service.switch': 'hosts dns files\naliases files\n' };

/** A client that names itself as a host of ours, one of which DNS knows nothing, one for which it fails, and one that is silent. */
const CLIENT_NAMES: DnsTable = {
  '203.0.113.9': { PTR: ['mx.backup.example'] },
  'mx.backup.example': { A: ['192.0.2.1'] },
  '203.0.113.10': { PTR: ['localhost'] },
  '203.0.113.11': { rcode: 2 },
  '203.0.113.12': { PTR: ['fails.backup.example'] },
  'fails.backup.example': { rcode: 2 },
};
const EXCHANGERS: DnsTable = {
  ...CLIENT_NAMES,
  'far.example': {
    MX: [
      [10, 'mx.far.example'],
      [20, 'mail.example.com'],
    ],
  },
  'ours.example': { MX: [[10, 'mail.oracle.test']] },
  'tied.example': {
    MX: [
      [10, 'mx.far.example'],
      [10, 'mail.oracle.test'],
    ],
  },
  'failing.example': { failing: ['MX'] },
  'truncated.example': { MX: [[10, 'mail.oracle.test']], rcode: 'truncated' },
  'alias.example': { CNAME: 'ours.example' },
  'literal.example': { MX: [[10, '127.0.0.1']] },
  'root.example': { MX: [[0, '.']] },
};

const VIRTUAL =
  'alice@virtual.example\talice\n@virtual.example\tbob\n@percent.example\t%1%far.example\n@bang.example\tfar.example!%1\n@route.example\t@mail.example.com:%1@far.example\n@literal.example\t%1@[203.0.113.1]\n@quoted.example\t"%1@far.example"@example.com\n@out.example\t%1@far.example\n@closed.example\terror:nouser 550 no such user\nboth@virtual.example\tvictim@far.example\n';
const MAILERS =
  'backup.example\tesmtp:[mx.backup.example]\nfar2.example\tesmtp:far.example\n.backup.example\tesmtp:%1.far.example\nlocal.example\tlocal:\nnamed.example\tlocal:alice\npercent.example\tesmtp:%1%far.example\nerror.example\terror:5.7.0:550 no\n';
const GENERICS = 'stranger@far.example\talice@example.com\n@far.example\t%1@example.com\nroot\talice@example.com\n';
const DOMAINS = 'old.example\texample.com\nodd.example\tfar.example\nother.example\tbackup.example\n';

export const WORLDS: readonly RelayWorld[] = [
  { name: 'plain', features: COMMON, files: BASE },
  { name: 'nothing at all', features: COMMON, files: { 'local-host-names': '', 'relay-domains': '', access: '' } },
  { name: 'virtusertable', features: [...COMMON, 'virtusertable'], files: { ...BASE, virtusertable: VIRTUAL } },
  {
    name: 'virtusertable of whole domains',
    features: [
      ...COMMON,
      'virtusertable',
      'VIRTUSER_DOMAIN:virtual.example percent.example bang.example out.example',
      'virtuser_entire_domain',
    ],
    files: { ...BASE, virtusertable: VIRTUAL },
  },
  { name: 'mailertable', features: [...COMMON, 'mailertable'], files: { ...BASE, mailertable: MAILERS } },
  {
    name: 'genericstable',
    features: [...COMMON, 'genericstable', 'GENERICS_DOMAIN:far.example example.com', 'always_add_domain'],
    files: { ...BASE, genericstable: GENERICS },
  },
  { name: 'domaintable', features: [...COMMON, 'domaintable'], files: { ...BASE, domaintable: DOMAINS } },
  {
    name: 'UUCP',
    features: [...COMMON, 'bitdomain', 'uucpdomain', ['mailertable']],
    files: {
      ...BASE,
      mailertable: MAILERS,
      bitdomain: 'bitnet.example\tfar.example\n',
      uudomain: 'uucp.example\tfar\n',
    },
  },
  {
    name: 'relay_entire_domain',
    features: [...COMMON, 'relay_entire_domain'],
    files: BASE,
  },
  { name: 'relay_hosts_only', features: [...COMMON, 'relay_hosts_only'], files: BASE },
  {
    name: 'relay_mail_from',
    features: [...COMMON, 'relay_mail_from:domain'],
    files: { ...BASE, access: `${ACCESS}From:partner.example\tRELAY\n` },
  },
  { name: 'relay_local_from', features: [...COMMON, 'relay_local_from'], files: BASE },
  { name: 'loose_relay_check', features: [...COMMON, 'loose_relay_check'], files: BASE },
  {
    name: 'delay_checks',
    features: [...COMMON, 'delay_checks:friend'],
    files: { ...BASE, access: `${ACCESS}Spam:alice@\tFRIEND\nConnect:203.0.113\tREJECT\n` },
  },
  {
    name: 'an access map of every kind',
    features: [...COMMON, 'blocklist_recipients', 'access_db:relaytofulladdress'],
    files: {
      ...BASE,
      access: `${ACCESS}To:friend@far.example\tRELAY\nTo:victim@\tOK\nfar.example\tOK\nConnect:203.0.113.9\tOK\nFrom:stranger@far.example\tOK\nTo:[203.0.113.1]\tOK\n`,
    },
  },
  { name: 'nouucp', features: [...COMMON, 'nouucp:reject'], files: BASE },
  { name: 'uucp kept', features: [...COMMON, 'nouucp:nospecial'], files: BASE },
  {
    name: 'LUSER_RELAY and SMART_HOST',
    features: [
      ...COMMON,
      'define:LUSER_RELAY=esmtp:hub.far.example',
      'define:SMART_HOST=esmtp:hub.far.example',
      'define:MAIL_HUB=hub.example',
    ],
    files: BASE,
  },
  { name: 'stickyhost', features: [...COMMON, 'stickyhost', 'define:LOCAL_RELAY=hub.example'], files: BASE },
  { name: 'names of clients that lie', features: COMMON, files: WITH_DNS, dns: CLIENT_NAMES },
  { name: 'relay_based_on_MX', features: [...COMMON, 'relay_based_on_MX'], files: WITH_DNS, dns: EXCHANGERS },
  { name: 'bestmx_is_local', features: [...COMMON, 'bestmx_is_local'], files: WITH_DNS, dns: EXCHANGERS },
  {
    name: 'bestmx_is_local within a domain',
    features: [...COMMON, 'bestmx_is_local:ours.example'],
    files: WITH_DNS,
    dns: EXCHANGERS,
  },
  {
    name: 'canonical names',
    features: [...COMMON, 'canonify'],
    files: WITH_DNS,
    dns: { ...EXCHANGERS, 'alias.example': { CNAME: 'example.com' }, 'example.com': { A: ['192.0.2.5'] } },
  },
  {
    name: 'a name server that is silent',
    features: [...COMMON, 'relay_based_on_MX'],
    files: WITH_DNS,
    dns: { '203.0.113.9': { rcode: 'silence' }, 'far.example': { rcode: 'silence' } },
    isSlow: true,
  },
  {
    name: 'half an access map',
    features: COMMON,
    files: { ...BASE, access: 'Connect:192.0.2\tRELAY\nTo:backup2.exa' },
  },
  { name: 'half of the relayed domains', features: COMMON, files: { ...BASE, 'relay-domains': 'mx.backup.exam' } },
  { name: 'no relayed domains', features: COMMON, files: { ...BASE, 'relay-domains': '' } },
  {
    name: 'half of the names of this host',
    features: COMMON,
    files: { ...BASE, 'local-host-names': 'mail.example.com\nexampl' },
  },
  {
    name: 'half a virtusertable',
    features: [...COMMON, 'virtusertable'],
    files: { ...BASE, virtusertable: '@virtual.example\tbob\n@out.example' },
  },
  {
    name: 'half a mailertable',
    features: [...COMMON, 'mailertable'],
    files: { ...BASE, mailertable: 'backup.example\tesmtp:[mx' },
  },
];

/** Addresses from which the strangers come. */
export const CLIENTS: readonly string[] = [
  '203.0.113.9',
  '203.0.113.10',
  '203.0.113.11',
  '203.0.113.12',
  '198.51.100.1',
];
export const SENDERS: readonly string[] = ['stranger@far.example', 'alice@example.com', ''];

/** Names that mean something in one of the configurations, and some that do not. */
const NAMES = [
  ...[
    'example.com',
    'backup.example',
    'virtual.example',
    'out.example',
    'percent.example',
    'old.example',
    'odd.example',
  ],
  ...['local.example', 'uucp.example', 'ours.example', 'tied.example', 'alias.example', '[203.0.113.1]', '[127.0.0.1]'],
];
const SHAPES: readonly ((name: string) => string)[] = [
  (name) => `alice@${name}`,
  (name) => `victim@${name}`,
  (name) => `victim%far.example@${name}`,
  (name) => `far.example!victim@${name}`,
  (name) => `"victim@far.example"@${name}`,
  (name) => `"victim%far.example"@${name}`,
  (name) => `@${name}:victim@far.example`,
  (name) => `victim@far.example@${name}`,
  (name) => `${name}!far.example!victim`,
  (name) => `victim%far.example%${name}`,
  (name) => `victim@sub.${name}`,
  (name) => `victim@${name}.far.example`,
];
const MORE = [
  'failing',
  'truncated',
  'literal',
  'root',
  'quoted',
  'route',
  'bang',
  'closed',
  'far2',
  'named',
  'backup2',
].flatMap((label) => [`victim@${label}.example`, `victim%far.example@${label}.example`]);

/** The attempts in each configuration. */
export function recipientsOf({ isSlow }: RelayWorld): readonly string[] {
  const shaped = NAMES.flatMap((name) => SHAPES.map((shape) => shape(name)));
  const all = [
    ...new Set([...PROBES.map(([, recipient]) => recipient), ...shaped, ...MORE, 'friend@far.example', ...AMBIGUOUS]),
  ];
  return isSlow ? ['victim@far.example', 'victim%far.example@example.com', 'alice@example.com'] : all;
}
