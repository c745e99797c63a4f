/**
 * check_mail: may this sender send?
 * Limits: DNS is not asked here; the session holds its answer for the sender's domain.
 * Source: Local_check_mail, Basic_check_mail.
 */

import type { SplitAddress, Tokens } from '../address/canonify.ts';
import { canonAddr, isProblem, messageText, parentDomain, tokensOf, withBareHost } from '../address/parts.ts';
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { daemonFlags, type Scene } from './check-context.ts';
import { type Found, type Hit, isWord, type Place, type SearchResult } from './search.ts';
import { tlsClient } from './tls.ts';
import { accessDenied, mapFailure, pass, refuse, type Verdict, verdictOf } from './verdict.ts';

const RULE = 'check_mail';
const TAG = { name: 'From', both: true };

/** sendmail's answer to MAIL FROM with this address. */
export function checkSender(scene: Scene, sender: ByteString): Verdict {
  const tls = tlsClient(scene);
  if (tls !== undefined) return tls;
  const tokens = tokensOf(`<${sender}>`);
  if (tokens.length <= 2) return pass('null sender');
  const { features } = scene.world;
  const strict = !features.has('accept_unqualified_senders');
  if (strict && claimsToBeUs(scene, tokens) && scene.nameTokens.length > 0 && !scene.isLocal(scene.nameTokens)) {
    return refuse('localhost sender', '5.5.4', '"553 Real domain name required for sender address"');
  }
  // `?` is a mark of the rulesets: where they use it, a sender of this name is lost
  const isLost = sender === '?' && strict && !daemonFlags(scene.session).has('u');
  const address = canonAddr(isLost ? [] : tokens, scene.rules);
  // happens only under delay_checks, if the rewritten sender is invalid: the rulesets go on as with a local name
  if (isProblem(address)) return unqualified(scene, strict);
  const { local, host } = asNamed(scene, withBareHost(address));
  const result = scene.search.hasMap ? searchSender(scene, local, host) : NOTHING;
  if (result.status === 'tempFail') return mapFailure(RULE, result.key);
  if (result.status === 'found') {
    if (isWord(result, 'OK', 'RELAY')) return pass(RULE, { relay: isWord(result, 'RELAY'), final: true, hit: result });
    const asMark = markedBy(scene, result, strict);
    if (asMark !== undefined) return asMark;
    const behind = host === undefined ? local : [...local, '<', '@', ...host, '>'];
    const verdict = verdictOf(result, { rule: RULE, reject: accessDenied(features), behind });
    if (verdict !== undefined) return verdict;
  }
  return host === undefined ? unqualified(scene, strict) : resolved(scene, host);
}

/**
 * The sender in the form of its map keys. An empty address such as `x<>` has no host and is treated as local. Our own
 * name becomes $j.
 */
function asNamed(scene: Scene, { local, host }: SplitAddress): SplitAddress {
  if (host === undefined) return { local };
  if (host.length === 0 && local.length === 0) return { local: ['<', '@', '>'] };
  return { local, host: isOurName(scene, host) ? tokensOf(scene.world.hostName) : host };
}

function isOurName(scene: Scene, host: Tokens): boolean {
  return foldCase(messageText(host)) === foldCase(scene.world.hostName);
}

const NOTHING: SearchResult = { status: 'notFound' };

/** Entries whose value is a mark that the rulesets use themselves, for a domain or for an address without one. */
function markedBy(scene: Scene, hit: Found, strict: boolean): Verdict | undefined {
  if (isWord(hit, 'OKR')) return pass(RULE, { hit });
  if (isWord(hit, 'TEMP')) return refuseDomain(scene, 'TEMP', hit);
  if (isWord(hit, 'PERM')) return refuseDomain(scene, 'PERM', hit);
  const isUnqualified = strict && 'tokens' in hit.value && hit.value.tokens[0] === '?';
  return isUnqualified ? refuseUnqualified(scene, hit) : undefined;
}

/** Looks up user@host, user@ and host; without a host only user@. */
function searchSender(scene: Scene, local: Tokens, host: Tokens | undefined): SearchResult {
  const user: Place = { by: 'user', key: [...local, '@'] };
  if (host === undefined) return scene.search.list([user], TAG);
  const full: Place = { by: 'full', key: [...local, '@', ...host] };
  return scene.search.list([full, user, { by: 'domain', key: host }], TAG);
}

/**
 * True if the address as typed ends in localhost or a loopback literal; with daemon flag f, also if its host has no
 * dot.
 */
function claimsToBeUs(scene: Scene, tokens: Tokens): boolean {
  const flags = daemonFlags(scene.session);
  const at = tokens.lastIndexOf('@');
  if (at < 0) return false;
  const host = tokens.slice(at + 1, -1);
  if (flags.has('f') && host.length === 1) return true;
  if (flags.has('u')) return false;
  const name = foldCase(messageText(host));
  return (
    name === 'localhost' ||
    name === '[127.0.0.1]' ||
    name === '[ipv6:0:0:0:0:0:0:0:1]' ||
    name === '[ipv6:::1]' ||
    name === `localhost.${parentDomain(scene.world.hostName)}` ||
    (name === 'localhost.uucp' && scene.rules.bangPath !== false)
  );
}

function unqualified(scene: Scene, strict: boolean): Verdict {
  if (!strict || daemonFlags(scene.session).has('u') || scene.clientAddress === '') return pass(RULE);
  return refuseUnqualified(scene);
}

function refuseUnqualified(scene: Scene, hit?: Hit): Verdict {
  const text = withSender(scene, '"553 Domain name required for sender address "');
  return refuse('unqualified sender', '5.5.4', text, hit);
}

/** The sender's domain must exist, unless it is ours or accept_unresolvable_domains is set. */
function resolved(scene: Scene, host: Tokens): Verdict {
  if (isOurName(scene, host) || scene.world.features.has('accept_unresolvable_domains')) return pass(RULE);
  switch (scene.session.senderDomain) {
    case 'TEMP':
    case 'PERM':
      return refuseDomain(scene, scene.session.senderDomain);
    case 'OK':
      return pass(RULE);
    default:
      scene.search.note('sender domain', `${messageText(host)} was not looked up, taken as existing`);
      return pass(RULE);
  }
}

function refuseDomain(scene: Scene, found: 'TEMP' | 'PERM', hit?: Hit): Verdict {
  const [code, dsn, fault] = found === 'TEMP' ? [451, '4.1.8', 'resolve'] : [553, '5.1.8', 'exist'];
  const text = withSender(scene, `"${code} Domain of sender address "`, `" does not ${fault}"`);
  return refuse('sender domain', dsn, text, hit);
}

function withSender(scene: Scene, before: ByteString, ...after: readonly ByteString[]): ByteString {
  return messageText([before, ...tokensOf(scene.senderForm), ...after]);
}
