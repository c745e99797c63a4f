/** Lookups in DNS before the checks, which never wait: the name of a client, and whether a sender's domain exists. */

import { type Abortable, unlessAborted } from '../core/abort.ts';
import { checkOptions, type Kinds, SIGNAL } from '../core/arguments.ts';
import { encodeText } from '../core/bytes.ts';
import type { Client } from '../core/session.ts';
import { nameClient } from './client-name.ts';
import { assertResolver, type LocalNames, type Resolver } from './resolver.ts';
import { findDomain, type SenderDomain, senderHost } from './sender-domain.ts';
import { SystemResolver } from './system-resolver.ts';

const OPTIONS: Kinds<Abortable> = { signal: SIGNAL };

let system: SystemResolver | undefined;

function opened(): SystemResolver {
  system ??= new SystemResolver();
  return system;
}

/** Opened at the first lookup. If that fails (no descriptor is left, say), the lookup is a temporary failure. */
export const SYSTEM_RESOLVER: Resolver = {
  resolvePtr: async (name) => opened().resolvePtr(name),
  resolve4: async (name) => opened().resolve4(name),
  resolve6: async (name) => opened().resolve6(name),
  resolveMx: async (name) => opened().resolveMx(name),
  resolveTxt: async (name) => opened().resolveTxt(name),
  resolveCname: async (name) => opened().resolveCname(name),
  resolveNs: async (name) => opened().resolveNs(name),
  get local(): LocalNames {
    return opened().local;
  },
};

/**
 * Looks up a client's name in DNS, and whether the name is confirmed: OK, FAIL (no name), FORGED (the name has other
 * addresses, or none) or TEMP (no answer, or none within a minute). `name` is the confirmed name, else the address in
 * brackets; `ptr` is the name that DNS gave. No answer of DNS rejects the promise.
 *
 * @param address `192.0.2.7`, `2001:db8::5`, `::ffff:192.0.2.7`, `fe80::5%eth0`; `'local'` for local submission
 * @param resolver default: /etc/hosts, then the servers of /etc/resolv.conf
 * @throws MapError `badInput` for an invalid address
 * @throws TypeError if `resolver` is no resolver, or gives no records
 * @throws the reason of an aborted `signal`
 * @example
 * ```js
 * import { Resolver } from 'node:dns/promises';
 *
 * const client = await resolveClient('192.0.2.7', new Resolver());
 * client; // => { address: '192.0.2.7', name: 'mx.here.example', resolve: 'OK', ptr: 'mx.here.example' }
 * ```
 */
export async function resolveClient(
  address: string,
  resolver: Resolver = SYSTEM_RESOLVER,
  options: Abortable = {},
): Promise<Client> {
  assertResolver(resolver);
  checkOptions(options, OPTIONS);
  const bytes = encodeText(address, 'address');
  return unlessAborted(() => nameClient(bytes, resolver), options);
}

/**
 * Looks up whether a sender's domain exists (MX, A, AAAA): the value for `senderDomain` of a session. It knows no configuration:
 * for `eve%far.example@here.example` it looks up here.example, and `ask` the domain that the rules judge, far.example. OK for a
 * sender without a domain: checkMail decides about it. PERM for a host name that DNS cannot hold. TEMP if DNS does not
 * answer within a minute.
 *
 * @param resolver default: /etc/hosts, then the servers of /etc/resolv.conf
 * @throws MapError `badInput` for text that no bytes decode to
 * @throws TypeError if `resolver` is no resolver, or gives no records
 * @throws the reason of an aborted `signal`
 * @example
 * ```js
 * import { Resolver } from 'node:dns/promises';
 *
 * await resolveSenderDomain('alice@here.example', new Resolver()); // => 'OK'
 * await resolveSenderDomain('eve@nowhere.example', new Resolver()); // => 'PERM'
 * ```
 */
export async function resolveSenderDomain(
  sender: string,
  resolver: Resolver = SYSTEM_RESOLVER,
  options: Abortable = {},
): Promise<SenderDomain> {
  assertResolver(resolver);
  checkOptions(options, OPTIONS);
  const host = senderHost(encodeText(sender, 'sender'));
  return host === undefined ? 'OK' : unlessAborted(() => findDomain(host, resolver), options);
}
