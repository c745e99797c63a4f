/**
 * check_rcpt: the recipient, then the client; under delay_checks also the checks of MAIL and of the connection.
 * Source: Basic_check_rcpt, checkrcpt, Delay_TLS_Clt, FullAddr, the friend and hater tests.
 */

import { type CanonAddress, isProblem, tokensOf, withBareHost } from '../address/parts.ts';
import type { Tokens } from '../address/tokens.ts';
import type { CheckContext } from './check-context.ts';
import { checkSender } from './check-mail.ts';
import { checkConnect } from './check-relay.ts';
import { recipientOk } from './rcpt-ok.ts';
import { badHelo, denied, relayOk } from './relay-ok.ts';
import { isWord, type SearchPart } from './search.ts';
import { tlsClient } from './tls.ts';
import { pass, refuse, refuseAddress, type Verdict } from './verdict.ts';

/** sendmail's answer to RCPT TO with this address. */
export function checkRecipient(context: CheckContext, recipient: CanonAddress): Verdict {
  const verdict = basic(context, recipient);
  if (!context.settings.features.hasFamily('delay_checks')) return verdict;
  if (verdict.kind !== 'pass') return verdict;
  if (verdict.final) return tlsClient(context) ?? verdict;
  return delayed(context, recipient, verdict);
}

/** Basic_check_rcpt. */
function basic(context: CheckContext, recipient: CanonAddress): Verdict {
  if (recipient.tokens.length <= 2) return refuse('check_rcpt', 'nouser', '"553 User address required"');
  const first = recipientOk(context, recipient);
  if (context.settings.features.has('promiscuous_relay')) return first ?? promiscuous(context);
  if (first !== undefined && !isTemporary(first)) return first;
  return relayOk(context) ?? first ?? denied(context);
}

function promiscuous(context: CheckContext): Verdict {
  const bad = context.settings.features.hasFamily('delay_checks') ? undefined : badHelo(context);
  return bad ?? pass('promiscuous_relay');
}

function isTemporary(verdict: Verdict): boolean {
  return verdict.kind === 'error' && verdict.temporary === true;
}

/** Runs check_mail and check_relay, unless the recipient is excused from them. */
function delayed(context: CheckContext, { address }: CanonAddress, accepted: Verdict): Verdict {
  if (isProblem(address)) return refuseAddress(address);
  const { local, host = tokensOf(context.settings.hostName) } = withBareHost(address);
  const excused = excuse(context, local, host);
  if (excused !== undefined) return tlsClient(context) ?? excused;
  const sender = checkSender(context, context.senderForm);
  if (ends(sender)) return sender;
  const client = checkConnect(context);
  if (ends(client)) return client;
  const helo = badHelo(context);
  if (helo !== undefined) return helo;
  return { ...pass('delay_checks'), because: accepted.because };
}

function ends(verdict: Verdict): boolean {
  return verdict.kind !== 'pass' || verdict.final;
}

/** Spam: FRIEND excuses the recipient from further checks; with `hater` every recipient is excused except a HATER. */
function excuse(context: CheckContext, local: Tokens, host: Tokens): Verdict | undefined {
  const { features } = context.settings;
  const friend = features.has('delay_checks:friend');
  const hater = features.has('delay_checks:hater');
  if (!friend && !hater) return undefined;
  const result = context.search.list(spamParts(context, local, host), { name: 'Spam', both: false });
  const hit = result.status === 'found' ? { hit: result } : {};
  if (friend && isWord(result, 'FRIEND')) return pass('delay_checks:friend', hit);
  return hater && !isWord(result, 'HATER') ? pass('delay_checks:hater', hit) : undefined;
}

function spamParts(context: CheckContext, local: Tokens, host: Tokens): readonly SearchPart[] {
  if (local.length === 0) return [];
  const parts: SearchPart[] = [
    { by: 'address', local, host },
    { by: 'domain', key: host },
  ];
  if (context.isLocal(host)) parts.push({ by: 'user', local });
  return parts;
}
