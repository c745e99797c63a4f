/** An IP address in any form that a server may pass -> the form that sendmail has in `${client_addr}`. */
import { isIPv4, isIPv6 } from 'node:net';
import type { ByteString } from './bytes.ts';
import { MapError } from './errors.ts';

/** The client address of mail that this host submits itself. */
const LOCAL = 'local';

/**
 * True for mail that this host submits itself. It may be sent anywhere, so only this one word means it.
 *
 * @throws TypeError for undefined, '' and `0`: sendmail takes them for this host, and callers pass them by accident
 */
export function isLocalSubmission(address: string | undefined): boolean {
  if (address === LOCAL) return true;
  if (address !== undefined && address !== '' && address !== '0') return false;
  const shown = address === undefined ? 'undefined' : JSON.stringify(address);
  throw new TypeError(
    `client.address must be the client's IP address, or '${LOCAL}' for mail that this host submits itself, not ${shown}`,
  );
}

/**
 * An address in sendmail's form: IPv6 is `IPv6:` and eight groups, without the interface (`%eth0`).
 *
 * @param compressed O UseCompressedIPv6Addresses
 * @throws MapError `badInput` if it is no IP address
 */
export function clientAddress(address: ByteString, compressed: boolean): ByteString {
  if (address === '' || address === '0' || isIPv4(address)) return address;
  const bare = /^ipv6:/i.test(address) ? address.slice(5) : address;
  if (!isIPv6(bare)) throw new MapError('badInput', 'client address is no IP address');
  const groups = ipv6Groups(bare.replace(/%.*/, ''));
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return dotted(groups.slice(6));
  return `IPv6:${compressed ? compress(groups) : groups.map((group) => group.toString(16)).join(':')}`;
}

/** The eight groups of an IPv6 address. */
export function ipv6Groups(address: string): number[] {
  const hex = address.replace(/(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [head = '', tail] = hex.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}

/** The name of an IPv6 address below ip6.arpa: its hexadecimal digits, the last one first. */
export function reverseDigits(groups: readonly number[]): string {
  const digits = groups.map((group) => group.toString(16).padStart(4, '0')).join('');
  return [...digits].reverse().join('.');
}

function dotted(groups: readonly number[]): string {
  return groups.flatMap((group) => [group >> 8, group & 255]).join('.');
}

/**
 * As inet_ntop(3): the first longest run of two or more zero groups becomes `::`; after six leading zero groups the
 * rest is written as an IPv4 address.
 */
function compress(groups: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  if (start === 0 && length === 6) return `::${dotted(groups.slice(6))}`;
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  return start < 0 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}
