/**
 * resolveClient and resolveSenderDomain against a real daemon, both with the same random DNS: `client-name` compares the name
 * that the daemon gives its client, and its refusals; `sender-domain` its answer to MAIL FROM.
 */
import { Resolver } from 'node:dns/promises';
import { nameClient } from '../../src/dns/client-name.ts';
import { resolveSenderDomain } from '../../src/dns/resolve.ts';
import { saidOfClient, saidOfSender, saysOfClient } from '../dns/dns-replies.ts';
import { DnsServer } from '../oracle/dns.ts';
import type { DnsEntry, DnsTable } from '../oracle/jobs.ts';
import type { Comparison } from './comparison.ts';
import { type Random, random } from './random.ts';

const FILES = { 'service.switch': 'hosts dns files\naliases files\n' };
const PER_WORLD = 12;

/** Names of which some exist; what no resolver of Node can ask for is left to the tables of test/config/dns.test.ts. */
const NAMES = [
  'a.example',
  'b.example',
  'UPPER.Example',
  'under_score.example',
  '-dash.example',
  'x.-dash.example',
  'dash-.example',
  '_.example',
  'a/b.example',
  '*.example',
  'sub.a.example',
  'com',
  '1.example',
  `${'l'.repeat(63)}.example`,
];
/** Names that a hostile owner of an address may give it. */
const ODD_NAMES = [
  '1.2',
  '0x7f.1',
  '0x7f.0.0.1',
  '0x',
  '08.1',
  '09',
  '017',
  '1.2.3.4.5',
  '256.1.1.1',
  '1.256.1',
  '1.1.65536',
  '1.1.65535',
  '4294967295',
  '4294967296',
  '255.255.255.255',
  '192.0.2.1',
  '[192.0.2.1]',
  'bad name.example',
  'bad\nname.example',
  'bad(name).example',
  'a@b.example',
  'a,b.example',
  'a\\b.example',
  'caf\xe9.example',
  '.',
  '',
];
const ADDRESSES = [
  '192.0.2.1',
  '192.0.2.2',
  '10.1.2.3',
  '203.0.113.200',
  '2001:db8::1',
  '2001:db8::2',
  'fd00::1:0:0:1',
];
const RCODES = [1, 2, 3, 4, 5, 9];

const is6 = (address: string): boolean => address.includes(':');
const isOdd = (name: string): boolean => ODD_NAMES.includes(name);

function anyEntry(r: Random, aliases: readonly string[]): DnsEntry {
  if (r.chance(0.2)) return { rcode: r.pick(RCODES) };
  // nobody's domain is an alias of a top-level domain
  if (r.chance(0.15)) return { CNAME: r.pick(aliases.filter((alias) => alias.includes('.'))) };
  const addresses = r.sample(ADDRESSES, r.int(0, 3));
  return {
    ...(r.chance(0.6) && { A: addresses.filter((each) => !is6(each)) }),
    ...(r.chance(0.6) && { AAAA: addresses.filter(is6) }),
    ...(r.chance(0.3) && { MX: r.list(r.int(1, 2), (i) => [i, r.pick([...NAMES, '.'])] as const) }),
    ...(r.chance(0.2) && { TXT: ['x'] }),
    ...(r.chance(0.15) && { failing: r.sample(['A', 'AAAA', 'MX'] as const, r.int(1, 2)) }),
  };
}

function anyPtr(r: Random): DnsEntry {
  const names = r.list(r.pick([1, 1, 1, 2, 3]), () => r.pick(r.chance(0.7) ? NAMES : ODD_NAMES));
  return r.weighted<DnsEntry>([
    [8, { PTR: names }],
    [1, { rcode: r.pick(RCODES) }],
    [1, { CNAME: 'delegated.example' }],
    [1, {}],
  ]);
}

function anyWorld(r: Random): DnsTable {
  const names = [...NAMES, ...(r.chance(0.5) ? ODD_NAMES.filter((name) => /^[\w.]+$/.test(name)) : [])];
  const world: Record<string, DnsEntry> = { 'delegated.example': anyPtr(r) };
  for (const name of r.sample(names, r.int(4, names.length))) world[name.toLowerCase()] = anyEntry(r, NAMES);
  for (const address of r.sample(ADDRESSES, r.int(2, ADDRESSES.length))) world[address] = anyPtr(r);
  return world;
}

/** Runs `compare` with both sides looking at the same world. */
async function inWorlds(
  seed: number,
  cases: number,
  compare: (r: Random, dns: DnsTable, resolver: Resolver) => Promise<number>,
): Promise<void> {
  const server = await DnsServer.start(0);
  try {
    const resolver = new Resolver({ timeout: 20_000, tries: 1 });
    resolver.setServers([server.address]);
    for (let done = 0, round = 0; done < cases; round++) {
      const r = random(seed, round);
      const dns = anyWorld(r);
      server.answerFrom(dns);
      done += await compare(r, dns, resolver);
    }
  } finally {
    server.close();
  }
}

const clientNames: Comparison = {
  name: 'client-name',
  shortCases: 120,
  run: (oracle, seed, cases, report) =>
    inWorlds(seed, cases, async (r, dns, resolver) => {
      const clients = r.sample(ADDRESSES, PER_WORLD);
      const queries = clients.map((clientAddr) => ({
        kind: 'smtp' as const,
        clientAddr,
        lines: ['EHLO x', 'MAIL FROM:<>'],
      }));
      const features = ['accept_unresolvable_domains', 'require_rdns'];
      const { results } = await oracle.ask({ features, files: FILES, dns, newaliases: false, queries });
      for (const [i, address] of clients.entries()) {
        const theirs = saidOfClient(results[i]!);
        const ours = saysOfClient(await nameClient(address, resolver));
        const same = theirs.every((text, j) => text === ours[j]);
        report.compared(same ? undefined : { asked: { address, dns }, theirs, ours });
      }
      return clients.length;
    }),
};

function anySender(r: Random): string {
  const names = NAMES.filter((name) => !isOdd(name));
  const host = r.weighted([
    [12, r.pick(names)],
    [1, `${r.pick(names)}.`],
    [1, r.pick(names).toUpperCase()],
    [1, `nx${r.int(1, 9)}.example`],
    [2, `[${r.pick(ADDRESSES.filter((each) => !is6(each)))}]`],
    [2, `[${r.pick(['IPv6:', 'ipv6:', ''])}${r.pick(ADDRESSES.filter(is6))}]`],
    [1, r.pick(['[foo]', '[]', '[192.0.2]', '[192.0.2.1.5]', '[IPv6:192.0.2.1]', '[:]', '[IPv6:::1:2:3:4:5:6:7:8:9]'])],
    [1, r.pick(['1.2', '192.0.2.1', 'foo.UUCP', 'a', '0x7f.1'])],
  ]);
  const other = r.pick(names);
  return r.weighted([
    [10, `x@${host}`],
    [1, `${host}!x`],
    [1, `x%${host}`],
    [1, `x%${other}@${host}`],
    [1, `@${other}:x@${host}`],
    [1, `"x@${other}"@${host}`],
    [1, `<x@${host}>`],
    [1, `X Y <x@${host}>`],
    [1, `x@${host} (${other})`],
  ]);
}

const senderDomains: Comparison = {
  name: 'sender-domain',
  shortCases: 120,
  run: (oracle, seed, cases, report) =>
    inWorlds(seed, cases, async (r, dns, resolver) => {
      const senders = r.list(PER_WORLD, () => anySender(r));
      const queries = senders.map((sender) => ({
        kind: 'smtp' as const,
        clientAddr: '203.0.113.9',
        lines: ['EHLO x', `MAIL FROM:<${sender}>`],
      }));
      const { results } = await oracle.ask({ features: [], files: FILES, dns, newaliases: false, queries });
      for (const [i, sender] of senders.entries()) {
        const theirs = saidOfSender(results[i]!);
        const ours = await resolveSenderDomain(sender, resolver);
        const same = theirs === ours || theirs === undefined;
        report.compared(same ? undefined : { asked: { sender, dns }, theirs, ours });
      }
      return senders.length;
    }),
};

export const DNS_COMPARISONS: readonly Comparison[] = [clientNames, senderDomains];
