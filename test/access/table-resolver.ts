/** A resolver that answers from a table, as the oracle's DNS server does. */
import type { Resolver } from '../../src/dns/resolver.ts';
import type { DnsEntry, DnsTable } from '../oracle/jobs.ts';

class DnsError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export function tableResolver(table: DnsTable): Resolver {
  const entries = new Map(Object.entries(table).map(([name, entry]) => [name.toLowerCase().replace(/\.$/, ''), entry]));
  const records = <T>(name: string, of: (entry: DnsEntry) => readonly T[] | undefined): readonly T[] => {
    const entry = entries.get(name.toLowerCase());
    if (entry === undefined) throw new DnsError('ENOTFOUND');
    if (entry.rcode !== undefined && entry.rcode !== 3) throw new DnsError('ESERVFAIL');
    if (entry.CNAME !== undefined) return records(entry.CNAME, of);
    const found = of(entry) ?? [];
    if (found.length === 0) throw new DnsError('ENODATA');
    return found;
  };
  return {
    resolvePtr: async (name) => records(name, ({ PTR }) => PTR),
    resolve4: async (name) => records(name, ({ A }) => A),
    resolve6: async (name) => records(name, ({ AAAA }) => AAAA),
    resolveMx: async (name) => records(name, ({ MX }) => MX?.map(([priority, exchange]) => ({ priority, exchange }))),
    resolveTxt: async (name) => records(name, ({ TXT }) => TXT?.map((text) => [text])),
  };
}
