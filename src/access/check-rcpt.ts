/**
 * check_rcpt: the recipient, then the client; under delay_checks also the checks of MAIL and of the connection.
 * Source: Basic_check_rcpt, checkrcpt, Delay_TLS_Clt, FullAddr, the friend and hater tests.
 */

import type { Tokens } from '../address/canonify.ts';
import { type CanonAddress, isProblem, tokensOf, withBareHost } from '../address/parts.ts';
import type { Scene } from './check-context.ts';
import { checkSender } from './check-mail.ts';
import { checkConnect } from './check-relay.ts';
import { recipientOk } from './rcpt-ok.ts';
import { badHelo, denied, relayOk } from './relay-ok.ts';
import { isWord, type Place } from './search.ts';
import { tlsClient } from './tls.ts';
import { pass, refuse, refuseAddress, type Verdict } from './verdict.ts';

/** sendmail's answer to RCPT TO with this address. */
export function checkRecipient(scene: Scene, recipient: CanonAddress): Verdict {
  const verdict = basic(scene, recipient);
  if (!scene.world.features.hasFamily('delay_checks')) return verdict;
  if (verdict.kind !== 'pass') return verdict;
  if (verdict.final) return tlsClient(scene) ?? verdict;
  return delayed(scene, recipient, verdict);
}

/** Basic_check_rcpt. */
function basic(scene: Scene, recipient: CanonAddress): Verdict {
  if (recipient.tokens.length <= 2) return refuse('check_rcpt', 'nouser', '"553 User address required"');
  const first = recipientOk(scene, recipient);
  if (scene.world.features.has('promiscuous_relay')) return first ?? promiscuous(scene);
  if (first !== undefined && !isTemporary(first)) return first;
  return relayOk(scene) ?? first ?? denied(scene);
}

function promiscuous(scene: Scene): Verdict {
  const bad = scene.world.features.hasFamily('delay_checks') ? undefined : badHelo(scene);
  return bad ?? pass('promiscuous_relay');
}

function isTemporary(verdict: Verdict): boolean {
  return verdict.kind === 'error' && verdict.temporary === true;
}

/** Runs check_mail and check_relay, unless the recipient is excused from them. */
function delayed(scene: Scene, { address }: CanonAddress, accepted: Verdict): Verdict {
  if (isProblem(address)) return refuseAddress(address);
  const { local, host = tokensOf(scene.world.hostName) } = withBareHost(address);
  const excused = excuse(scene, local, host);
  if (excused !== undefined) return tlsClient(scene) ?? excused;
  const sender = checkSender(scene, scene.senderForm);
  if (ends(sender)) return sender;
  const client = checkConnect(scene);
  if (ends(client)) return client;
  const helo = badHelo(scene);
  if (helo !== undefined) return helo;
  return { ...pass('delay_checks'), because: accepted.because };
}

function ends(verdict: Verdict): boolean {
  return verdict.kind !== 'pass' || verdict.final;
}

/** Spam: FRIEND excuses the recipient from further checks; with `hater` every recipient is excused except a HATER. */
function excuse(scene: Scene, local: Tokens, host: Tokens): Verdict | undefined {
  const { features } = scene.world;
  const friend = features.has('delay_checks:friend');
  const hater = features.has('delay_checks:hater');
  if (!friend && !hater) return undefined;
  const result = scene.search.list(spamPlaces(scene, local, host), { name: 'Spam', both: false });
  const hit = result.status === 'found' ? { hit: result } : {};
  if (friend && isWord(result, 'FRIEND')) return pass('delay_checks:friend', hit);
  return hater && !isWord(result, 'HATER') ? pass('delay_checks:hater', hit) : undefined;
}

function spamPlaces(scene: Scene, local: Tokens, host: Tokens): readonly Place[] {
  if (local.length === 0) return [];
  const places: Place[] = [
    { by: 'full', key: [...local, '@', ...host] },
    { by: 'domain', key: host },
  ];
  if (scene.isLocal(host)) places.push({ by: 'user', key: [...local, '@'] });
  return places;
}
