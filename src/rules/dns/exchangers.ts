/** A domain -> the hosts that accept its mail, the best first, each with a final dot. */
import type { ByteString } from '../../core/bytes.ts';
import type { DnsReply } from '../../core/dns-reply.ts';
import { foldCase } from '../../core/fold.ts';
import { EX_NOHOST, EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE } from '../../core/sysexits.ts';
import { groups } from '../maps/ipv6.ts';
import type { MapContext } from '../maps/map-context.ts';
import { canonicalName, searchDns } from './canonical.ts';

const CLASS_W = 'w'.charCodeAt(0);

export interface Exchangers {
  readonly hosts: readonly ByteString[];
  readonly status: number;
  /** The domain accepts no mail (a null MX, RFC 7505). */
  readonly takesNone?: boolean;
  /** DNS failed. */
  readonly failed?: boolean;
}

export interface ExchangerOptions {
  /** Short names are looked for in the domains of the resolver. */
  readonly searches: boolean;
  /** `O FallbackMXhost` is added. */
  readonly takesFallback: boolean;
}

/** Finds the mail exchangers. A host without any is its own exchanger, if it has an address. */
export function mailExchangers(host: ByteString, options: ExchangerOptions, context: MapContext): Exchangers {
  if (host === '') return { hosts: [], status: EX_OK };
  const fallback = options.takesFallback && context.options.fallbackMx ? [context.options.fallbackMx] : [];
  if (host.startsWith('[')) return ownAddress(host, fallback, context);
  if (!context.options.usesDns) return { hosts: fallback, status: EX_OK };
  const reply = options.searches ? searchDns(host, 'MX', context) : askPlainly(host, context);
  if (reply.status === 'tempFail')
    return fallback.length > 0 ? { hosts: fallback, status: EX_OK } : { hosts: [], status: EX_TEMPFAIL, failed: true };
  if (reply.status !== 'found') return self(host, reply.status === 'noName' ? EX_NOHOST : EX_OK, fallback, context);
  const records = reply.records
    .filter(({ type }) => type === 'MX')
    .map(({ value, preference = 0 }) => ({ value, preference }));
  if (records.length === 1 && records[0]!.preference === 0 && records[0]!.value === '')
    return { hosts: [], status: EX_UNAVAILABLE, takesNone: true };
  // of equally good hosts, this one is first
  const weight = (name: ByteString): number => (context.words.has(CLASS_W, name) ? 0 : 1);
  const sorted = records
    .sort((a, b) => a.preference - b.preference || weight(a.value) - weight(b.value))
    .map(({ value }) => `${value}.`);
  const hosts = sorted.filter((name, i) => i === 0 || foldCase(name) !== foldCase(sorted[i - 1]!));
  return hosts.length === 0 ? { hosts: fallback, status: EX_OK } : { hosts: [...hosts, ...fallback], status: EX_OK };
}

function askPlainly(host: ByteString, { machine }: MapContext): DnsReply {
  return machine.dns(host.replace(/\.$/, ''), 'MX');
}

function self(host: ByteString, status: number, fallback: readonly ByteString[], context: MapContext): Exchangers {
  const found = canonicalName(host, false, context);
  if (found.name === undefined) return { hosts: fallback, status };
  return { hosts: [withDot(found.name), ...fallback], status };
}

function ownAddress(host: ByteString, fallback: readonly ByteString[], context: MapContext): Exchangers {
  const close = host.indexOf(']');
  if (close < 0) return { hosts: fallback, status: EX_OK };
  const inside = host.slice(1, close);
  const isAddress = /^[0-9.]+$/.test(inside) || groups(inside.replace(/^ipv6:/i, '')) !== undefined;
  return isAddress ? { hosts: [host, ...fallback], status: EX_OK } : self(inside, EX_OK, fallback, context);
}

function withDot(name: ByteString): ByteString {
  return name.endsWith('.') ? name : `${name}.`;
}
