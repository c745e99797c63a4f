/** IPv6 addresses as numbers, and in the two spellings that sendmail uses for them. */
import { isIPv6 } from 'node:net';

/** The eight groups of an address; undefined for what is none. */
export function groupsOf(address: string): readonly number[] | undefined {
  if (!isIPv6(address) || address.includes('%')) return undefined;
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((n) => n.toString(16)).join(':'),
  );
  const [before, after] = hex.split('::').map((half) => half.split(':').filter(Boolean));
  const missing = 8 - before!.length - (after?.length ?? 0);
  const all = after === undefined ? before! : [...before!, ...Array<string>(missing).fill('0'), ...after];
  return all.map((group) => Number.parseInt(group, 16));
}

/** The longest run of two or more zero groups, the first of equals. */
function zeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

function compressed(groups: readonly number[]): string {
  const { start, length } = zeroRun(groups);
  const isMapped = start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff));
  const shown = groups.map((group) => group.toString(16));
  if (isMapped) shown.splice(6, 2, [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.'));
  if (length < 2) return shown.join(':');
  return `${shown.slice(0, start).join(':')}::${shown.slice(start + length).join(':')}`;
}

/** How the daemon writes an address into its macros: `IPv6:` and eight groups, or with `::` where the option says so. */
export function daemonSpelling(address: string, compress: boolean): string {
  const bare = address.replace(/^ipv6:/i, '');
  const groups = groupsOf(bare);
  if (groups === undefined) return `IPv6:${bare}`;
  return `IPv6:${compress ? compressed(groups) : groups.map((group) => group.toString(16)).join(':')}`;
}
