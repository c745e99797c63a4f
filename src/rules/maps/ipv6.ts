/**
 * IPv6 addresses as sendmail writes them.
 */
import { isIPv6 } from 'node:net';

/** `2001:db8::1` -> 8 numbers; undefined for what is no address. */
export function groups(address: string): readonly number[] | undefined {
  if (!isIPv6(address) || address.includes('%')) return undefined;
  const plain = address.replace(/(?<=:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [before = '', after] = plain.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? [] : new Array<string>(8 - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16));
}

/** `1.0.0. ... .1.0.0.2`: the name under ip6.arpa. */
export function nibbles(address: string): string | undefined {
  const all = groups(address);
  if (all === undefined) return undefined;
  const digits = all.map((group) => group.toString(16).padStart(4, '0')).join('');
  return [...digits].reverse().join('.');
}

/** `IPv6:2001:db8:0:0:0:0:0:1`: no zeros are left out. */
export function uncompressed(address: string): string {
  return `IPv6:${(groups(address) ?? []).map((group) => group.toString(16)).join(':')}`;
}
