/**
 * A network in CIDR form, an address in any spelling, or a Unicode domain -> the keys under which sendmail finds exactly the
 * addresses in it: whole octets of IPv4 (`192.0.2`), whole groups of IPv6 (`IPv6:2001:db8`), A-labels.
 *
 * Limits: MAX_KEYS keys for one network. With UseCompressedIPv6Addresses there are no keys for IPv6 networks: compressed
 * addresses have no common prefix. Source: LookUpAddress of sendmail 8.17, and its test of class R. Pure.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { type ByteString, encodeText, isAscii } from './bytes.ts';
import { clientAddress, ipv6Groups } from './ip-address.ts';

/** Most keys of one network. */
export const MAX_KEYS = 4096;

export interface Network {
  readonly bits: number;
  /** Octets of IPv4, or groups of IPv6. */
  readonly parts: readonly number[];
}

/** The meaning of a word that sendmail spells in another form. */
export type AddressWord =
  | { readonly kind: 'key'; readonly key: ByteString }
  | { readonly kind: 'network'; readonly network: Network }
  | { readonly kind: 'refused'; readonly code: 'MM311' | 'MM312'; readonly text: string };

/** Bits of a part. */
const OCTET = 8;
const GROUP = 16;
/** The bits before the IPv4 address in a mapped one (`::ffff:192.0.2.1`). */
const MAPPED_BITS = 96;

/**
 * Reads a word as a network, an address or a Unicode domain; undefined: it is already the key.
 *
 * @param compressed O UseCompressedIPv6Addresses
 */
export function readAddressWord(word: ByteString, compressed: boolean): AddressWord | undefined {
  if (!isAscii(word)) return withALabels(word);
  if (!/[/:]/.test(word)) return undefined;
  const network = parseNetwork(word);
  if (network === undefined) return isNetworkLike(word) ? NO_NETWORK : withoutZeros(word);
  if (!word.includes('/')) return { kind: 'key', key: spelled(network, compressed) };
  if (hasHostBits(network)) return refused('MM311', 'has bits set after its prefix: it is no network');
  if (network.parts.length === 8 && compressed && network.bits < 128)
    return refused('MM311', 'has no keys with UseCompressedIPv6Addresses');
  const count = keyCount(network);
  if (count > MAX_KEYS) return refused('MM312', `needs ${count} keys, more than ${MAX_KEYS}: name a longer prefix`);
  return network.bits === 128 ? { kind: 'key', key: spelled(network, compressed) } : { kind: 'network', network };
}

function refused(code: 'MM311' | 'MM312', text: string): AddressWord {
  return { kind: 'refused', code, text };
}

const NO_NETWORK = refused('MM311', 'is no network: a network is an address, a slash and the bits of its prefix');

/** Four octets or groups of IPv6 before a slash, and numbers after it. */
function isNetworkLike(word: ByteString): boolean {
  return /^(?:[\d.]+|\[[\d.]+\]|\[?(?:ipv6:)?[0-9a-f]*:[0-9a-f:.]*\]?)\/[\d.]+\]?$/i.test(word);
}

/** sendmail looks up a Unicode host name as its A-labels. */
function withALabels(word: ByteString): AddressWord | undefined {
  const at = word.lastIndexOf('@');
  const host = domainToASCII(Buffer.from(word.slice(at + 1), 'latin1').toString('utf8'));
  return host === '' ? undefined : { kind: 'key', key: word.slice(0, at + 1) + encodeText(host) };
}

/** `IPv6:2001:0DB8`: the first groups of addresses. */
function withoutZeros(word: ByteString): AddressWord | undefined {
  const [, groups] = /^ipv6:([0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})$/i.exec(word) ?? [];
  const key = groups && textOf(groups.split(':').map((group) => Number.parseInt(group, 16)));
  return key === undefined || key.slice(5) === groups ? undefined : { kind: 'key', key };
}

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
  return bits <= most ? unmapped({ bits, parts }) : undefined;
}

/** sendmail treats a client with a mapped address as an IPv4 client. */
function unmapped(network: Network): Network {
  const { bits, parts } = network;
  const isMapped = bits >= MAPPED_BITS && parts.slice(0, 5).every((group) => group === 0) && parts[5] === 0xffff;
  if (!isMapped) return network;
  return { bits: bits - MAPPED_BITS, parts: parts.slice(6).flatMap((group) => [group >> OCTET, group & 0xff]) };
}

function spelled({ parts }: Network, compressed: boolean): ByteString {
  const isFour = parts.length === 4;
  return isFour ? parts.join('.') : clientAddress(parts.map((part) => part.toString(16)).join(':'), compressed);
}

/** True if bits after the prefix are set: `192.0.2.7/24` is an address with a prefix, not a network. */
function hasHostBits({ bits, parts }: Network): boolean {
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
export function* networkKeys(network: Network): Generator<ByteString> {
  const { bits, parts } = network;
  const isFour = parts.length === 4;
  const count = keyCount(network);
  const kept = parts.slice(0, Math.max(Math.ceil(bits / sizeOf(parts)), 1));
  const last = kept.length - 1;
  for (let i = 0; i < count; i += 1) {
    const some = [...kept.slice(0, last), kept[last]! + i];
    yield isFour ? some.join('.') : textOf(some);
  }
}

function textOf(groups: readonly number[]): ByteString {
  return `IPv6:${groups.map((group) => group.toString(16)).join(':')}`;
}
