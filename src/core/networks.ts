/**
 * A network in CIDR form, or an address in any spelling -> the keys under which sendmail's search of the access map
 * finds exactly the addresses in it: whole octets of IPv4 (`192.0.2`), whole groups of IPv6 (`IPv6:2001:db8`).
 *
 * Limits: an IPv6 network may need very many keys; the caller decides how many are too many. Pure.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { ipv6Groups } from './ip-address.ts';

export interface Network {
  readonly bits: number;
  /** Octets of IPv4, or groups of IPv6. */
  readonly parts: readonly number[];
}

/** Bits of a part. */
const OCTET = 8;
const GROUP = 16;

/** Parses `192.0.2.0/23`, `2001:db8::/32`, `IPv6:2001:DB8::5`, `[2001:db8::1]`; undefined: another form. */
export function parseNetwork(text: string): Network | undefined {
  const [, bracketed, plain, length] = /^(?:\[([^\]/]+)\]|([^/[\]]+))(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = (bracketed ?? plain)?.replace(/^ipv6:/i, '');
  if (address === undefined) return undefined;
  const isSix = isIPv6(address) && !address.includes('%');
  if (!isSix && !(isIPv4(address) && length !== undefined)) return undefined;
  const parts = isSix ? ipv6Groups(address) : address.split('.').map(Number);
  const most = isSix ? 128 : 32;
  const bits = length === undefined ? most : Number(length);
  return bits <= most ? { bits, parts } : undefined;
}

/** True if bits after the prefix are set: `192.0.2.7/24` is an address with a prefix, not a network. */
export function hasHostBits({ bits, parts }: Network): boolean {
  const size = sizeOf(parts);
  return parts.some((part, i) => {
    const kept = Math.min(Math.max(bits - i * size, 0), size);
    return (part & ((1 << (size - kept)) - 1)) !== 0;
  });
}

function sizeOf(parts: readonly number[]): number {
  return parts.length === 4 ? OCTET : GROUP;
}

/** The number of keys for a network. */
export function keyCount({ bits, parts }: Network): number {
  const size = sizeOf(parts);
  const rest = bits % size;
  if (bits === 0) return 2 ** size;
  return rest === 0 ? 1 : 2 ** (size - rest);
}

/** The keys of a network, in order. */
export function* networkKeys(network: Network): Generator<string> {
  const { bits, parts } = network;
  const size = sizeOf(parts);
  const count = keyCount(network);
  const kept = parts.slice(0, Math.max(Math.ceil(bits / size), 1));
  const last = kept.length - 1;
  const first = count === 1 ? kept[last]! : kept[last]! & ~(count - 1);
  for (let i = 0; i < count; i += 1) yield textOf([...kept.slice(0, last), first + i], size);
}

function textOf(parts: readonly number[], size: number): string {
  return size === OCTET ? parts.join('.') : `IPv6:${parts.map((part) => part.toString(16)).join(':')}`;
}
