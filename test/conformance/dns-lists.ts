/** Random DNS lists, access maps and answers of DNS: the replies to clients at connect, and to recipients under delay_checks. */
import { ours, sessionOf, theirs } from '../access/answer.ts';
import { tableResolver } from '../access/table-resolver.ts';
import { configurationOf } from '../machine.ts';
import { oracleDirectory } from '../oracle/client.ts';
import { configuration as cfOf } from '../oracle/features.ts';
import type {
  DecisionAnswer,
  DnsEntry,
  DnsTable,
  MailQuery,
  RcptQuery,
  RelayQuery,
  RouteQuery,
} from '../oracle/jobs.ts';
import { ours as ourRoute, theirs as theirRoute } from '../route/answer.ts';
import { type Comparison, sevenBit } from './comparison.ts';
import { type Random, random } from './random.ts';

const ZONES = ['bl.example', 'bl2.example', 'x.bl.example'] as const;
const RHS = ['rhs.example', 'rhs2.example'] as const;
const DOMAINS = [
  'bad.example',
  'sub.bad.example',
  'good.example',
  'tmp.example',
  'mx1.example',
  'mx2.example',
] as const;
/** MX records are only asked for with it. */
const SWITCH = 'hosts dns files\naliases files\n';
/** Questions of one configuration. */
const BATCH = 60;

type Spec = readonly string[];

const message = (r: Random): string =>
  r.pick([
    '',
    '',
    '"550 5.7.9 listed"',
    '"550 Mail from " $&{client_addr} " refused"',
    '"421 busy"',
    'quarantine',
    'discard',
    '"451 later"',
    'go   away',
    '"no code"',
    '"550 5.7.1 no, never"',
  ]);
const temporary = (r: Random): string => r.pick(['', '', 't', 't', '"451 4.7.1 try again "', '"450 wait"']);

function lists(r: Random): Spec[] {
  return r.list(r.int(1, 4), () => {
    const kind = r.pick(['dnsbl', 'dnsbl', 'enhdnsbl', 'enhdnsbl', 'rhsbl', 'mtamark']);
    if (kind === 'mtamark')
      return [kind, r.pick(['', '', '"550 no MTA"']), r.pick(['', 't', '"451 later"']), r.pick(['', 'm'])];
    if (kind === 'rhsbl') return [kind, r.pick(RHS), r.pick(['', '', '"550 5.7.2 no"']), r.pick(['', 't'])];
    const results = r.list(r.int(0, 3), () => r.pick(['127.0.0.2.', '127.0.0.4.', '127.0.0.$-.', '127.0.1.$-.']));
    return [kind, r.pick(ZONES), message(r), temporary(r), ...(kind === 'enhdnsbl' ? results : [])];
  });
}

const address = (r: Random): string => r.pick([`192.0.2.${r.int(1, 12)}`, '127.0.0.1', '198.51.100.7']);

/** A client; lists are not asked about addresses of IPv6. */
function clientAddress(r: Random): string {
  return r.chance(0.1) ? r.pick(['IPv6:2001:db8:0:0:0:0:0:7', 'IPv6:0:0:0:0:0:0:0:1']) : address(r);
}

function dnsOf(r: Random): DnsTable {
  const entry = (): DnsEntry =>
    r.pick<DnsEntry>([
      { A: ['127.0.0.2'] },
      { A: ['127.0.0.4'] },
      { A: ['127.0.1.3'] },
      { A: ['127.0.0.9', '127.0.0.2'] },
      { rcode: 2 },
      { TXT: ['listed'] },
    ]);
  const clients = r.list(14, () => `${address(r).split('.').reverse().join('.')}.${r.pick(ZONES)}`);
  const marks = r.list(6, () => {
    const name = `${r.pick(['_perm._smtp._srv', 'm'])}.${address(r).split('.').reverse().join('.')}.in-addr.arpa`;
    return [name, r.pick<DnsEntry>([{ TXT: ['0'] }, { TXT: ['1'] }, { TXT: ['00'] }, { rcode: 2 }])] as const;
  });
  const senders = r.list(4, () => `${r.pick(DOMAINS)}.${r.pick(RHS)}`);
  const mx: Record<string, DnsEntry> = {
    'mx1.example': {
      MX: [
        [10, r.pick(['b.example', 'b.example', 'local.test'])],
        [20, r.pick(['mail.oracle.test', 'c.example', 'local.test'])],
      ],
    },
    'mx2.example': r.pick<DnsEntry>([{ rcode: 2 }, { MX: [[5, 'local.test']] }, { A: ['192.0.2.50'] }]),
    'b.example': { A: [r.pick(['192.0.2.60', '127.0.0.1', '10.1.2.3', '0.0.0.0'])] },
    'c.example': r.pick<DnsEntry>([{ rcode: 2 }, { CNAME: 'b.example' }, { A: ['110.1.2.3'] }]),
    'bad.example': r.pick<DnsEntry>([
      { MX: [[5, r.pick(['192.0.2.1', '192.0.2.10', 'b.example', 'c.example', '10.none'])]] },
      { MX: [[0, '.']] },
    ]),
    'good.example': { A: [r.pick(['192.0.2.61', '10.2.3.4'])] },
    'tmp.example': { rcode: 2 },
    'sub.mx1.example': {
      MX: [
        [10, r.pick(['b.example', 'mail.oracle.test'])],
        [10, r.pick(['c.example', 'local.test'])],
      ],
    },
  };
  return {
    ...Object.fromEntries([...clients, ...senders].map((name) => [name, entry()])),
    ...Object.fromEntries(marks),
    ...mx,
  };
}

function accessMap(r: Random): string {
  const keys = [
    `Connect:${address(r)}`,
    `Connect:192.0.2`,
    `From:${r.pick(DOMAINS)}`,
    `rhs:${r.pick(DOMAINS)}`,
    `To:${r.pick(DOMAINS)}`,
    `${r.pick(DOMAINS)}`,
    `rhs:s@${r.pick(DOMAINS)}`,
    `To:x@local.test`,
    'Connect:IPv6:2001:db8',
    'Connect:bad.example',
  ];
  const values = (): string => r.pick(['OK', 'RELAY', 'REJECT', 'DISCARD', '550 mine']);
  const lines = r.sample(keys, r.int(0, 5)).map((key) => `${key}\t${values()}\n`);
  const spam = r.chance(0.3) ? [`Spam:${r.pick(['local.test', 'x@local.test', 'mx1.example'])}\tFRIEND\n`] : [];
  return [...lines, ...spam].join('');
}

function query(r: Random): RelayQuery | MailQuery | RcptQuery | RouteQuery {
  const auth = r.chance(0.1) ? { auth: r.pick(['PLAIN', 'LOGIN']) } : {};
  const client = { ...auth, clientAddr: clientAddress(r), clientName: r.pick(['h.example', 'mail.bad.example']) };
  // the sender of the question before is no sender of this one
  if (r.chance(0.5)) return { kind: 'relay', ...client, macros: { f: '' } };
  if (r.chance(0.4))
    return { kind: 'mail', sender: `s@${r.pick([...DOMAINS, 'local.test', '[192.0.2.1]'])}`, ...client };
  if (r.chance(0.3))
    return {
      kind: 'route',
      address: `${r.pick(['x', 'x+y', 'x%far.example', 'mx1.example!x'])}@${r.pick([...DOMAINS, 'sub.mx1.example'])}`,
    };
  const rcpt = `x@${r.pick([...DOMAINS, 'local.test', 'mail.oracle.test'])}`;
  return {
    kind: 'rcpt',
    rcpt: r.chance(0.1) ? `y%${r.pick(DOMAINS)}@mx1.example` : rcpt,
    sender: `s@${r.pick(DOMAINS)}`,
    ...client,
  };
}

/** With a comma in a message of enhdnsbl, m4 writes rules that are not recognised. */
function hasLostRule(specs: readonly (readonly string[])[]): boolean {
  return specs.some(([kind, , message = '']) => kind === 'enhdnsbl' && message.includes(','));
}

/** Files that a sendmail.cf names. */
const CF_FILES = {
  'relay-domains': '',
  'trusted-users': '',
  '/etc/hosts': '127.0.0.1 localhost mail.oracle.test mail\n',
};

export const dnsListComparison: Comparison = {
  name: 'dnsbl',
  shortCases: 300,
  async run(oracle, seed, cases, report) {
    for (let done = 0, index = 0; done < cases; index += 1) {
      const r = random(seed, index);
      const options = [
        r.pick(['delay_checks', 'delay_checks', 'delay_checks:friend', 'delay_checks:hater']),
        'relay_based_on_MX',
        'loose_relay_check',
        'require_rdns',
        'blocklist_recipients',
        r.pick(['badmx', 'badmx', 'badmx:^(192\\.0\\.2\\.)']),
        'trust_auth_mech:PLAIN',
        r.pick(['bestmx_is_local', 'bestmx_is_local:mx1.example']),
      ];
      const named = ['accept_unresolvable_domains', ...r.sample(options, r.int(0, 4))];
      const specs = lists(r);
      const files = { 'local-host-names': 'local.test\n', access: accessMap(r), 'service.switch': SWITCH };
      const dns = dnsOf(r);
      const queries = r.list(BATCH, () => query(r));
      const { results } = await oracle.ask({ features: [...named, ...specs], files, dns, queries });
      const features = [...named, ...specs.map(([kind, ...more]) => `${kind}:${more.join(',')}`)];
      const all = [...named, ...specs];
      const configuration = r.chance(0.5)
        ? configurationOf({ features, files })
        : configurationOf({
            cf: cfOf(oracleDirectory, all),
            files: { ...files, ...CF_FILES },
            rules: r.chance(0.5) || hasLostRule(specs) ? 'file' : 'built-in',
          });
      for (const [i, asked] of queries.entries()) {
        const resolver = tableResolver(dns);
        if (asked.kind === 'route') {
          const way = await configuration.ask({ kind: 'route', address: asked.address }, { resolver });
          const [their, our] = [theirRoute(results[i]!), ourRoute(way, asked.address)];
          report.compared(
            their === our ? undefined : { asked: { features, files, dns, asked }, theirs: their, ours: our },
          );
          done += 1;
          continue;
        }
        const session = sessionOf(asked);
        const question =
          asked.kind === 'rcpt'
            ? ({ kind: 'rcpt', recipient: asked.rcpt, session } as const)
            : asked.kind === 'mail'
              ? ({ kind: 'mail', sender: asked.sender ?? '', session } as const)
              : ({ kind: 'relay', client: session.client } as const);
        const decision = await configuration.ask(question, { resolver });
        const [their, our] = [sevenBit(theirs(results[i] as DecisionAnswer)), sevenBit(ours(decision, asked))];
        report.compared(
          their === our ? undefined : { asked: { features, files, dns, asked }, theirs: their, ours: our },
        );
        done += 1;
      }
    }
  },
};
