/**
 * Stage 1 of check_rcpt: is the recipient one that anybody may send to? (Rcpt_ok, ParseRecipient.)
 */

import type { ByteString } from '../core/bytes.ts';
import type { SplitAddress, Tokens } from '../source/address-canonical.ts';
import { dequote, holdsOperator } from '../source/address-resolve.ts';
import type { AddressProblem } from '../source/address-tokens.ts';
import { canonAddr, isProblem, keyText, withBareHost } from './address.ts';
import type { Scene } from './scene.ts';
import { isWord, type Place, type SearchResult } from './search.ts';
import { relayTls } from './tls.ts';
import { mapFailure, pass, refuseAddress, type Verdict, verdictOf } from './verdict.ts';

const TAG = { name: 'To', both: true };
const NOTHING: SearchResult = { status: 'notFound' };

/** Rcpt_ok: a verdict, or undefined for a remote recipient, for whom the client has to be looked at. */
export function recipientOk(scene: Scene, tokens: Tokens): Verdict | undefined {
  const { features } = scene.world;
  const loose = features.has('loose_relay_check');
  const address = loose ? canonAddr(tokens, scene.rules) : parseRecipient(scene, tokens);
  if (isProblem(address)) return refuseAddress(address);
  const plain = withBareHost(address);
  const blocked = features.has('blocklist_recipients') && scene.search.hasMap ? blocklist(scene, plain) : undefined;
  if (blocked !== undefined || features.has('promiscuous_relay')) return blocked;
  const byTls = relayTls(scene);
  if (byTls !== undefined) return byTls;
  if (features.trusts(scene.session.authType ?? '')) return pass('AUTH', { relay: true, final: true });
  return relayTo(scene, withoutHacks(scene, plain));
}

/** ParseRecipient: hosts that we relay to come off, as long as another may hide behind them. */
export function parseRecipient(scene: Scene, tokens: Tokens): SplitAddress | AddressProblem {
  for (let rest = tokens; ; ) {
    const address = canonAddr(rest, scene.rules);
    if (isProblem(address)) return address;
    const { local, host } = withBareHost(address);
    if (host === undefined) return { local };
    const user = dequote(local);
    if (!holdsOperator(user, scene.rules) || !isRelayed(scene, host)) return { local: user, host };
    rest = user;
  }
}

/** Is this a host that we relay to, by class or map? */
function isRelayed(scene: Scene, host: Tokens): boolean {
  if (scene.world.features.has('relay_entire_domain') && scene.isInDomain(host)) return true;
  if (scene.isRelayHost(host)) return true;
  return scene.search.hasMap && isWord(searchHost(scene, host), 'RELAY');
}

function searchHost(scene: Scene, host: Tokens): SearchResult {
  return scene.world.features.has('relay_hosts_only')
    ? scene.search.exactly(host, TAG)
    : scene.search.domain(host, TAG);
}

/** blocklist_recipients: what the map refuses; OK, RELAY and the words of delay_checks do not matter here. */
function blocklist(scene: Scene, { local, host }: SplitAddress): Verdict | undefined {
  // without a local part ("" unquoted) the rules take <@host> for a local name
  if (local.length === 0) return host && blocklist(scene, { local: ['<', '@', ...host, '>'] });
  const result = scene.search.list(blocklistPlaces(scene, local, host), TAG);
  if (result.status === 'tempFail') return mapFailure('blocklist_recipients', result.key);
  if (result.status === 'notFound' || isWord(result, 'OK', 'RELAY')) return undefined;
  if (scene.world.features.has('access_db:skip') && isWord(result, 'SKIP')) return undefined;
  if (scene.world.features.hasFamily('delay_checks') && isWord(result, 'SPAMFRIEND', 'SPAMHATER')) return undefined;
  const behind = host === undefined ? ['<', ...local, '>'] : ['<', ...local, '<', '@', ...host, '>', '>'];
  const rejectText = '"550 Mailbox disabled for this recipient"';
  return verdictOf(result, { rule: 'blocklist_recipients', rejectDsn: '5.2.1', rejectText, behind });
}

function blocklistPlaces(scene: Scene, local: Tokens, host: Tokens | undefined): readonly Place[] {
  const user: Place = { by: 'user', key: [...local, '@'] };
  if (host === undefined) return [user];
  const full: Place = { by: 'full', key: [...local, '@', ...host] };
  const domain: Place = { by: 'domain', key: host };
  return scene.isLocal(host) ? [full, user, domain] : [full, domain];
}

/** nouucp and nopercenthack with `reject`: such a recipient is remote, under a host that nobody relays to. */
function withoutHacks(scene: Scene, address: SplitAddress): SplitAddress {
  const { features } = scene.world;
  let result = address;
  const bang = features.has('nouucp:reject') ? result.local.indexOf('!') : -1;
  if (bang >= 0) result = remote(result.local.slice(bang + 1), 'BANG_PATH');
  const percent = features.has('nopercenthack:reject') ? result.local.indexOf('%') : -1;
  if (percent >= 0) result = remote(result.local.slice(0, percent), 'PERCENT_HACK');
  return result;
}

/** sendmail's own marks: they show in the keys that it asks for. */
function remote(user: Tokens, host: ByteString): SplitAddress {
  return { local: ['<', 'REMOTE', '>', ...user], host: [host] };
}

/** Do we relay to this host, or deliver there? */
function relayTo(scene: Scene, { local, host }: SplitAddress): Verdict | undefined {
  if (host === undefined || host.length === 0) return pass('local recipient', { relay: true });
  if (local.length === 0) return undefined;
  if (scene.world.features.has('relay_entire_domain') && scene.isInDomain(host)) {
    return pass('relay_entire_domain', { relay: true });
  }
  if (scene.isLocal(host)) return pass('local recipient', { relay: true });
  if (scene.isRelayHost(host)) return pass('class R', { relay: true });
  const result = scene.search.hasMap ? searchRelay(scene, local, host) : NOTHING;
  if (result.status === 'tempFail') return mapFailure('Rcpt_ok', result.key, true);
  return result.status === 'found' && isWord(result, 'RELAY')
    ? pass('Rcpt_ok', { relay: true, hit: result })
    : undefined;
}

/** The host in the map; with relaytofulladdress the address before it, and user@ after it. */
function searchRelay(scene: Scene, local: Tokens, host: Tokens): SearchResult {
  const { features } = scene.world;
  if (!features.has('access_db:relaytofulladdress')) return searchHost(scene, host);
  const full = [...local, '@', ...host];
  if (features.has('relay_hosts_only')) {
    const exact = scene.search.exact(`To:${keyText(full)}`);
    return exact.status === 'notFound' ? searchHost(scene, host) : exact;
  }
  const places: readonly Place[] = [
    { by: 'full', key: full },
    { by: 'domain', key: host },
    { by: 'full', key: [...local, '@'] },
  ];
  return scene.search.list(places, TAG);
}
