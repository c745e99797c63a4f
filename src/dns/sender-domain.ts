/**
 * A sender's domain -> whether DNS knows it. OK if there is an MX (also a null MX), A or AAAA record; TEMP if none was found
 * and one lookup failed; else PERM. An address in brackets must have a name.
 * Differences: sendmail looks for a host without a dot in the system's search list; here it does not exist.
 * Source: the lookup of check_mail.
 */
import { isIPv4, isIPv6 } from 'node:net';
import type { AddressRules } from '../address/canonify.ts';
import { canonAddr, isProblem, tokensOf, withBareHost } from '../address/parts.ts';
import { joinTokens } from '../address/tokens.ts';
import { type ByteString, decodeText } from '../core/bytes.ts';
import { clientAddress } from '../core/ip-address.ts';
import type { Session } from '../core/session.ts';
import { nameOf } from './client-name.ts';
import { askDns, type DnsAnswer, type Resolver } from './resolver.ts';

/** The state of the sender's domain in DNS. */
export type SenderDomain = NonNullable<Session['senderDomain']>;

/** Without a configuration no host is local: only the form of the address counts. */
const NO_LOCAL_HOSTS: AddressRules = { hostName: 'localhost', isLocal: () => false };

/**
 * The host that is looked up for a sender, as text; undefined: there is none, or the address is refused anyway.
 *
 * @param rules of the configuration; by default no host is local, so none is taken off the address
 */
export function senderHost(sender: ByteString, rules: AddressRules = NO_LOCAL_HOSTS): string | undefined {
  const address = canonAddr(tokensOf(`<${sender}>`), rules);
  if (isProblem(address)) return undefined;
  const { host } = withBareHost(address);
  return host === undefined || host.length === 0 ? undefined : decodeText(joinTokens(host));
}

export async function findDomain(host: string, resolver: Resolver): Promise<SenderDomain> {
  if (!/[.[]/.test(host)) return 'PERM';
  if (host.startsWith('[')) return findLiteral(host.slice(1).replace(/\].*/s, ''), resolver);
  const exchangers = await askDns(() => resolver.resolveMx(host));
  if (exchangers.status === 'found') return 'OK';
  const addresses = await Promise.all([askDns(() => resolver.resolve4(host)), askDns(() => resolver.resolve6(host))]);
  return verdictOf([exchangers, ...addresses]);
}

async function findLiteral(literal: string, resolver: Resolver): Promise<SenderDomain> {
  const six = literal.replace(/^ipv6:/i, '');
  if (!isIPv4(literal) && !isIPv6(six)) return 'PERM';
  return verdictOf([await nameOf(clientAddress(six, false), resolver)]);
}

function verdictOf(answers: readonly DnsAnswer<unknown>[]): SenderDomain {
  if (answers.some(({ status }) => status === 'found')) return 'OK';
  return answers.some(({ status }) => status === 'tempFail') ? 'TEMP' : 'PERM';
}
