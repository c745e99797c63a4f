/**
 * The text of hosts(5) -> the answers that DNS would give. A line that does not begin with an address gives no answers. Names
 * are compared without case.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { clientAddress } from '../core/ip-address.ts';
import { reverseName } from './client-name.ts';

export interface Hosts {
  /** The names of each line. */
  readonly lines: readonly (readonly string[])[];
  /** The first name of an address, by the address's name in DNS (`7.2.0.192.in-addr.arpa`). */
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** Addresses by lower-case name. */
  readonly addresses4: ReadonlyMap<string, readonly string[]>;
  readonly addresses6: ReadonlyMap<string, readonly string[]>;
}

export function parseHosts(text: string): Hosts {
  const names = new Map<string, readonly string[]>();
  const addresses4 = new Map<string, string[]>();
  const addresses6 = new Map<string, string[]>();
  const lines: string[][] = [];
  for (const line of text.split('\n')) {
    const [address = '', ...hosts] = line.replace(/#.*/s, '').trim().split(/\s+/);
    if (hosts.length > 0) lines.push(hosts);
    if (hosts.length === 0 || address.includes('%') || !(isIPv4(address) || isIPv6(address))) continue;
    const reverse = reverseName(clientAddress(address, false));
    if (!names.has(reverse)) names.set(reverse, hosts.slice(0, 1));
    const addresses = isIPv4(address) ? addresses4 : addresses6;
    for (const host of hosts.map((name) => name.toLowerCase())) {
      addresses.set(host, [...(addresses.get(host) ?? []), address]);
    }
  }
  return { lines, names, addresses4, addresses6 };
}
