/**
 * The name of a host -> its canonical name as a fact: aliases are followed, short names get a domain. An address in
 * brackets -> its name.
 *
 * Limits: asks DNS first, then the hosts file: sendmail's order without a service switch. Names with
 * characters outside ASCII have no canonical name.
 */
import { isIP } from 'node:net';
import { canonicalName } from '../address/host-name.ts';
import { decodeText, encodeText, isAscii } from '../core/bytes.ts';
import type { DnsRecord, DnsReply } from '../core/dns-reply.ts';
import type { Fact } from '../core/facts.ts';
import { clientAddress } from '../core/ip-address.ts';
import { EX_TEMPFAIL } from '../core/sysexits.ts';
import { nameOf } from './client-name.ts';
import { askDns, type DnsAnswer, type Resolver } from './resolver.ts';

/** Thrown where DNS must be asked first. */
class Unanswered extends Error {
  readonly host: string;

  constructor(host: string) {
    super('a name that must be asked for first');
    this.host = host;
  }
}

/** @param name a byte string */
export async function canonicalHost(name: string, resolver: Resolver, domain?: string): Promise<Fact> {
  if (name.startsWith('[')) return ownerOf(name, resolver);
  if (!isAscii(name) || name === '') return { status: 'notFound' };
  const { dns = resolver, hostNames = [], searchDomains = [] } = resolver.local ?? {};
  const replies = new Map<string, DnsReply>();
  for (;;) {
    try {
      const found = canonicalName(name, true, {
        sources: ['dns', 'files'],
        hostsFile: () => hostNames,
        dns: (host, type) => {
          const reply = replies.get(`${type} ${host}`);
          if (reply === undefined) throw new Unanswered(host);
          return reply;
        },
        searchDomains,
        domain,
        searchesDomains: true,
        addsDomain: true,
        hasWildcardMx: false,
        keepsAliases: false,
      });
      if (found.name !== undefined) return { status: 'found', records: [found.name] };
      return { status: found.status === EX_TEMPFAIL ? 'tempFail' : 'notFound' };
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      for (const [type, reply] of await repliesFor(error.host, dns)) replies.set(`${type} ${error.host}`, reply);
    }
  }
}

async function ownerOf(literal: string, resolver: Resolver): Promise<Fact> {
  const inside = literal.slice(1, literal.indexOf(']')).replace(/^ipv6:/i, '');
  return isIP(inside) > 0 ? nameOf(clientAddress(inside, false), resolver) : { status: 'notFound' };
}

/** The replies of DNS to the three questions about a host, asked together. */
async function repliesFor(host: string, resolver: Resolver): Promise<readonly (readonly [string, DnsReply])[]> {
  const name = decodeText(host);
  const [alias, aaaa, a, mx] = await Promise.all([
    resolver.resolveCname === undefined ? NO_ALIAS : questionTo(() => resolver.resolveCname!(name), plain('CNAME')),
    questionTo(() => resolver.resolve6(name), plain('AAAA')),
    questionTo(() => resolver.resolve4(name), plain('A')),
    questionTo(
      () => resolver.resolveMx(name),
      ({ exchange, priority }) => ({
        type: 'MX',
        value: encodeText(exchange),
        ...(priority !== undefined && { preference: priority }),
      }),
    ),
  ]);
  return [
    ['AAAA', withAlias(aaaa, alias)],
    ['A', withAlias(a, alias)],
    ['MX', withAlias(mx, alias)],
  ];
}

async function questionTo<T>(ask: () => Promise<readonly T[]>, record: (value: T) => DnsRecord): Promise<DnsReply> {
  const answer: DnsAnswer<T> = await askDns(ask);
  if (answer.status === 'found') return { status: 'found', records: answer.records.map(record) };
  return { status: answer.status === 'tempFail' ? 'tempFail' : answer.isNoName ? 'noName' : 'noData' };
}

const NO_ALIAS: DnsReply = { status: 'noData' };

function plain(type: string): (value: string) => DnsRecord {
  return (value) => ({ type, value: encodeText(value) });
}

/** A reply of DNS names the alias before its records. */
function withAlias(reply: DnsReply, alias: DnsReply): DnsReply {
  if (alias.status !== 'found' || reply.status === 'noName' || reply.status === 'tempFail') return reply;
  return { status: 'found', records: [...alias.records, ...(reply.status === 'found' ? reply.records : [])] };
}
