/** IPv6 addresses in the rules: literals without an interface (`%eth0`). */
import { isIPv6 } from 'node:net';
import { ipv6Groups, reverseDigits } from '../../core/ip-address.ts';

/** `2001:db8::1` -> 8 numbers; undefined for another text. */
export function groups(address: string): readonly number[] | undefined {
  return isIPv6(address) && !address.includes('%') ? ipv6Groups(address) : undefined;
}

/** `1.0.0. ... .1.0.0.2`: the name under ip6.arpa. */
export function nibbles(address: string): string | undefined {
  const all = groups(address);
  return all && reverseDigits(all);
}

/** `IPv6:2001:db8:0:0:0:0:0:1`: no zeros are left out. */
export function uncompressed(address: string): string {
  return `IPv6:${(groups(address) ?? []).map((group) => group.toString(16)).join(':')}`;
}
