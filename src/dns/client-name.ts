/**
 * A client's address -> its name, and whether DNS confirms it: `${client_name}`, `${client_resolve}` and
 * `${client_ptr}`.
 *
 * The first name that DNS gives counts. OK: the name has the client's address. FORGED: it has other addresses, none,
 * or its lookup fails. FAIL: there is no name, or it is no host name (odd characters, an address). TEMP: DNS cannot answer now.
 * Unless the result is OK, the client's name is its address in brackets.
 * Source: sendmail's daemon.
 */
import { isIP, isIPv4 } from 'node:net';
import { clientAddress, ipv6Groups, isLocalSubmission, reverseDigits } from '../core/ip-address.ts';
import { ownerName } from '../core/owner-name.ts';
import type { Client } from '../core/session.ts';
import { askDns, type DnsAnswer, type Resolver } from './resolver.ts';

/** @throws MapError `badInput` for an invalid address, TypeError for an empty one */
export async function nameClient(address: string, resolver: Resolver): Promise<Client> {
  if (isLocalSubmission(address)) return { address };
  const spelled = clientAddress(address, false);
  const literal = `[${spelled}]`;
  const answer = await nameOf(spelled, resolver);
  if (answer.status === 'tempFail') return { address, name: literal, resolve: 'TEMP', ptr: literal };
  if (answer.status === 'notFound' || isNumeric(answer.records[0])) {
    return { address, name: literal, resolve: 'FAIL', ptr: literal };
  }
  const [ptr] = answer.records;
  const confirmed = await hasAddress(ptr, spelled, resolver);
  return confirmed ? { address, name: ptr, resolve: 'OK', ptr } : { address, name: literal, resolve: 'FORGED', ptr };
}

/**
 * The unconfirmed name of an address; it may look like an address.
 *
 * @param spelled in sendmail's form: `192.0.2.7`, `IPv6:` and eight groups
 */
export async function nameOf(spelled: string, resolver: Resolver): Promise<DnsAnswer<string>> {
  const names = await askDns(() => namesOf(spelled, resolver));
  if (names.status !== 'found') return names;
  const name = ownerName(names.records[0]);
  return name === undefined ? { status: 'notFound' } : { status: 'found', records: [name] };
}

function namesOf(spelled: string, resolver: Resolver): Promise<readonly string[]> {
  if (resolver.resolvePtr !== undefined) return resolver.resolvePtr(reverseName(spelled));
  if (resolver.reverse !== undefined) return resolver.reverse(spelled.replace('IPv6:', ''));
  throw new TypeError('a resolver needs resolvePtr or reverse');
}

async function hasAddress(name: string, spelled: string, resolver: Resolver): Promise<boolean> {
  // the system's library takes such a name for a malformed address and does not ask DNS
  if (/^\d[\d.]*$/.test(name)) return false;
  const addresses = await askDns(() => (isIPv4(spelled) ? resolver.resolve4(name) : resolver.resolve6(name)));
  if (addresses.status !== 'found') return false;
  return addresses.records.some((each) => isIP(each) !== 0 && clientAddress(each, false) === spelled);
}

/** The name in DNS that holds the name of an address. */
export function reverseName(spelled: string): string {
  if (isIPv4(spelled)) return `${spelled.split('.').reverse().join('.')}.in-addr.arpa`;
  return `${reverseDigits(ipv6Groups(spelled.slice('IPv6:'.length)))}.ip6.arpa`;
}

/**
 * True if inet_addr(3) reads it as an address: one to four parts in decimal, octal or hex; the last part fills the
 * rest.
 */
function isNumeric(name: string): boolean {
  const parts = name.split('.').map(numberOf);
  const last = parts.pop()!;
  const room = 256 ** (4 - parts.length);
  const value = parts.reduce((sum, part) => sum * 256 + part, 0) * room + last;
  // inet_addr returns the number of 255.255.255.255 for "no address"
  return parts.length < 4 && parts.every((part) => part < 256) && last < room && value < 0xffff_ffff;
}

function numberOf(part: string): number {
  if (/^0[0-7]+$/.test(part)) return Number.parseInt(part, 8);
  return /^(?:0x[\da-f]+|0|[1-9]\d*)$/i.test(part) ? Number(part) : Number.NaN;
}
