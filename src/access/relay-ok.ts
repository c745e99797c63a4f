/**
 * The second stage of check_rcpt: do we relay for the client, or for the sender?
 * Source: Relay_ok, block_bad_helo.
 */
import type { Tokens } from '../address/canonify.ts';
import { withoutDots } from '../address/final.ts';
import { canonAddr, isProblem, messageText, tokensOf, withBareHost } from '../address/parts.ts';
import type { Scene } from './check-context.ts';
import { beginsWithClass, inClass, isWord, type Place, type SearchResult } from './search.ts';
import { mapFailure, pass, refuse, type Verdict } from './verdict.ts';

const CONNECT = { name: 'Connect', both: true };
const LOOPBACK = new Set(['', '0', '127.0.0.1', 'IPv6:0:0:0:0:0:0:0:1', 'IPv6:::1']);

/** Relay_ok: a verdict, or undefined if nothing allows the client to relay. */
export function relayOk(scene: Scene): Verdict | undefined {
  return byAddress(scene) ?? bySender(scene) ?? byResolve(scene) ?? byName(scene) ?? badHeloBeforeDenial(scene);
}

function byAddress(scene: Scene): Verdict | undefined {
  const { addressTokens, search } = scene;
  if (LOOPBACK.has(scene.clientAddress)) return pass('local client', { relay: true });
  if (scene.isRelayAddress()) return pass('class R', { relay: true });
  const verdict = search.hasMap ? byEntry(search.address(addressTokens, CONNECT)) : undefined;
  if (verdict !== undefined) return verdict;
  return scene.isLocal(['[', ...addressTokens, ']']) ? pass('class w', { relay: true }) : undefined;
}

function byEntry(result: SearchResult): Verdict | undefined {
  if (result.status === 'tempFail') return mapFailure('Relay_ok', result.key, true);
  return result.status === 'found' && isWord(result, 'RELAY')
    ? pass('Relay_ok', { relay: true, hit: result })
    : undefined;
}

/** relay_local_from, relay_mail_from. */
function bySender(scene: Scene): Verdict | undefined {
  const { features } = scene.world;
  const local = features.has('relay_local_from');
  const mapped = features.hasFamily('relay_mail_from') && scene.search.hasMap;
  if (!local && !mapped) return undefined;
  const address = canonAddr(tokensOf(scene.senderForm), scene.rules);
  // an address that does not parse allows nothing, and the rules go on
  if (isProblem(address)) return undefined;
  const { local: user, host } = withBareHost(address);
  if (host === undefined || host.length === 0 || user.length === 0) return undefined;
  if (local && scene.isLocal(host)) return pass('relay_local_from', { relay: true });
  return mapped ? bySenderEntry(scene, user, host) : undefined;
}

function bySenderEntry(scene: Scene, local: Tokens, host: Tokens): Verdict | undefined {
  const { features } = scene.world;
  const places: Place[] = [{ by: 'full', key: [...local, '@', ...host] }];
  if (features.has('relay_mail_from:domain')) {
    places.push({ by: features.has('relay_hosts_only') ? 'exact' : 'domain', key: host });
  }
  return byEntry(scene.search.list(places, { name: 'From', both: false }));
}

/** A client whose name is not confirmed is not looked up by name. */
function byResolve(scene: Scene): Verdict | undefined {
  const { clientResolve, clientAddress, nameTokens } = scene;
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

function byName(scene: Scene): Verdict | undefined {
  const { features } = scene.world;
  const name = withoutDots(scene.nameTokens);
  if (name.length === 0) return undefined;
  if (features.has('relay_entire_domain') && scene.isInDomain(name))
    return pass('relay_entire_domain', { relay: true });
  if (scene.isLocal(name)) return pass('class w', { relay: true });
  if (scene.isRelayHost(name)) return pass('class R', { relay: true });
  if (!scene.search.hasMap) return undefined;
  const only = features.has('relay_hosts_only');
  return byEntry(only ? scene.search.exactly(name, CONNECT) : scene.search.domain(name, CONNECT));
}

/** Without delay_checks, block_bad_helo is checked only here. */
function badHeloBeforeDenial(scene: Scene): Verdict | undefined {
  return scene.world.features.hasFamily('delay_checks') ? undefined : badHelo(scene);
}

/** The refusal if neither the recipient, nor the client, nor the sender allows relaying. */
export function denied(scene: Scene): Verdict {
  const { features } = scene.world;
  const auth = features.trustsAuth ? '. Proper authentication required.' : '';
  return refuse('Relay_ok', '5.7.1', features.message('confRELAY_MSG') ?? `"550 Relaying denied${auth}"`);
}

/** block_bad_helo: refuses a client that greets with our name, or with a name that has no dot inside. */
export function badHelo(scene: Scene): Verdict | undefined {
  const { world, session, addressTokens } = scene;
  const { helo } = session.client;
  if (!world.features.has('block_bad_helo') || helo === undefined || (session.authAuthen ?? '') !== '')
    return undefined;
  if (scene.clientAddress === '0' || beginsWithClass(world.isRelay, addressTokens)) return undefined;
  const name = tokensOf(helo);
  const ours = inClass(world.isLocal, ['[', ...name, ']']) || inClass(world.isLocal, name);
  if (!ours && isQualified(name)) return undefined;
  return refuse('block_bad_helo', '5.7.1', messageText(['"550 bogus HELO name used: "', ...name]));
}

function isQualified(name: Tokens): boolean {
  const dot = name.indexOf('.', 1);
  if (dot > 0 && dot < name.length - 1) return true;
  return name.length > 2 && name[0]!.toLowerCase() === 'ipv6' && name[1] === ':';
}
