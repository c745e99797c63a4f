/**
 * Host names that DNS makes canonical, in random worlds of tables: routes, addresses as others see them, and replies to senders
 * and recipients, by our rules and by sendmail's.
 */

import { decodeText, encodeText } from '../../src/core/bytes.ts';
import { ours as ourDecision, sessionOf, theirs as theirDecision } from '../access/answer.ts';
import { tableResolver } from '../access/table-resolver.ts';
import { type Oracle, oracleDirectory } from '../oracle/client.ts';
import { configuration } from '../oracle/features.ts';
import type { DnsEntry, DnsTable, MailQuery, RcptQuery, RewriteQuery, RouteQuery } from '../oracle/jobs.ts';
import { ours, theirForm, theirs } from '../route/answer.ts';
import { mapsOfCf } from '../route/machine.ts';
import { type Comparison, type Report, sevenBit } from './comparison.ts';
import { type Random, random } from './random.ts';
import { addresses, answered, isHalfRead, mapsFor } from './route.ts';
import { host, routeWorld } from './route-world.ts';

/** Questions of one configuration. */
const BATCH = 60;
const HOSTS = '127.0.0.1 localhost mail.oracle.test mail\n192.0.2.77 inhosts.example short\n192.0.2.78 onlyshort\n';
const SWITCH = 'hosts dns files\naliases files\n';

/** The canonical names in a sendmail.mc, and its flags of daemons. */
export function canonifying(r: Random): string[] {
  return r.pick<string[]>([
    ['canonify'],
    ['canonify'],
    ['canonify'],
    ['CANONIFY_DOMAIN:example', 'CANONIFY_DOMAIN_FILE:/etc/mail/canonify-domains'],
    ['nocanonify:canonify_hosts'],
    [],
  ]);
}

const NAMES = [
  'alias.example',
  'short',
  'onlyshort',
  'inhosts.example',
  'dangling.example',
  'nodots.oracle.test',
  'none',
];

/** Node asks DNS for no names outside ASCII. */
const ASCII = /^[\x20-\x7e]*$/;

function name(r: Random): string {
  const named = r.chance(0.25) ? r.pick(NAMES) : host(r).replace(/\.+$/, '');
  return ASCII.test(named) ? named : 'far.example';
}

/** The names that sendmail knows for its own by asking for them when it starts, and no names. */
const OURS = /^(?:mail|localhost)(?:\.oracle\.test)*$|[[\]*]/i;

export function dnsOf(r: Random): DnsTable {
  const entry = (): DnsEntry =>
    r.weighted<() => DnsEntry>([
      [5, () => ({ A: ['192.0.2.1'] })],
      [1, () => ({ AAAA: ['2001:db8::1'] })],
      [2, () => ({ MX: [[10, 'mx.example']] })],
      [5, () => ({ CNAME: name(r) })],
      [1, () => ({ rcode: 2 })],
      [1, () => ({ failing: [r.pick(['A', 'AAAA', 'MX'])], ...(r.chance(0.5) ? { A: ['192.0.2.2'] } : {}) })],
      [1, () => ({ TXT: ['text'] })],
    ])();
  const named = r.list(25, () => (r.chance(0.2) ? `${name(r)}.oracle.test` : name(r)));
  const owner = (): DnsEntry => r.pick<DnsEntry>([{ PTR: ['owner.example'] }, { PTR: [name(r)] }, { rcode: 2 }]);
  const literals = Object.fromEntries(['192.0.2.5', '2001:db8::5'].map((address) => [address, owner()]));
  return {
    ...Object.fromEntries(named.filter((each) => !OURS.test(each)).map((each) => [each, entry()])),
    ...(r.chance(0.7) ? literals : {}),
  };
}

type Asked = RouteQuery | RewriteQuery;

function question(r: Random, address: string): Asked {
  const flags = r.chance(0.3) ? { daemonFlags: r.pick(['c', 'CC', 'c u', 'u']) } : {};
  if (r.chance(0.6)) return { kind: 'route', address, ...flags };
  return {
    kind: 'rewrite',
    address,
    mailer: r.pick(['esmtp', 'local', 'relay']),
    in: r.pick(['envelope', 'header']),
    role: r.pick(['sender', 'recipient']),
    ...flags,
  };
}

async function askRoutes(oracle: Oracle, r: Random, count: number, report: Report): Promise<void> {
  const world = routeWorld(r);
  const features = [...world.features, ...canonifying(r)];
  const files = { ...world.files, 'canonify-domains': 'test\n', 'service.switch': SWITCH, hosts: HOSTS };
  const spec = { features, files };
  const maps = mapsFor(spec, r);
  const dns = dnsOf(r);
  const asked = addresses(r, count, 250).map((address) => question(r, r.chance(0.3) ? `x@${name(r)}` : address));
  const { results } = await oracle.ask({ ...spec, dns, queries: asked });
  const options = { resolver: tableResolver(dns, HOSTS) };
  for (const [i, each] of asked.slice(0, answered(results)).entries()) {
    const address = decodeText(each.address);
    if (each.kind === 'rewrite' && isHalfRead(each.address, world)) continue;
    const flags = each.daemonFlags === undefined ? {} : { daemonFlags: each.daemonFlags };
    const [their, our] =
      each.kind === 'route'
        ? [theirs(results[i]!), ours(await maps.ask({ kind: 'route', address, ...flags }, options), address)]
        : [
            theirForm(results[i]!),
            (
              await maps.ask(
                { kind: 'rewrite', address, mailer: each.mailer, where: each.in, role: each.role, ...flags },
                options,
              )
            ).address,
          ];
    if (our.includes('Infinite loop')) continue;
    const shown = their === 'none' && /^\d{3} /.test(our) ? encodeText(our) : their;
    report.compared(
      sevenBit(shown) === sevenBit(encodeText(our))
        ? undefined
        : { asked: { ...spec, dns, asked: each }, theirs: shown, ours: our },
    );
  }
}

function accessMap(r: Random): string {
  const keys = [
    `To:${name(r)}`,
    `To:${name(r)}`,
    `From:${name(r)}`,
    `From:${name(r)}`,
    `${name(r)}`,
    `To:x@${name(r)}`,
  ];
  const lines = new Map(r.sample(keys, r.int(1, 5)).map((key) => [key, r.pick(['OK', 'RELAY', 'REJECT', '550 mine'])]));
  return [...lines].map(([key, value]) => `${key}\t${value}\n`).join('');
}

async function askChecks(oracle: Oracle, r: Random, count: number, report: Report): Promise<void> {
  const options = [
    'blocklist_recipients',
    'relay_mail_from',
    'relay_hosts_only',
    'delay_checks',
    'relay_entire_domain',
  ];
  const features: string[] = ['accept_unresolvable_domains', ...r.sample(options, r.int(0, 3)), ...canonifying(r)];
  const files = {
    'local-host-names': `local.test\n${name(r)}\n`,
    'relay-domains': `${name(r)}\n${name(r)}\n`,
    access: accessMap(r),
    'canonify-domains': 'test\n',
    'service.switch': SWITCH,
    hosts: HOSTS,
  };
  const spec = { features, files };
  const maps = mapsOfCf(spec, configuration(oracleDirectory, features), r.pick(['file', 'built-in']));
  const dns = dnsOf(r);
  const client = { clientAddr: '198.51.100.7', clientName: 'h.example' };
  const asked = r.list(count, (): MailQuery | RcptQuery => {
    const flags = r.chance(0.2) ? { daemonFlags: r.pick(['c', 'CC', 'c u']) } : {};
    const sender = `x@${name(r)}`;
    if (r.chance(0.4)) return { kind: 'mail', sender, ...client, ...flags };
    return { kind: 'rcpt', rcpt: `${r.pick(['x', 'y', 'x%far.example'])}@${name(r)}`, sender, ...client, ...flags };
  });
  const { results } = await oracle.ask({ ...spec, dns, queries: asked });
  const resolver = tableResolver(dns, HOSTS);
  for (const [i, each] of asked.entries()) {
    const session = sessionOf(each);
    const decision = await maps.ask(
      each.kind === 'mail'
        ? { kind: 'mail', sender: each.sender ?? '', session }
        : { kind: 'rcpt', recipient: each.rcpt, session },
      { resolver },
    );
    const [their, our] = [sevenBit(theirDecision(results[i]!)), sevenBit(ourDecision(decision, each))];
    report.compared(their === our ? undefined : { asked: { ...spec, dns, asked: each }, theirs: their, ours: our });
  }
}

export const canonifyComparison: Comparison = {
  name: 'canonify',
  shortCases: 600,
  async run(oracle, seed, cases, report) {
    for (let first = 0; first < cases; first += BATCH) {
      const r = random(seed, first);
      const ask = r.chance(0.6) ? askRoutes : askChecks;
      await ask(oracle, r, Math.min(BATCH, cases - first), report);
    }
  },
};
