/**
 * The second stage of check_rcpt: whether we relay for the client or for the sender.
 * Source: Relay_ok, block_bad_helo.
 */

import { withoutDots } from '../address/final.ts';
import { canonAddr, isProblem, messageText, tokensOf, withBareHost } from '../address/parts.ts';
import type { Tokens } from '../address/tokens.ts';
import type { CheckContext } from './check-context.ts';
import { beginsWithClass, inClass, isWord, type SearchPart, type SearchResult } from './search.ts';
import { mapFailure, pass, refuse, type Verdict } from './verdict.ts';

const CONNECT = { name: 'Connect', both: true };
const LOOPBACK = new Set(['', '0', '127.0.0.1', 'IPv6:0:0:0:0:0:0:0:1', 'IPv6:::1']);

/** Relay_ok: a verdict, or undefined if nothing allows the client to relay. */
export function relayOk(context: CheckContext): Verdict | undefined {
  return (
    byAddress(context) ?? bySender(context) ?? byResolve(context) ?? byName(context) ?? badHeloBeforeDenial(context)
  );
}

function byAddress(context: CheckContext): Verdict | undefined {
  const { addressTokens, search } = context;
  if (LOOPBACK.has(context.clientAddress)) return pass('local client', { relay: true });
  if (context.isRelayAddress()) return pass('class R', { relay: true });
  const verdict = search.hasMap ? byEntry(search.address(addressTokens, CONNECT)) : undefined;
  if (verdict !== undefined) return verdict;
  return context.isLocal(['[', ...addressTokens, ']']) ? pass('class w', { relay: true }) : undefined;
}

function byEntry(result: SearchResult): Verdict | undefined {
  if (result.status === 'tempFail') return mapFailure('Relay_ok', result.key, true);
  return result.status === 'found' && isWord(result, 'RELAY')
    ? pass('Relay_ok', { relay: true, hit: result })
    : undefined;
}

/** relay_local_from, relay_mail_from. */
function bySender(context: CheckContext): Verdict | undefined {
  const { features } = context.settings;
  const local = features.has('relay_local_from');
  const mapped = features.hasFamily('relay_mail_from') && context.search.hasMap;
  if (!local && !mapped) return undefined;
  const address = canonAddr(tokensOf(context.senderForm), context.rules);
  // an address that does not parse allows nothing, and the rules go on
  if (isProblem(address)) return undefined;
  const { local: user, host } = withBareHost(address);
  if (host === undefined || host.length === 0 || user.length === 0) return undefined;
  if (local && context.isLocal(host)) return pass('relay_local_from', { relay: true });
  return mapped ? bySenderEntry(context, user, host) : undefined;
}

function bySenderEntry(context: CheckContext, local: Tokens, host: Tokens): Verdict | undefined {
  const { features } = context.settings;
  const parts: SearchPart[] = [{ by: 'address', local, host }];
  if (features.has('relay_mail_from:domain')) {
    parts.push({ by: features.has('relay_hosts_only') ? 'exact' : 'domain', key: host });
  }
  return byEntry(context.search.list(parts, { name: 'From', both: false }));
}

/** A client whose name is not confirmed is not looked up by name. */
function byResolve(context: CheckContext): Verdict | undefined {
  const { clientResolve, clientAddress, nameTokens } = context;
  const rule = 'client_resolve';
  const named = (text: string): string => messageText([`"550 Relaying denied. ${text} "`, ...nameTokens]);
  switch (clientResolve) {
    case 'TEMP': {
      const text = `"450 Relaying temporarily denied. Cannot resolve PTR record for ${clientAddress}"`;
      return { kind: 'error', dsn: '4.4.0', text, temporary: true, because: { rule } };
    }
    case 'FORGED':
      return refuse(rule, '5.7.1', named('IP name possibly forged'));
    case 'FAIL':
      return refuse(rule, '5.7.1', named('IP name lookup failed'));
    case 'OK':
      return undefined;
  }
}

function byName(context: CheckContext): Verdict | undefined {
  const { features } = context.settings;
  const name = withoutDots(context.nameTokens);
  if (name.length === 0) return undefined;
  if (features.has('relay_entire_domain') && context.isInDomain(name))
    return pass('relay_entire_domain', { relay: true });
  if (context.isLocal(name)) return pass('class w', { relay: true });
  if (context.isRelayHost(name)) return pass('class R', { relay: true });
  if (!context.search.hasMap) return undefined;
  const only = features.has('relay_hosts_only');
  return byEntry(only ? context.search.exactly(name, CONNECT) : context.search.domain(name, CONNECT));
}

/** Without delay_checks, block_bad_helo is checked only here. */
function badHeloBeforeDenial(context: CheckContext): Verdict | undefined {
  return context.settings.features.hasFamily('delay_checks') ? undefined : badHelo(context);
}

/** The refusal if neither the recipient, nor the client, nor the sender allows relaying. */
export function denied(context: CheckContext): Verdict {
  const { features } = context.settings;
  const auth = features.trustsAuth ? '. Proper authentication required.' : '';
  return refuse('Relay_ok', '5.7.1', features.message('confRELAY_MSG') ?? `"550 Relaying denied${auth}"`);
}

/** block_bad_helo: refuses a client that greets with our name, or with a name that has no dot inside. */
export function badHelo(context: CheckContext): Verdict | undefined {
  const { settings, session, addressTokens } = context;
  const { helo } = session.client;
  if (!settings.features.has('block_bad_helo') || helo === undefined || (session.authAuthen ?? '') !== '')
    return undefined;
  if (context.clientAddress === '0' || beginsWithClass(settings.isRelay, addressTokens)) return undefined;
  const name = tokensOf(helo);
  const ours = inClass(settings.isLocal, ['[', ...name, ']']) || inClass(settings.isLocal, name);
  if (!ours && isQualified(name)) return undefined;
  return refuse('block_bad_helo', '5.7.1', messageText(['"550 bogus HELO name used: "', ...name]));
}

function isQualified(name: Tokens): boolean {
  const dot = name.indexOf('.', 1);
  if (dot > 0 && dot < name.length - 1) return true;
  return name.length > 2 && name[0]!.toLowerCase() === 'ipv6' && name[1] === ':';
}
