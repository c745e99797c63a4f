/**
 * Random envelope addresses for the access rules: mostly such as mail has, then the ways in which people try to send
 * through a host that is not theirs, and nonsense. Every host may stand in every place, ours among them.
 */
import type { Random } from './random.ts';

export const HOSTS: readonly string[] = [
  ...['a.example', 'b.example', 'sub.a.example', 'deep.sub.a.example', 'c.test', 'local.test', 'x.local.test'],
  ...['relay.test', 'y.relay.test', 'mail.oracle.test', 'oracle.test', 'h.oracle.test', 'mail', 'd', 'A.Example'],
  ...['Relay.TEST', 'a.b.c.d.e.f.g.example', 'UUCP', 'x.UUCP', 'xn--e.example', '-a.example', 'a_b.example', '1.2.3'],
  ...['192.0.2.7', '10.1', '2130706433', 'localhost.example', 'example', 'test', 'local.test.example', 'xrelay.test'],
  ...['LOCAL.TEST', 'Sub.A.Example', '*.a.example', 'a.example.local.test', 'relay.test.a.example', 'mail.oracle'],
];
/** Not for clients: the resolver of the real machine knows them, or they are no names. */
const ODD_HOSTS = [
  ...['localhost', 'localhost.oracle.test', 'a.example.', 'relay.test.', 'local.test.', 'LocalHost', 'localhost.'],
  ...['\xc3\xa9.example', 'relay.test..', '.a.example', 'localhost.UUCP', 'mail.oracle.test.', 'a..b', 'x$y.example'],
];
const LITERALS = [
  ...['192.0.2.7', '10.1.2.3', '127.0.0.1', 'IPv6:2001:db8::5', '203.0.113.77', 'x', '', '192.0.2', '10.1.2.4'],
  ...['IPv6:2001:db8:0:0:0:0:0:5', 'ipv6:2001:DB8::5', 'IPv6:::1', 'IPv6:0:0:0:0:0:0:0:1', '::1', 'relay.test'],
  ...['IPv6:::ffff:192.0.2.7', '127.1', '0', 'local.test', 'IPv6:', '192.0.2.7.', ' 192.0.2.7'],
];
const USERS = [
  ...['alice', 'bob', 'carol+x', 'u', 'u+d', 'u+d+e', '+x', 'u+', 'U.V', '"q s"', '"q@s"', '"q%a.example"'],
  ...['"x@c.test"', 'postmaster', 'a.b', 'x y', 'a\\@b', '=a', 'a/b', '{x}', "o'x", '""', '"x"', 'a*b', '$x', 'u[1]'],
  ...['#', 'a^b', 'u+d@', 'Alice', 'ALICE+X', '"u+d"', '"u"+d', 'u+*', '*', '?', 'root', 'a.', '.a', 'a..b', '\\u'],
  ...[
    '"a!b"',
    '"relay.test!u"',
    '"u@a.example"',
    '"a\\"b"',
    '"a\\\\b"',
    '\xc3\xa9',
    '\xff',
    '"\xc3\xa9 x"',
    'u%',
    '%u',
  ],
  ...['!u', 'u!', '"(c)u"', '"<u>"', '"u>"', 'POSTMASTER', 'u=v', '-u', '~u', '`u`', 'u;', 'u&v', 'REJECT', 'OK'],
];
const PIECES = [
  ...'ab@%!.":;,<>[]+\\ =/^|()$',
  ...['a.example', 'local.test', 'relay.test', 'localhost', 'u+d', '"x y"', '::', '@@', '..', '<>', '[192.0.2.7]'],
];

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
