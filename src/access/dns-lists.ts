/**
 * A client's address or a sender's domain -> the verdict of DNS lists: dnsbl and enhdnsbl list addresses of clients,
 * rhsbl lists domains of senders. Lists are asked in the order in which they are named, after the access map.
 *
 * Errors: a list that fails lets mail pass, unless its third argument says otherwise. A list that was not asked is a
 * temporary failure: it may hold an entry that refuses.
 * Limits: clients with an IPv6 address are not looked up.
 * Source: sendmail-cf's FEATUREs.
 */
import { canonAddr, isProblem, messageText, tokensOf } from '../address/parts.ts';
import { match, type Pattern, pattern } from '../address/pattern.ts';
import { type Tokens, tokenize } from '../address/tokens.ts';
import type { ByteString } from '../core/bytes.ts';
import type { Fact } from '../core/facts.ts';
import type { CheckContext } from './check-context.ts';
import { isWord } from './search.ts';
import type { Verdict } from './verdict.ts';

export const DNS_LIST_KINDS = ['dnsbl', 'enhdnsbl', 'rhsbl', 'mtamark'] as const;
export type DnsListKind = (typeof DNS_LIST_KINDS)[number];

/** One list: `dnsbl:bl.example,"550 text",t`. */
export interface DnsList {
  readonly kind: DnsListKind;
  readonly zone: ByteString;
  /** The reply to a listed client, `quarantine` or `discard`; `''`: the default text. */
  readonly message: ByteString;
  /** The reply if the list fails; `t`: the default text, `''`: let mail pass. */
  readonly temporary: ByteString;
  /** Records that count as a listing; empty: every record. */
  readonly results: readonly Pattern[];
  /** True: the message holds a comma, so m4 drops the rule for listings, and the list refuses nobody. */
  readonly idle: boolean;
}

/** Reads a FEATURE with its arguments after the colon; undefined: it is not a DNS list. */
export function parseDnsList(feature: ByteString): DnsList | undefined {
  const colon = feature.indexOf(':');
  const kind = DNS_LIST_KINDS.find((name) => name === (colon < 0 ? feature : feature.slice(0, colon)));
  if (kind === undefined || (colon < 0 && kind !== 'mtamark')) return undefined;
  const given = colon < 0 ? [] : argumentsOf(feature.slice(colon + 1));
  const [zone = '', message = '', temporary = '', ...results] = kind === 'mtamark' ? marking(given) : given;
  return {
    kind,
    zone,
    message,
    temporary,
    results: results.filter((text) => text !== '').map((text) => pattern(tokenize(text).tokens.join(' '))),
    idle: message.includes(','),
  };
}

/** mtamark has its zone as the last argument. */
function marking([message = '', temporary = '', zone = '']: readonly string[]): string[] {
  return [zone || '_perm._smtp._srv', message, temporary];
}

/** Splits at commas outside quotes only, so that a comma in a message can be seen (`idle`). */
function argumentsOf(text: ByteString): string[] {
  if (text === '') return [];
  const parts = [''];
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    if (character === ',' && !isQuoted) parts.push('');
    else parts.push(parts.pop()! + character);
  }
  return parts;
}

const V4 = pattern('$- . $- . $- . $-');

/** The first verdict that a list gives; undefined: none. */
export function askDnsLists(context: CheckContext): Verdict | undefined {
  for (const list of context.settings.features.dnsLists) {
    const verdict = list.kind === 'rhsbl' ? askAboutSender(list, context) : askAboutClient(list, context);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

function askAboutClient(list: DnsList, context: CheckContext): Verdict | undefined {
  const parts = match(V4, context.addressTokens);
  if (parts === undefined) return undefined;
  const reversed = parts
    .toReversed()
    .map(([part]) => part)
    .join('.');
  const isMark = list.kind === 'mtamark';
  const name = isMark ? `${list.zone}.${reversed}.in-addr.arpa` : `${reversed}.${list.zone}`;
  const fact = context.fact(isMark ? 'TXT' : 'A', name);
  if (fact === undefined) return notAsked(list, name);
  const subject = context.addressTokens;
  if (fact.status === 'tempFail') return failed(list, subject, context, '4.4.3');
  return !list.idle && isListed(list, fact) ? listed(list, subject, context, fact) : undefined;
}

function isListed({ kind, results }: DnsList, fact: Fact): boolean {
  if (fact.status !== 'found') return false;
  if (kind === 'mtamark') return fact.records[0] === '0';
  const first = tokenize(`${fact.records[0]}.`).tokens;
  return results.length === 0 || results.some((result) => match(result, first) !== undefined);
}

/** Looks up the sender's domain, unless the access map accepts it under `rhs:`. */
function askAboutSender(list: DnsList, context: CheckContext): Verdict | undefined {
  const form = context.senderForm;
  const address = form === '' ? undefined : canonAddr(tokensOf(form), context.rules);
  if (address === undefined || isProblem(address) || address.host?.at(-1) !== '.') return undefined;
  const host = address.host.slice(0, -1);
  if (host.length === 0 || isAccepted(address.local, host, context)) return undefined;
  const name = `${messageText(host)}.${list.zone}`;
  const fact = context.fact('A', name);
  if (fact === undefined) return notAsked(list, name);
  if (fact.status === 'tempFail') return failed(list, host, context, '4.7.1');
  return !list.idle && fact.status === 'found' ? listed(list, host, context, fact) : undefined;
}

function isAccepted(local: Tokens, host: Tokens, context: CheckContext): boolean {
  if (!context.search.hasMap || local.length === 0) return false;
  const places = [
    { by: 'address', local, host },
    { by: 'domain', key: host },
  ] as const;
  return isWord(context.search.list(places, { name: 'rhs', both: true }), 'OK', 'RELAY');
}

/** The list may hold an entry, so this is a temporary failure. */
function notAsked({ kind }: DnsList, name: string): Verdict {
  const text = `"451 ${name} was not looked up"`;
  return { kind: 'error', dsn: '4.4.3', text, because: { rule: kind, key: name } };
}

function failed(list: DnsList, subject: Tokens, context: CheckContext, dsn: string): Verdict | undefined {
  const { kind, zone, temporary } = list;
  if (temporary === '') return undefined;
  const usual =
    kind === 'mtamark'
      ? messageText(['"451 Temporary lookup failure of "', ...tokensOf(`${zone}.`), ...subject])
      : messageText(['"451 Temporary lookup failure of "', ...subject, `" at ${zone}"`]);
  const text = temporary === 't' ? usual : filledIn(temporary, subject, context);
  return { kind: 'error', dsn, text, because: { rule: kind, key: zone } };
}

function listed(list: DnsList, subject: Tokens, context: CheckContext, fact: Fact): Verdict {
  const { kind, zone, message } = list;
  const value = fact.status === 'found' ? { value: fact.records.join(' ') } : {};
  const because = { rule: kind, key: zone, ...value };
  if (message === 'quarantine') return { kind: 'quarantine', reason: messageText(tokensOf(zone)), because };
  if (message === 'discard') return { kind: 'discard', because };
  const text = message === '' ? usualText(list, subject) : filledIn(message, subject, context);
  return { kind: 'error', dsn: '5.7.1', text, because };
}

function usualText({ kind, zone }: DnsList, subject: Tokens): ByteString {
  if (kind === 'mtamark') return messageText(['"550 Rejected: "', ...subject, '" not listed as MTA"']);
  return kind === 'rhsbl'
    ? messageText(['"550 Mail from "', ...subject, `" refused by blackhole site ${zone}"`])
    : messageText(['"550 Rejected: "', ...subject, `" listed at ${zone}"`]);
}

/** The message with the client's address, or the sender's domain, filled in. */
function filledIn(message: ByteString, subject: Tokens, context: CheckContext): ByteString {
  const domain = messageText(subject);
  const text = message.replaceAll('$&{client_addr}', context.clientAddress).replaceAll('$&{RHS}', domain);
  return messageText(tokensOf(text));
}
