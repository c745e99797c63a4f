/**
 * Whole SMTP sessions of hostile clients, in random worlds of DNS: `maps.session(client).ask` by our rules and by those of the
 * sendmail.cf, against a real daemon on a real connection. Unlike `daemon`, everything is asked through the public face: the
 * client's name, the sender's domain, canonical names, and who gets the mail.
 */
import { type MailMaps, openMailMaps } from '../../src/config/mailmaps.ts';
import { RULES } from '../../src/config/options.ts';
import { decodeText, encodeText } from '../../src/core/bytes.ts';
import type { Resolver } from '../../src/dns/resolver.ts';
import { tableResolver } from '../access/table-resolver.ts';
import { HOST, PASSWD } from '../machine.ts';
import { type Oracle, oracleDirectory } from '../oracle/client.ts';
import { configuration } from '../oracle/features.ts';
import type { DnsEntry, DnsTable, SmtpQuery } from '../oracle/jobs.ts';
import { envelopeAddress } from './access-questions.ts';
import { accessWorld } from './access-world.ts';
import { type Comparison, type Report, sevenBit } from './comparison.ts';
import { HOSTS } from './mail-addresses.ts';
import { type Random, random } from './random.ts';
import { isTooDeep } from './relay.ts';

const IPV6 = '2001:db8::5';
const IPV4 = ['192.0.2.7', '192.0.2.8', '10.1.2.3', '127.0.0.5', '203.0.113.77'];
const HELOS = ['x.example', 'nodots', 'mail', '[127.0.0.1]', 'local.test', '[203.0.113.9]'];
const HOSTS_FILE = '127.0.0.1 localhost mail.oracle.test mail\n';
const SWITCH = 'hosts dns files\naliases files\npasswd files\n';
/** Sessions of one world, and recipients of a session. */
const SESSIONS = 6;
const RECIPIENTS = 3;
/** Names that the daemon completes by the search list of its resolver, a difference on purpose. */
const COMPLETED = /^(?:mail|localhost)(?:\.oracle)?(?:\.test)?\.?$/i;
const VIRTUAL_USERS = [
  'nobody@nowhere.example\tx\n',
  '@b.example\tx@far.example\nu@local.test\talice\n@d\terror:5.7.0:550 no\n',
];

/** Features that ask DNS. */
const ASKING = [
  'dnsbl:bl.test',
  'dnsbl:bl.test,"550 listed",t',
  'enhdnsbl:enh.test,"553 5.7.9 listed",t,127.0.0.2.',
  'rhsbl:rhs.test',
  'rhsbl:rhs.test,,t',
  'mtamark:"550 no MTA",t',
  'badmx',
  'bestmx_is_local',
  'relay_based_on_MX',
];
/** Names below the zones of the lists. */
const LISTED = [
  ...IPV4.flatMap((address) => ['bl.test', 'enh.test'].map((zone) => `${reversed(address)}.${zone}`)),
  ...['a.example', 'relay.test', 'local.test', 'b.example'].map((domain) => `${domain}.rhs.test`),
];

function reversed(address: string): string {
  return address.split('.').reverse().join('.');
}

function anyListing(r: Random): DnsEntry {
  return r.pick<DnsEntry>([{ A: ['127.0.0.2'] }, { A: ['127.0.0.3'] }, { rcode: 2 }, { TXT: ['x'] }]);
}

const DNS_NAMES = HOSTS.map((host) => host.toLowerCase()).filter((host) => !COMPLETED.test(host));
const PTRS = [
  ...HOSTS.filter((host) => /^[\w.-]+$/.test(host)),
  'localhost',
  '[127.0.0.1]',
  '127.0.0.1',
  'a(b).example',
];

function anyEntry(r: Random): DnsEntry {
  return r.weighted<DnsEntry>([
    [4, { A: [r.pick(IPV4)] }],
    [1, { AAAA: [IPV6] }],
    [1, { MX: [[5, 'mx.example']] }],
    [1, { MX: [[5, r.pick(HOSTS)]], A: [r.pick(IPV4)] }],
    [1, { MX: [[5, r.pick(['mail.oracle.test', 'relay.test', '192.0.2.1', '.'])]] }],
    [1, { CNAME: r.pick(['a.example', 'relay.test', 'local.test', 'c.test']) }],
    [1, { rcode: 2 }],
    [0.5, { failing: ['MX'] }],
    [0.5, { failing: ['A'], MX: [[1, 'm.example']] }],
    [0.5, { TXT: ['x'] }],
  ]);
}

function anyDns(r: Random): DnsTable {
  const named = r.sample(DNS_NAMES, r.int(5, 25)).map((name) => [name, anyEntry(r)] as const);
  const owned = [...IPV4, IPV6]
    .filter(() => r.chance(0.7))
    .map(
      (address) =>
        [
          address,
          r.weighted<DnsEntry>([
            [8, { PTR: [r.pick(PTRS)] }],
            [1, { rcode: 2 }],
            [1, {}],
          ]),
        ] as const,
    );
  const marks = r
    .sample(IPV4, 2)
    .map((address) => [`_perm._smtp._srv.${reversed(address)}.in-addr.arpa`, { TXT: [r.pick(['0', '1'])] }] as const);
  const listed = r.sample(LISTED, r.int(0, LISTED.length)).map((name) => [name, anyListing(r)] as const);
  return Object.fromEntries([...named, ...owned, ...marks, ...listed]);
}

interface Spoken {
  readonly address: string;
  readonly helo: string;
  readonly sender: string;
  readonly recipients: readonly string[];
}

/** An address that fits into a command and has one reply. */
function anyAddress(r: Random): string {
  const address = envelopeAddress(r).replaceAll('>', '');
  const host = address.includes('@') ? address.slice(address.lastIndexOf('@') + 1) : address.split('!', 1)[0]!;
  return address.length < 2000 && /^[\x20-\x7e]*$/.test(address) && !COMPLETED.test(host) ? address : anyAddress(r);
}

function anySession(r: Random): Spoken {
  return {
    address: r.pick([...IPV4, IPV6]),
    helo: r.pick(HELOS),
    sender: r.chance(0.1) ? '' : anyAddress(r),
    recipients: r.list(RECIPIENTS, () => anyAddress(r)),
  };
}

function query({ address, helo, sender, recipients }: Spoken): SmtpQuery {
  const lines = [`EHLO ${helo}`, `MAIL FROM:<${sender}>`, ...recipients.map((rcpt) => `RCPT TO:<${rcpt}>`)];
  return { kind: 'smtp', clientAddr: address, lines };
}

/** One reply of ours and the index of theirs. */
type Said = readonly [index: number, line: string];

/** The replies as far as the daemon answers for itself: it takes everything for a message that it drops. */
async function* ourReplies(
  maps: MailMaps,
  spoken: Spoken,
  resolver: Resolver,
  isGreeted: boolean,
): AsyncGenerator<Said> {
  const { address, helo, sender, recipients } = spoken;
  const session = maps.session({ address });
  const connected = await session.ask({ kind: 'connect' }, { resolver });
  if (connected.lines.length > 0) return yield [0, connected.lines[0]!];
  session.helo(helo);
  const mail = await session.ask({ kind: 'mail', sender }, { resolver });
  yield [isGreeted ? 2 : 0, mail.lines[0]!];
  let dropped = [connected, mail].some(({ decision }) => decision?.action === 'discard');
  for (const [i, recipient] of mail.accepted ? recipients.entries() : []) {
    if (dropped) return;
    const { lines, decision } = await session.ask({ kind: 'rcpt', recipient }, { resolver });
    yield [i + 3, lines[0]!];
    dropped = decision?.action === 'discard';
  }
}

/** Texts at connect go through a format, in which %b is b. The daemon may queue what it cannot route now; a session has no queue. */
function isSame(mine: string, real: string): boolean {
  const plain = real.replace(/\r/g, ' ').replace(/ \(will queue\)$/, '');
  return (
    mine === plain || mine.replaceAll('%b', 'b') === plain || /^451 4\.4\.3 .* host name lookup failure$/.test(mine)
  );
}

async function compareWorld(oracle: Oracle, r: Random, report: Report): Promise<number> {
  let compared = 0;
  const world = accessWorld(r);
  const asking = ASKING.filter(() => r.chance(0.12));
  const features = [...world.features, ...['canonify', 'virtusertable'].filter(() => r.chance(0.2)), ...asking];
  const files = { ...world.files, access: world.files.access ?? '', virtusertable: r.pick(VIRTUAL_USERS) };
  const dns = anyDns(r);
  const sessions = r.list(SESSIONS, () => anySession(r));
  const spec = { features, files: { ...files, 'service.switch': SWITCH, hosts: HOSTS_FILE }, dns };
  const { results } = await oracle.ask({ ...spec, newaliases: false, queries: sessions.map(query) });
  const texts = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, decodeText(text as string)]));
  const resolver = tableResolver(dns, HOSTS_FILE);
  for (const rules of RULES) {
    using maps = openMailMaps({
      directory: '/etc/mail',
      cf: '/etc/mail/sendmail.cf',
      rules,
      hostName: HOST,
      texts: {
        ...{ aliases: '', 'trusted-users': '', 'service.switch': SWITCH },
        ...{ '/etc/hosts': HOSTS_FILE, '/etc/passwd': PASSWD },
        'sendmail.cf': decodeText(configuration(oracleDirectory, features)),
        ...texts,
      },
    });
    for (const [i, spoken] of sessions.entries()) {
      const replies = results[i]!.replies.map((lines) => lines.at(-1)!);
      const deep = isTooDeep(spoken.sender, ...spoken.recipients);
      for await (const [index, line] of ourReplies(maps, spoken, resolver, replies[0]!.startsWith('220'))) {
        const [ours, theirs = ''] = [sevenBit(encodeText(line)), replies[index]];
        // it gave up, and the session has another end
        if (deep && /excessive recursion/.test(theirs)) break;
        compared++;
        report.compared(isSame(ours, theirs) ? undefined : { asked: { rules, spoken, ...spec }, theirs, ours });
      }
    }
  }
  return compared;
}

export const sessionComparison: Comparison = {
  name: 'sessions',
  shortCases: 60,
  async run(oracle, seed, cases, report) {
    for (let done = 0, round = 0; done < cases; round++)
      done += await compareWorld(oracle, random(seed, round), report);
  },
};
