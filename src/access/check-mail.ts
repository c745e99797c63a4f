/**
 * check_mail: whether this sender may send mail.
 * Limits: DNS is not asked here; the session or the facts hold its answer for the sender's domain.
 * Source: Local_check_mail, Basic_check_mail.
 */

import type { SplitAddress } from '../address/canonify.ts';
import { canonAddr, isProblem, messageText, parentDomain, tokensOf, withBareHost } from '../address/parts.ts';
import { joinTokens, type Tokens } from '../address/tokens.ts';
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { badMx } from './bad-mx.ts';
import { type CheckContext, daemonFlags } from './check-context.ts';
import { type Found, type Hit, inClass, isWord, type SearchPart, type SearchResult } from './search.ts';
import { tlsClient } from './tls.ts';
import { accessDenied, cannotTell, mapFailure, pass, refuse, type Verdict, verdictOf } from './verdict.ts';

const RULE = 'check_mail';
const TAG = { name: 'From', both: true };

/** sendmail's answer to MAIL FROM with this address. A sender whose host may have another, canonical name waits, unless it is this host. */
export function checkSender(context: CheckContext, sender: ByteString): Verdict {
  const verdict = senderVerdict(context, sender);
  const { unnamed, settings } = context;
  if (sender === '' || unnamed === undefined || inClass(settings.isLocal, tokensOf(unnamed))) return verdict;
  const isLetIn = verdict.kind === 'pass' || verdict.kind === 'quarantine';
  return isLetIn ? cannotTell({ rule: 'canonify' }) : verdict;
}

function senderVerdict(context: CheckContext, sender: ByteString): Verdict {
  const tls = tlsClient(context);
  if (tls !== undefined) return tls;
  const tokens = tokensOf(`<${sender}>`);
  if (tokens.length <= 2) return pass('null sender');
  const { features } = context.settings;
  const strict = !features.has('accept_unqualified_senders');
  if (
    strict &&
    claimsToBeUs(context, tokens) &&
    context.nameTokens.length > 0 &&
    !context.isLocal(context.nameTokens)
  ) {
    return refuse('localhost sender', '5.5.4', '"553 Real domain name required for sender address"');
  }
  // `?` is a mark of the rulesets: where they use it, a sender of this name is lost
  const isLost = sender === '?' && strict && !daemonFlags(context.session).has('u');
  const address = canonAddr(isLost ? [] : tokens, context.rules);
  // happens only under delay_checks, if the rewritten sender is invalid: the rulesets go on as with a local name
  if (isProblem(address)) return unqualified(context, strict);
  const { local, host } = asNamed(context, withBareHost(address));
  const result = context.search.hasMap ? searchSender(context, local, host) : NOTHING;
  if (result.status === 'tempFail') return mapFailure(RULE, result.key);
  if (result.status === 'found') {
    if (isWord(result, 'OK', 'RELAY')) return pass(RULE, { relay: isWord(result, 'RELAY'), final: true, hit: result });
    const asMark = markedBy(context, result, strict);
    if (asMark !== undefined) return unlessBadMx(context, asMark, host);
    const behind = host === undefined ? local : [...local, '<', '@', ...host, '>'];
    const verdict = verdictOf(result, { rule: RULE, reject: accessDenied(features), behind });
    if (verdict !== undefined) return verdict;
  }
  if (host === undefined) return unqualified(context, strict);
  return unlessBadMx(context, resolved(context, host), host);
}

function unlessBadMx(context: CheckContext, verdict: Verdict, host: Tokens | undefined): Verdict {
  return verdict.kind === 'pass' && host !== undefined ? (badMx(context, host) ?? verdict) : verdict;
}

/**
 * The sender in the form of its map keys. An empty address such as `x<>` has no host and is treated as local. Our own
 * name becomes $j.
 */
function asNamed(context: CheckContext, { local, host }: SplitAddress): SplitAddress {
  if (host === undefined) return { local };
  if (host.length === 0 && local.length === 0) return { local: ['<', '@', '>'] };
  return { local, host: isOurName(context, host) ? tokensOf(context.settings.hostName) : host };
}

function isOurName(context: CheckContext, host: Tokens): boolean {
  return foldCase(messageText(host)) === foldCase(context.settings.hostName);
}

const NOTHING: SearchResult = { status: 'notFound' };

/** Entries whose value is a mark that the rulesets use themselves, for a domain or for an address without one. */
function markedBy(context: CheckContext, hit: Found, strict: boolean): Verdict | undefined {
  if (isWord(hit, 'OKR')) return pass(RULE, { hit });
  if (isWord(hit, 'TEMP')) return refuseDomain(context, 'TEMP', hit);
  if (isWord(hit, 'PERM')) return refuseDomain(context, 'PERM', hit);
  const isUnqualified = strict && 'tokens' in hit.value && hit.value.tokens[0] === '?';
  return isUnqualified ? refuseUnqualified(context, hit) : undefined;
}

/** Looks up user@host, user@ and host; without a host only user@. */
function searchSender(context: CheckContext, local: Tokens, host: Tokens | undefined): SearchResult {
  const user: SearchPart = { by: 'user', local };
  if (host === undefined) return context.search.list([user], TAG);
  const full: SearchPart = { by: 'address', local, host };
  return context.search.list([full, user, { by: 'domain', key: host }], TAG);
}

/**
 * True if the address as typed ends in localhost or a loopback literal; with daemon flag f, also if its host has no
 * dot.
 */
function claimsToBeUs(context: CheckContext, tokens: Tokens): boolean {
  const flags = daemonFlags(context.session);
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
    name === `localhost.${parentDomain(context.settings.hostName)}` ||
    (name === 'localhost.uucp' && context.rules.bangPath !== false)
  );
}

function unqualified(context: CheckContext, strict: boolean): Verdict {
  if (!strict || daemonFlags(context.session).has('u') || context.clientAddress === '') return pass(RULE);
  return refuseUnqualified(context);
}

function refuseUnqualified(context: CheckContext, hit?: Hit): Verdict {
  const text = withSender(context, '"553 Domain name required for sender address "');
  return refuse('unqualified sender', '5.5.4', text, hit);
}

/** The sender's domain must exist, unless it is ours or accept_unresolvable_domains is set. */
function resolved(context: CheckContext, host: Tokens): Verdict {
  if (isOurName(context, host) || context.settings.features.has('accept_unresolvable_domains')) return pass(RULE);
  const known = context.senderDomain(joinTokens(host));
  switch (known) {
    case 'TEMP':
    case 'PERM':
      return refuseDomain(context, known);
    case 'OK':
      return pass(RULE);
    default:
      context.search.note('sender domain', `${messageText(host)} was not looked up, taken as existing`);
      return pass(RULE);
  }
}

function refuseDomain(context: CheckContext, found: 'TEMP' | 'PERM', hit?: Hit): Verdict {
  const [code, dsn, fault] = found === 'TEMP' ? [451, '4.1.8', 'resolve'] : [553, '5.1.8', 'exist'];
  const text = withSender(context, `"${code} Domain of sender address "`, `" does not ${fault}"`);
  return refuse('sender domain', dsn, text, hit);
}

function withSender(context: CheckContext, before: ByteString, ...after: readonly ByteString[]): ByteString {
  return messageText([before, ...tokensOf(context.senderForm), ...after]);
}
