/**
 * The first stage of check_rcpt: whether everybody may send to this recipient.
 * Source: Rcpt_ok, ParseRecipient.
 */

import { ownBestMx } from '../address/best-mx.ts';
import { find, type SplitAddress } from '../address/canonify.ts';
import { dequote, holdsOperator } from '../address/parse0.ts';
import {
  type CanonAddress,
  canonAddr,
  isProblem,
  keyText,
  messageText,
  tokensOf,
  withBareHost,
} from '../address/parts.ts';
import type { AddressProblem } from '../address/problem.ts';
import type { Tokens } from '../address/tokens.ts';
import { EX_TEMPFAIL } from '../core/sysexits.ts';
import type { CheckContext } from './check-context.ts';
import type { Because } from './decision.ts';
import { isWord, type SearchPart, type SearchResult } from './search.ts';
import { relayTls } from './tls.ts';
import type { WordOfRules } from './value.ts';
import { LOCAL_RECIPIENT, mapFailure, pass, refuseAddress, type Verdict, verdictOf } from './verdict.ts';

const TAG = { name: 'To', both: true };
const NOTHING: SearchResult = { status: 'notFound' };
/** sendmail's own marks for a recipient that `reject` makes remote. */
const REMOTE: Tokens = ['<', 'REMOTE', '>'];
const BANG_PATH: Tokens = ['<', '@', 'BANG_PATH', '>'];
const PERCENT_HACK: Tokens = ['<', '@', 'PERCENT_HACK', '>'];

/** Rcpt_ok: a verdict, or undefined for a remote recipient, for which the client must be checked. */
export function recipientOk(context: CheckContext, recipient: CanonAddress): Verdict | undefined {
  const { features } = context.settings;
  const loose = features.has('loose_relay_check');
  const address = loose ? recipient.address : parseRecipient(context, recipient);
  if (isProblem(address)) return address.code === 450 ? temporarily(address) : refuseAddress(address);
  const plain = underOwnName(context, withBareHost(address));
  if (plain === 'again') {
    const { local } = address;
    return recipientOk(context, { tokens: local, address: canonAddr(local, context.rules) });
  }
  const blocked = features.has('blocklist_recipients') && context.search.hasMap ? blocklist(context, plain) : undefined;
  if (blocked !== undefined || features.has('promiscuous_relay')) return blocked;
  const byTls = relayTls(context);
  if (byTls !== undefined) return byTls;
  if (features.trusts(context.session.authType ?? '')) return pass('AUTH', { relay: true, final: true });
  return relayTo(context, withoutHacks(context, plain));
}

/**
 * bestmx_is_local: a host that has us as its best mail exchanger becomes us. `again`: the local part may hold another
 * address, which is checked in its place.
 */
function underOwnName(context: CheckContext, address: SplitAddress): SplitAddress | 'again' {
  const { rules } = context;
  if (address.host === undefined || rules.routing === undefined) return address;
  const best = ownBestMx(address.host, { rules, routing: rules.routing, problems: [] });
  if (best === undefined) return address;
  return holdsOperator(address.local, rules) ? 'again' : { local: address.local, host: best };
}

/** ParseRecipient: removes a host that we relay to, as long as the rest may hold another address. */
export function parseRecipient(context: CheckContext, recipient: CanonAddress): SplitAddress | AddressProblem {
  for (let { address } = recipient; ; ) {
    if (isProblem(address)) return address;
    const { local, host } = withBareHost(address);
    if (host === undefined) return { local };
    const user = dequote(local);
    if (!holdsOperator(user, context.rules)) return { local: user, host };
    if (!isRelayedByClass(context, host)) {
      const entry = context.search.hasMap ? searchHost(context, host, 'NO') : NOTHING;
      const served = entry.status === 'notFound' ? isServed(context, host) : false;
      if (served === undefined) return cannotCheck(host);
      if (!served && !isWord(entry, 'RELAY')) return { local: [...strayTokens(entry), ...user], host };
    }
    address = canonAddr(user, context.rules);
  }
}

function isRelayedByClass(context: CheckContext, host: Tokens): boolean {
  return (
    (context.settings.features.has('relay_entire_domain') && context.isInDomain(host)) || context.isRelayHost(host)
  );
}

/**
 * The workspace is `<value> address`, split at the first `>`; tokens after a `>` in the value become the start of the
 * address.
 */
function strayTokens(entry: SearchResult): Tokens {
  if (entry.status === 'tempFail') return ['>'];
  const value = entry.status === 'found' && 'tokens' in entry.value ? entry.value.tokens : [];
  const end = value.indexOf('>');
  return end < 0 ? [] : [...value.slice(end + 1), '>'];
}

/** @param none the word that stands for "not found" if the map is asked without a ruleset */
function searchHost(context: CheckContext, host: Tokens, none?: WordOfRules): SearchResult {
  return context.settings.features.has('relay_hosts_only')
    ? context.search.exactly(host, TAG, none)
    : context.search.domain(host, TAG);
}

/** blocklist_recipients: refuses by an entry. OK, RELAY and the words of delay_checks have no effect here. */
function blocklist(context: CheckContext, { local, host }: SplitAddress): Verdict | undefined {
  // without a local part (unquoted "") the rulesets take <@host> for a local name
  if (local.length === 0) return host && blocklist(context, { local: ['<', '@', ...host, '>'] });
  const result = searchBlocklist(context, local, host);
  if (result.status === 'tempFail') return mapFailure('blocklist_recipients', result.key);
  if (result.status === 'notFound' || isWord(result, 'OK', 'RELAY')) return undefined;
  if (context.settings.features.has('access_db:skip') && isWord(result, 'SKIP')) return undefined;
  if (context.settings.features.knowsSpamWords && isWord(result, 'SPAMFRIEND', 'SPAMHATER')) return undefined;
  const behind = host === undefined ? ['<', ...local, '>'] : ['<', ...local, '<', '@', ...host, '>', '>'];
  const text = context.settings.features.message('confRCPTREJ_MSG') ?? '"550 Mailbox disabled for this recipient"';
  return verdictOf(result, { rule: 'blocklist_recipients', reject: { dsn: '5.2.1', text }, behind });
}

/** SearchList with the address, a local user, and the host: on the path of nearly every decision, so without a list. */
function searchBlocklist(context: CheckContext, local: Tokens, host: Tokens | undefined): SearchResult {
  const { search } = context;
  if (host === undefined) return search.user(local, TAG);
  const isLocal = context.isLocal(host);
  const full = search.full(local, host, TAG);
  if (full.status !== 'notFound') return full;
  const user = isLocal ? search.user(local, TAG) : NOTHING;
  return user.status === 'notFound' ? search.domain(host, TAG) : user;
}

/**
 * nouucp and nopercenthack with `reject`: the recipient becomes remote, under a host that nobody relays to. The
 * rulesets see one run of tokens, so marks in the host count too, and the marks of the rulesets appear in the keys
 * looked up.
 */
function withoutHacks(context: CheckContext, address: SplitAddress): SplitAddress {
  const { features } = context.settings;
  const [noBang, noPercent] = [features.has('nouucp:reject'), features.has('nopercenthack:reject')];
  if (!noBang && !noPercent) return address;
  const { local, host } = address;
  const all = host === undefined ? local : [...local, '<', '@', ...host, '>'];
  const unpathed = noBang ? behindBang(all) : all;
  const plain = noPercent ? beforePercent(unpathed) : unpathed;
  if (plain === all) return address;
  const at = find(plain, '<@', 1);
  return { local: plain.slice(0, at), host: plain.slice(at + 2, -1) };
}

/** Takes the tokens between the first `!` and the host, and of these the tokens after a second `!`. */
function behindBang(all: Tokens): Tokens {
  const bang = all.indexOf('!');
  if (bang < 0) return all;
  const at = find(all, '<@', bang + 1);
  const path = at < 0 ? all.slice(bang + 1) : all.slice(bang + 1, at);
  const second = at < 0 ? -1 : path.indexOf('!');
  const [user, host] = second < 0 ? [path, BANG_PATH] : [path.slice(second + 1), [...BANG_PATH, ...BANG_PATH]];
  return [...REMOTE, ...user, ...host];
}

function beforePercent(all: Tokens): Tokens {
  const percent = all.indexOf('%');
  return percent < 0 ? all : [...REMOTE, ...all.slice(0, percent), ...PERCENT_HACK];
}

/** A key ends at `> <`, which ends the argument of a ruleset. */
function upToBreak(key: Tokens): Tokens {
  const end = find(key, '><', 1);
  return end < 0 ? key : key.slice(0, end);
}

/** The verdict if we deliver to this host, or relay to it. */
function relayTo(context: CheckContext, { local, host }: SplitAddress): Verdict | undefined {
  if (host === undefined || host.length === 0) return pass(LOCAL_RECIPIENT, { relay: true });
  if (local.length === 0) return undefined;
  if (context.settings.features.has('relay_entire_domain') && context.isInDomain(host)) {
    return pass('relay_entire_domain', { relay: true });
  }
  if (context.isLocal(host)) return pass(LOCAL_RECIPIENT, { relay: true });
  if (context.isRelayHost(host)) return pass('class R', { relay: true });
  const result = context.search.hasMap ? searchRelay(context, local, host) : NOTHING;
  if (result.status === 'tempFail') return mapFailure('Rcpt_ok', result.key, true);
  if (result.status === 'found' && isWord(result, 'RELAY')) return pass('Rcpt_ok', { relay: true, hit: result });
  const served = isServed(context, host);
  if (served === undefined) return temporarily(cannotCheck(host));
  return served ? pass('relay_based_on_MX', { relay: true }) : undefined;
}

/** relay_based_on_MX: true if a mail exchanger of the host is ours; undefined: not known for now. */
function isServed(context: CheckContext, host: Tokens): boolean | undefined {
  if (!context.settings.features.has('relay_based_on_MX')) return false;
  const fact = context.fact('MX', messageText(host));
  if (fact === undefined || fact.status === 'tempFail') return undefined;
  return fact.status === 'found' && fact.records.some((name) => context.isLocal(tokensOf(name)));
}

function cannotCheck(host: Tokens): AddressProblem {
  const text = `Can not check MX records for recipient host ${messageText(host)}`;
  return { fault: 'dns', code: 450, enhanced: '4.4.0', text, status: EX_TEMPFAIL };
}

/** A temporary failure that a later rule about the client may overrule. */
function temporarily({ code, enhanced, text }: AddressProblem): Verdict {
  const because: Because = { rule: 'relay_based_on_MX' };
  return { kind: 'error', dsn: enhanced, text: `"${code} ${text}"`, temporary: true, because };
}

/** Looks up the host; with relaytofulladdress first the full address, and last user@. */
function searchRelay(context: CheckContext, local: Tokens, host: Tokens): SearchResult {
  const { features } = context.settings;
  const toFull = features.has('access_db:relaytofulladdress');
  const whole = [...local, '@', ...host];
  if (features.has('relay_hosts_only')) {
    // the map is asked without a ruleset, so a break does not end the key
    const exact = toFull ? context.search.exact(`To:${keyText(whole)}`) : NOTHING;
    return exact.status === 'notFound' ? searchHost(context, host) : exact;
  }
  const domain = upToBreak(host);
  if (!toFull) return searchHost(context, domain);
  const full = upToBreak(whole);
  const parts: readonly SearchPart[] = [
    { by: 'full', key: full },
    { by: 'domain', key: domain },
    { by: 'full', key: [...local, '@'] },
  ];
  return context.search.list(full === whole ? parts : parts.slice(0, 1), TAG);
}
