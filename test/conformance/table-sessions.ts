/**
 * Whole SMTP sessions in random worlds with every table, relays of local names, aliases, an access map and DNS: each reply of a
 * real daemon, and the one that `session` gives. A third of the configurations is stated by features, a third by the sendmail.cf
 * of m4 with its own rules, a third by that file with the built-in rules.
 */
import { type Feature, isRouteFeature } from '../../src/access/features.ts';
import { type MailMaps, openMailMaps } from '../../src/config/mailmaps.ts';
import type { SmtpReply, SmtpSession } from '../../src/config/smtp-session.ts';
import { decodeText, encodeText } from '../../src/core/bytes.ts';
import { tableResolver } from '../access/table-resolver.ts';
import { withoutLeftOver } from '../alias/answer.ts';
import { HOST, PASSWD } from '../machine.ts';
import { oracleDirectory } from '../oracle/client.ts';
import { configuration } from '../oracle/features.ts';
import type { DnsEntry, DnsTable, SmtpQuery } from '../oracle/jobs.ts';
import { canonifying, dnsOf } from './canonify.ts';
import { type Comparison, sevenBit } from './comparison.ts';
import { type Random, random } from './random.ts';
import { isTooDeep } from './relay.ts';
import { host, type RouteWorld, routeAddress, routeWorld, tableUser } from './route-world.ts';
import { aliases } from './tables-expand.ts';

const CLIENTS = [
  ['192.0.2.7', 'h.far.example'],
  ['192.0.2.8', undefined],
  ['10.1.2.3', 'x.v.example'],
  ['127.0.0.1', 'localhost'],
  ['2001:db8::5', 'y.relay.test'],
] as const;
const NAMED = CLIENTS.flatMap(([address, name]) => (name && name !== 'localhost' ? `${address} ${name}\n` : []));
const HOSTS = `127.0.0.1 localhost mail.oracle.test mail\n${NAMED.join('')}`;
const SWITCH = 'hosts dns files\naliases files\npasswd files\n';
const SESSIONS = 6;
const RECIPIENTS = 5;

const CHECKS = [
  ...['delay_checks', 'delay_checks:friend', 'delay_checks:hater', 'blocklist_recipients', 'relay_entire_domain'],
  ...['relay_hosts_only', 'relay_mail_from', 'relay_mail_from:domain', 'relay_local_from', 'loose_relay_check'],
  ...[
    'accept_unqualified_senders',
    'relay_based_on_MX',
    'badmx',
    'block_bad_helo',
    'require_rdns',
    'promiscuous_relay',
  ],
  ...['access_db:skip', 'access_db:relaytofulladdress', 'access_db:lookupdotdomain', 'bestmx_is_local'],
  ...['dnsbl:bl.example', 'dnsbl:bl2.example,"550 5.7.9 listed",t', 'enhdnsbl:bl.example,,t,127.0.0.2.'],
  ...['rhsbl:rhs.example', 'use_client_ptr', 'bestmx_is_local:example', 'badmx:^(192\\.0\\.2\\.)'],
] as const;
const VALUES = [
  ...['OK', 'RELAY', 'RELAY', 'REJECT', 'DISCARD', 'SKIP', 'FRIEND', 'HATER', '550 5.7.1 mine', '451 4.7.1 later'],
  ...['ERROR:5.7.1:550 not you', 'ERROR:4.2.2:"450 full"', 'QUARANTINE:odd', 'relay', 'ERROR:nouser'],
] as const;

/** One of each family, and none twice. */
function checkFeatures(r: Random): readonly string[] {
  const chosen = new Map<string, string>();
  for (const feature of r.sample(CHECKS, r.int(0, 5))) {
    const [family] = feature.split(':');
    chosen.set(family === 'access_db' ? feature : family!, feature);
  }
  return [...chosen.values()];
}

function accessMap(r: Random): string {
  const key = (): string =>
    r.pick([
      () => `${r.pick(['To:', 'From:', 'Connect:', 'Spam:', ''])}${host(r)}`,
      () => `${r.pick(['To:', 'From:', 'Spam:', ''])}${tableUser(r)}@${host(r)}`,
      () => `${r.pick(['To:', 'From:', ''])}${tableUser(r)}@`,
      () => `Connect:${r.pick(['192.0.2', '10', '127.0.0.1', 'h.far.example', 'v.example', 'IPv6:2001:db8'])}`,
    ])();
  const lines = new Map(r.list(r.int(0, 12), () => [key(), r.pick(VALUES)] as const));
  return [...lines]
    .filter(([each]) => /^[^\s#"\\]+$/.test(each))
    .map(([each, value]) => `${each}\t${value}\n`)
    .join('');
}

interface World extends RouteWorld {
  readonly dns: DnsTable;
}

function anyWorld(r: Random): World {
  const { features, files } = routeWorld(r, true);
  const isNull = features.some((feature) => feature.startsWith('nullclient'));
  const names = r.chance(0.4) ? canonifying(r) : [];
  const more = isNull ? [] : [...checkFeatures(r), ...names];
  return {
    features: [...features.filter((feature) => isNull || feature !== 'no_access_db'), ...more],
    files: {
      ...files,
      access: accessMap(r),
      aliases: aliases(r),
      'relay-domains': r.list(r.int(0, 3), () => `${host(r)}\n`).join(''),
      'canonify-domains': 'test\n',
      'service.switch': SWITCH,
      hosts: HOSTS,
    },
    dns: { ...dnsOf(r), ...listed(r) },
  };
}

/** Clients and senders on DNS lists. */
function listed(r: Random): DnsTable {
  const clients = CLIENTS.map(([address]) => address.split('.').reverse().join('.'));
  const names = [
    ...clients.flatMap((client) => [`${client}.bl.example`, `${client}.bl2.example`]),
    ...['good.test', 'far.example', 'v.example'].map((domain) => `${domain}.rhs.example`),
  ];
  const entry = (): DnsEntry => r.pick<DnsEntry>([{ A: ['127.0.0.2'] }, { A: ['127.0.0.4'] }, { rcode: 2 }]);
  return Object.fromEntries(r.sample(names, r.int(0, 5)).map((name) => [name, entry()]));
}

const READ = /^(?:nopercenthack|nouucp|preserve_local_plus_detail|accept_|canonify|nocanonify)/;

function opened({ features, files }: World, r: Random): { readonly maps: MailMaps; readonly by: string } {
  const { hosts, ...texts } = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, decodeText(text)]));
  const isWithout = features.includes('no_access_db');
  const common = { directory: '/etc/mail', hostName: HOST };
  const all = { 'local-host-names': '', 'trusted-users': '', '/etc/passwd': PASSWD, '/etc/hosts': HOSTS, ...texts };
  const hasFlags = features.some((feature) => feature.includes(':hash -'));
  const by = r.pick(hasFlags ? (['file', 'built-in'] as const) : (['features', 'file', 'built-in'] as const));
  const isRead = (name: string): boolean =>
    isRouteFeature(name) || READ.test(name) || CHECKS.some((check) => check === name);
  if (by === 'features')
    return {
      maps: openMailMaps({
        ...common,
        ...(isWithout && { access: false as const }),
        features: features.filter(isRead) as Feature[],
        texts: all,
      }),
      by,
    };
  const cf = decodeText(configuration(oracleDirectory, features));
  return {
    maps: openMailMaps({ ...common, cf: '/etc/mail/sendmail.cf', rules: by, texts: { ...all, 'sendmail.cf': cf } }),
    by,
  };
}

/** An address in a command; deep names and text behind brackets are differences on purpose. */
function address(r: Random): string {
  const made = r.chance(0.4) ? routeAddress(r) : r.chance(0.85) ? `${tableUser(r)}@${host(r)}` : tableUser(r);
  const sent = made.replace(/[<>\r\n\0]/g, '');
  return sent.length < 1500 && !isTooDeep(sent) ? sent : address(r);
}

type Said = readonly [command: 'MAIL' | 'RCPT' | 'RSET' | 'VRFY' | 'EXPN', address: string];

/** @param verifies with a question about an address, for which DNS is not asked */
function conversation(r: Random, verifies: boolean): readonly Said[] {
  const sender = r.chance(0.1) ? '' : r.chance(0.5) ? 's@good.test' : address(r);
  const verified: Said[] =
    verifies && r.chance(0.3) ? [[r.pick(['VRFY', 'EXPN']), r.chance(0.5) ? tableUser(r) : address(r)]] : [];
  const recipients = r.list(RECIPIENTS, (): Said => ['RCPT', address(r)]);
  // a recipient after others may be equal to one of them, or to a bad member of their aliases
  const [first, ...others] = recipients;
  const alone = others.flatMap((each): Said[] => [['RSET', ''], ['MAIL', sender], each]);
  return [['MAIL', sender], first!, ...alone, ...verified];
}

function lineOf([command, text]: Said): string {
  if (command === 'RSET') return command;
  if (command === 'VRFY' || command === 'EXPN') return `${command} ${text}`;
  return `${command} ${command === 'MAIL' ? 'FROM' : 'TO'}:<${text}>`;
}

/** The reason depends on the modes of directories. */
const CANNOT_OPEN = /(?<=\.\.\. Cannot open .*): [A-Z][a-z ]+$/;

/**
 * Recipients of a list have an order of their own, whether a message waits is not decided by rules, and the daemon shows a
 * repeated recipient in the form in which it was first given.
 */
function comparable(lines: readonly string[]): string {
  return lines
    .map((line) => withoutLeftOver(sevenBit(`${line.slice(0, 3)} ${line.slice(4)}`)))
    .map((line) =>
      line
        .replaceAll('\r', '?')
        .replace(CANNOT_OPEN, '')
        .replace(/^(250 2\.1\.5) .*(\.\.\. Recipient ok)(?: \(will queue\))?$/, '$1 $2'),
    )
    .sort()
    .join('\n');
}

const isCanonifying = (feature: string): boolean => /canonify/i.test(feature);

/** A row of COMPATIBILITY.md: a host without mail exchangers counts as its own only by the rules of a file. */
function isOwnExchanger(by: string, { features }: World, asked: string, ours: string): boolean {
  const asksMx = features.some((feature) => /^(?:bestmx_is_local|relay_based_on_MX)/.test(feature));
  return by !== 'file' && asksMx && /@\[[a-z]/i.test(asked) && ours.includes('Relaying denied');
}

/** sendmail keeps mail in its queue while DNS does not answer. */
const isPutOff = (line: string): boolean => line.startsWith('451 4.4.3');

async function answerOf(session: SmtpSession, [command, text]: Said, dns: DnsTable): Promise<SmtpReply> {
  const address = decodeText(text);
  const options = { resolver: tableResolver(dns, HOSTS) };
  switch (command) {
    case 'MAIL':
      return session.ask({ kind: 'mail', sender: address }, options);
    case 'RCPT':
      return session.ask({ kind: 'rcpt', recipient: address }, options);
    case 'RSET':
      return session.reset();
    case 'VRFY':
      return session.vrfy(address);
    case 'EXPN':
      return session.expn(address);
  }
}

export const tableSessionsComparison: Comparison = {
  name: 'table-sessions',
  shortCases: 120,
  async run(oracle, seed, cases, report) {
    for (let done = 0, index = 0; done < cases; index++) {
      const r = random(seed, index);
      const world = anyWorld(r);
      const { features, files, dns } = world;
      const { maps, by } = opened(world, r);
      const asked = r.list(SESSIONS, () => ({
        client: r.pick(CLIENTS),
        said: conversation(r, !features.some(isCanonifying)),
      }));
      const queries = asked.map(({ client, said }): SmtpQuery => {
        return { kind: 'smtp', clientAddr: client[0], lines: ['EHLO x.example', ...said.map(lineOf)] };
      });
      const { results } = await oracle.ask({ features, files, dns, queries });
      for (const [i, { client, said }] of asked.entries()) {
        const { replies } = results[i]!;
        const [address, name] = client;
        const session = maps.session({ address, ...(name === undefined ? { resolve: 'FAIL' } : { name }) });
        const connected = await session.ask({ kind: 'connect' }, { resolver: tableResolver(dns, HOSTS) });
        session.helo('x.example');
        for (const [n, each] of said.entries()) {
          const answer = await answerOf(session, each, dns);
          const greeting = replies[0]!.at(-1)!;
          const [their, our] = [
            comparable(greeting.startsWith('220') ? replies[n + 2]! : [greeting]),
            comparable(answer.lines.map((line) => encodeText(line))),
          ];
          const question = { by, client, before: said.slice(0, n), asked: lineOf(each) };
          report.compared(
            their === our || isPutOff(our) || isOwnExchanger(by, world, each[1], our)
              ? undefined
              : { asked: { ...question, features, files, dns }, theirs: their, ours: our },
          );
          done += 1;
          // a refused client hears the same again; a dropped message is not looked at
          if (!connected.accepted || answer.decision?.action === 'discard') break;
          if (each[0] === 'MAIL' && !(their.startsWith('250') && answer.accepted)) break;
        }
      }
      maps.close();
    }
  },
};
