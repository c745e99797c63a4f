/** A resolver that answers from a table, as the oracle's DNS server does. */
import { isIP } from 'node:net';
import { clientAddress } from '../../src/core/ip-address.ts';
import { reverseName } from '../../src/dns/client-name.ts';
import { parseHosts } from '../../src/dns/hosts-file.ts';
import type { Resolver } from '../../src/dns/resolver.ts';
import type { DnsEntry, DnsTable } from '../oracle/jobs.ts';

/** Aliases that the server follows. */
const MAX_ALIASES = 8;

class DnsError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** The names of addresses are PTR records. */
function keyOf(name: string): string {
  return isIP(name) > 0 ? reverseName(clientAddress(name, false)) : name.toLowerCase().replace(/\.$/, '');
}

/** @param hosts the text of a hosts file */
export function tableResolver(table: DnsTable, hosts = ''): Resolver {
  const entries = new Map(Object.entries(table).map(([name, entry]) => [keyOf(name), entry]));
  const records = <T>(
    name: string,
    of: (entry: DnsEntry) => readonly T[] | undefined,
    type?: 'A' | 'AAAA' | 'MX' | 'CNAME',
    aliases = 0,
  ): readonly T[] => {
    const entry = entries.get(name.toLowerCase());
    if (entry === undefined) throw new DnsError('ENOTFOUND');
    if (entry.rcode === 'truncated') throw new DnsError('ENODATA');
    if (entry.rcode !== undefined && entry.rcode !== 3) throw new DnsError('ESERVFAIL');
    if (type !== undefined && type !== 'CNAME' && entry.failing?.includes(type)) throw new DnsError('ESERVFAIL');
    if (entry.CNAME !== undefined && type !== 'CNAME' && aliases < MAX_ALIASES)
      return records(entry.CNAME, of, type, aliases + 1);
    const found = of(entry) ?? [];
    if (found.length === 0) throw new DnsError('ENODATA');
    return found;
  };
  const dns: Resolver = {
    resolvePtr: async (name) => records(name, ({ PTR }) => PTR),
    resolve4: async (name) => records(name, ({ A }) => A, 'A'),
    resolve6: async (name) => records(name, ({ AAAA }) => AAAA, 'AAAA'),
    resolveMx: async (name) =>
      records(name, ({ MX }) => MX?.map(([priority, exchange]) => ({ priority, exchange })), 'MX'),
    resolveTxt: async (name) => records(name, ({ TXT }) => TXT?.map((text) => [text])),
    resolveCname: async (name) => records(name, ({ CNAME }) => (CNAME === undefined ? [] : [CNAME]), 'CNAME'),
  };
  const { lines, names } = parseHosts(hosts);
  const resolvePtr = async (name: string): Promise<readonly string[]> => names.get(name) ?? dns.resolvePtr!(name);
  return { ...dns, resolvePtr, local: { dns, hostNames: lines, searchDomains: ['oracle.test'] } };
}
