/**
 * A tag and a peer -> the entry that is a setting for the peer (GreetPause:, ClientRate:, TLS_Srv: ...). Searches for
 * the host and its parents, then the address and its networks, then the bare tag.
 * With FEATURE(authinfo) its own table answers for AuthInfo, for the whole host or address. FEATURE(greet_pause) and
 * FEATURE(queuegroup) may have a default.
 * Source: srv_features, clt_features, try_tls, tls_client, tls_server, tls_rcpt, authinfo, greet_pause, RateControl,
 * ConnControl.
 */

import { canonAddr, isProblem, tokensOf, withBareHost } from '../address/parts.ts';
import { assertKind, oneOf } from '../core/arguments.ts';
import { NO_FACTS } from '../core/facts.ts';
import { trimBytes } from '../core/fold.ts';
import { CheckContext, type CheckSettings } from './check-context.ts';
import type { AccessTag, Peer, Setting } from './decision.ts';
import type { FeatureSet } from './features.ts';
import type { SearchPart, SearchResult, Tag } from './search.ts';

const TAGS: Readonly<Record<AccessTag, true>> = {
  GreetPause: true,
  ClientRate: true,
  ClientConn: true,
  SRV_Features: true,
  CLT_Features: true,
  Try_TLS: true,
  TLS_Srv: true,
  TLS_Clt: true,
  TLS_Rcpt: true,
  AuthInfo: true,
  QGRP: true,
};
const TAG = oneOf(...Object.keys(TAGS));
/** Tags for which the bare tag is no default. */
const WITHOUT_DEFAULT: ReadonlySet<AccessTag> = new Set<AccessTag>(['GreetPause', 'QGRP']);
/** Tags that are looked up by address only. */
const BY_ADDRESS: ReadonlySet<AccessTag> = new Set<AccessTag>(['ClientRate', 'ClientConn']);
/** sendmail's spelling of a tag, if the public name differs. */
const SPELLING: Partial<Record<AccessTag, string>> = {
  SRV_Features: 'Srv_Features',
  CLT_Features: 'Clt_Features',
  QGRP: 'qgrp',
};
/** FEATUREs whose argument is the setting of a peer without an entry. */
const DEFAULTS: Partial<Record<AccessTag, string>> = { GreetPause: 'greet_pause', QGRP: 'queuegroup' };

/**
 * The entry that applies to a peer, and its key.
 *
 * @throws MapError `badInput` for a peer that cannot be valid, TypeError for an unknown tag
 */
export function findSetting(settings: CheckSettings, tag: AccessTag, peer: Peer): Setting {
  assertKind('tag', tag, TAG);
  const isRecipient = tag === 'TLS_Rcpt' || tag === 'QGRP';
  const ownTable = tag === 'AuthInfo' ? settings.authInfo : undefined;
  const name = isRecipient ? undefined : peer.name;
  const session = {
    client: { address: peer.address ?? '', ...(name !== undefined && { name }) },
  };
  const context = new CheckContext(settings, session, NO_FACTS, ownTable ?? settings.lookup);
  const asked: Tag = { name: SPELLING[tag] ?? tag, both: false };
  const result = isRecipient
    ? tag === 'QGRP'
      ? forQueue(context, peer.name ?? '', asked)
      : forRecipient(context, peer.name ?? '', asked)
    : ownTable === undefined
      ? forPeer(context, tag, asked)
      : inOwnTable(context, asked);
  const { trace } = context.search;
  switch (result.status) {
    case 'found':
      return { status: 'found', key: result.key, value: trimBytes(result.text), trace };
    case 'tempFail':
      return { status: 'tempFail', key: result.key, trace };
    case 'notFound':
      return { status: 'notFound', trace };
  }
}

function forPeer(context: CheckContext, tag: AccessTag, asked: Tag): SearchResult {
  const { search, nameTokens, addressTokens } = context;
  let result: SearchResult = { status: 'notFound' };
  if (!BY_ADDRESS.has(tag) && nameTokens.length > 0) result = search.domain(nameTokens, asked);
  if (result.status === 'notFound' && addressTokens.length > 0) result = search.address(addressTokens, asked);
  return result.status === 'notFound' && !WITHOUT_DEFAULT.has(tag) ? search.exact(`${asked.name}:`) : result;
}

/** A setting, or the argument of the FEATURE for its tag if no entry was found. */
export function withDefault(setting: Setting, tag: AccessTag, peer: Peer, features: FeatureSet): Setting {
  const feature = tag === 'QGRP' && hostOf(tokensOf(peer.name ?? '')) === undefined ? undefined : DEFAULTS[tag];
  const value = setting.status === 'notFound' && feature ? features.argument(feature) : undefined;
  return value ? { status: 'found', key: `FEATURE(${feature})`, value, trace: setting.trace } : setting;
}

/** authinfo: looks up the host, the address and the bare tag, unchanged. */
function inOwnTable({ search, clientName, clientAddress }: CheckContext, { name }: Tag): SearchResult {
  let result: SearchResult = { status: 'notFound' };
  for (const key of [clientName, clientAddress, '']) {
    if (result.status === 'notFound') result = search.exact(`${name}:${key}`);
  }
  return result;
}

/** queuegroup: user@host, then the host and its parents; a name without a host has no queue, not even the default one. */
function forQueue({ search }: CheckContext, recipient: string, asked: Tag): SearchResult {
  const tokens = withoutBrackets(tokensOf(recipient));
  const host = hostOf(tokens);
  if (host === undefined) return { status: 'notFound' };
  const places: SearchPart[] = [
    { by: 'full', key: tokens },
    { by: 'domain', key: host },
  ];
  return search.list(places, asked);
}

function withoutBrackets(tokens: readonly string[]): string[] {
  return tokens.filter((token) => token !== '<' && token !== '>');
}

function hostOf(recipient: readonly string[]): string[] | undefined {
  const tokens = withoutBrackets(recipient);
  const at = tokens.indexOf('@', 1);
  return at < 0 || at === tokens.length - 1 ? undefined : tokens.slice(at + 1);
}

/** tls_rcpt: user@host, user@, the host and its parents, the bare tag. */
function forRecipient(context: CheckContext, recipient: string, asked: Tag): SearchResult {
  const address = canonAddr(tokensOf(recipient), context.rules);
  if (isProblem(address)) return { status: 'notFound' };
  const { local, host } = withBareHost(address);
  const user: SearchPart = { by: 'user', local };
  const parts: SearchPart[] = host ? [{ by: 'address', local, host }, user, { by: 'domain', key: host }] : [user];
  const result = context.search.list(parts, asked);
  return result.status === 'notFound' ? context.search.exact(`${asked.name}:`) : result;
}
