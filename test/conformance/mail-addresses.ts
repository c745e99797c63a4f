/**
 * Random envelope addresses for the access rules: mostly usual ones, then those by which people try to relay through other
 * hosts, and nonsense. Every host may be in every place, also ours.
 */

import { wordsOf } from '../read-data.ts';
import type { Random } from './random.ts';

const words = wordsOf('mail-addresses');

export const HOSTS: readonly string[] = words('hosts');
/** Not for clients: the resolver of the real machine knows them, or they are no names. */
const ODD_HOSTS = words('oddHosts');
const LITERALS = words('literals');
const USERS = words('users');
const PIECES = words('fragments');

function host(r: Random): string {
  if (r.chance(0.1)) return `[${r.pick(LITERALS)}]`;
  return r.pick(r.chance(0.15) ? ODD_HOSTS : HOSTS);
}

/** A host with many labels, or long ones. */
function deepHost(r: Random): string {
  const label = r.pick(['m', 'abc', 'x-1', 'l'.repeat(63), '7']);
  return `${r.list(r.int(4, r.chance(0.2) ? 60 : 20), (i) => `${label}${i}`).join('.')}.${r.pick(HOSTS)}`;
}

/** A local part that is an address again, to a depth. */
function local(r: Random, depth: number): string {
  const user = r.pick(USERS);
  if (depth === 0) return user;
  const inner = (): string => local(r, depth - 1);
  return r.weighted<() => string>([
    [3, () => user],
    [3, () => `${inner()}%${host(r)}`],
    [2, () => `${host(r)}!${inner()}`],
    [1, () => `"${inner().replace(/["\\]/g, '\\$&')}@${host(r)}"`],
    [1, () => `"${inner().replace(/["\\]/g, '\\$&')}%${host(r)}"`],
    [0.5, () => `${inner()}@${host(r)}`],
    [0.5, () => `@${host(r)}:${inner()}`],
    [0.3, () => `${host(r)}::${inner()}`],
  ])();
}

/** Comments, brackets and blanks where they do not matter, or should not. */
function decorated(r: Random, address: string): string {
  const at = address.lastIndexOf('@');
  return r.pick([
    () => `(c)${address}`,
    () => `${address}(c (d) e)`,
    () => `${address.slice(0, at + 1)}(relay.test)${address.slice(at + 1)}`,
    () => `<${address}`,
    () => `${address}>`,
    () => `Joe <${address}`,
    () => ` ${address}`,
    () => `${address} `,
    () => `${address.slice(0, at)} @ ${address.slice(at + 1)}`,
    () => `${address}.`,
    () => `${address}:${r.pick(HOSTS)}`,
    () => `${address},${r.pick(HOSTS)}`,
    () => `list:${address};`,
    () => address.replace(/[a-z]+/g, (run) => run.toUpperCase()),
  ])();
}

/** An address, or something in its place. */
export function anyAddress(r: Random): string {
  const user = (): string => r.pick(USERS);
  return r.weighted<() => string>([
    [44, () => `${user()}@${host(r)}`],
    [7, user],
    [14, () => `${local(r, 1)}@${host(r)}`],
    [8, () => `${local(r, 2)}@${host(r)}`],
    [3, () => `${local(r, 4)}@${host(r)}`],
    [6, () => local(r, 2)],
    [5, () => `@${host(r)}${r.chance(0.4) ? `,@${host(r)}` : ''}:${local(r, 1)}@${host(r)}`],
    [3, () => `${host(r)}!${r.chance(0.3) ? `${host(r)}!` : ''}${user()}`],
    [5, () => decorated(r, `${local(r, 1)}@${host(r)}`)],
    [6, () => r.list(r.int(1, 9), () => r.pick(PIECES)).join('')],
    [2, () => `${r.list(r.int(10, 30), (i) => `l${i}`).join('.')}@${deepHost(r)}`],
    [2, () => `${user()}@${deepHost(r)}`],
  ])();
}
