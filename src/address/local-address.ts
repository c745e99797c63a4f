/**
 * A local name without an alias -> its destination: the name without its detail, LUSER_RELAY for an unknown user,
 * MAIL_HUB, LOCAL_RELAY, or the name itself.
 *
 * `user+detail` becomes `user+*` and then `user`, with the detail as its host; aliases are looked up in between.
 * Source: ruleset 5, localaddr.
 */
import type { ByteString } from '../core/bytes.ts';
import { match, pattern } from './pattern.ts';
import type { AddressProblem } from './problem.ts';
import { joinTokens, stripQuotes, type Tokens, tokenize } from './tokens.ts';
import { isTriple, mailerToTriple, type RouteContext, type Triple } from './triple.ts';

/** True if the system has a user of that name. */
export type UserTest = (name: ByteString) => boolean | 'tempFail';

export interface LocalName {
  readonly user: ByteString;
  /** $h: `+detail`, the address that mailertable sent here, or ''. */
  readonly host: ByteString;
  /** {Host}, which preserve_luser_host passes from one name to the next: `@host`, or ''. */
  readonly keptHost: ByteString;
}

export interface LocalAnswer {
  /** Absent: the mail is delivered to the name as it is. Its rule: `detail`, or the relay that takes the name. */
  readonly triple?: Triple;
  readonly keptHost: ByteString;
  /** The lookup of the user failed for now. */
  readonly failed?: true;
}

/** The complaints about a name that is split into tokens again: one of which the rules removed some brackets may not balance. */
export function complaintsAbout({ user }: LocalName): readonly AddressProblem[] {
  return /[<>]/.test(user) ? tokenize(user).problems : [];
}

const STARRED = pattern('$+ + *');
const DETAILED = pattern('$+ + $*');

export function localAddress(local: LocalName, isUser: UserTest, context: RouteContext): LocalAnswer {
  const { routing } = context;
  const tokens = tokenize(local.user).tokens;
  const host = tokenize(local.host).tokens;
  const keptHost = routing.flags.has('preserve_luser_host') ? hostToKeep(local, host) : '';
  if (tokens.length === 0) return { keptHost };
  const preserves = routing.flags.has('preserve_local_plus_detail');
  const next = preserves ? undefined : withoutDetail(tokens, host, context);
  if (next !== undefined) return { triple: next, keptHost };
  const relay = relayOf(tokens, preserves, keptHost, isUser, context);
  if (relay === 'tempFail') return { keptHost, failed: true };
  if (!('value' in relay)) return preserves ? { keptHost } : { ...restored(relay.name, host, context), keptHost };
  const triple = relayed(relay, preserves ? [] : host, context);
  return triple === undefined ? { keptHost } : { triple, keptHost };
}

/** {Host}: the host of $h, if it is no detail. */
function hostToKeep({ keptHost }: LocalName, host: Tokens): ByteString {
  if (host.length === 0 || host[0] === '+') return keptHost;
  const sign = host.indexOf('@');
  return `@${joinTokens(sign >= 0 && sign < host.length - 1 ? host.slice(sign + 1) : host)}`;
}

function withoutDetail(tokens: Tokens, host: Tokens, { routing }: RouteContext): Triple | undefined {
  const mailer = routing.mailers.local;
  const rule = 'detail';
  const starred = match(STARRED, tokens);
  if (starred !== undefined) return { mailer, host, user: starred[0]!, rule };
  const split = match(DETAILED, tokens);
  return split && { mailer, host: ['+', ...split[1]!], user: [...split[0]!, '+', '*'], rule };
}

interface Relay {
  readonly rule: 'LUSER_RELAY' | 'MAIL_HUB' | 'LOCAL_RELAY';
  readonly value: Tokens;
  readonly name: Tokens;
}

/** The relay for a name; or, without one, the name as the user database has it. */
function relayOf(
  tokens: Tokens,
  preserves: boolean,
  keptHost: ByteString,
  isUser: UserTest,
  { routing }: RouteContext,
): Relay | Pick<Relay, 'name'> | 'tempFail' {
  const { L: luser, H: hub, R: relay } = routing.hosts;
  let name = tokens;
  if (luser !== undefined) {
    const known = knownUser(tokens, preserves, isUser);
    if (known === 'tempFail') return 'tempFail';
    if (known === undefined)
      return { rule: 'LUSER_RELAY', value: luser, name: [...tokens, ...tokenize(keptHost).tokens] };
    name = known;
  }
  if (hub !== undefined) return { rule: 'MAIL_HUB', value: hub, name };
  return relay === undefined ? { name } : { rule: 'LOCAL_RELAY', value: relay, name };
}

/** The name as the user database has it, without quotes and backslashes; undefined: no such user. */
function knownUser(tokens: Tokens, preserves: boolean, isUser: UserTest): Tokens | 'tempFail' | undefined {
  const split = preserves ? match(DETAILED, tokens) : undefined;
  const text = stripQuotes(joinTokens(split?.[0] ?? tokens, ' '));
  const found = isUser(text);
  if (found === 'tempFail') return 'tempFail';
  return found ? [...tokenize(text).tokens, ...(split === undefined ? [] : ['+', ...split[1]!])] : undefined;
}

/** No relay takes it: the detail becomes the host of the name, and nothing more is looked up. */
function restored(tokens: Tokens, host: Tokens, { routing }: RouteContext): { readonly triple?: Triple } {
  if (host[0] !== '+') return {};
  return { triple: { mailer: routing.mailers.local, host: host.slice(1), user: ['@', ...tokens], rule: 'detail' } };
}

const AT_HOST = pattern('$+ @ $+');
const LOCAL = pattern('< local : $* > $*');
const ERROR = pattern('< error : $* > $*');
const MAILER_KEPT = pattern('< $~[ : $+ > $+ @ $+');
const MAILER = pattern('< $~[ : $+ > $+');
const RELAY_KEPT = pattern('< $+ > $+ @ $+');
const RELAY = pattern('< $+ > $+');

/**
 * undefined: the relay is this host itself, or it cannot be resolved and the problems say why.
 *
 * @param detail with its plus, or not a detail
 */
function relayed({ rule, value, name }: Relay, detail: Tokens, context: RouteContext): Triple | undefined {
  const isKept = context.routing.flags.has('preserve_luser_host');
  const all = withDetail(['<', ...value, '>', ...name], detail, isKept);
  const [to, address] = parted(all, isKept);
  const found = mailerToTriple(to, address, context, 1, rule);
  return found === undefined || isTriple(found) ? found : undefined;
}

/** Puts the detail back. With preserve_luser_host it goes before the first @, which may be one of the relay. */
function withDetail(all: Tokens, detail: Tokens, isKept: boolean): Tokens {
  if (detail[0] !== '+') return all;
  const at = isKept ? match(AT_HOST, all) : undefined;
  return at === undefined ? [...all, ...detail] : [...at[0]!, ...detail, '@', ...at[1]!];
}

/** The relay, and the address with a host: its own, or the relay's. */
function parted(all: Tokens, isKept: boolean): readonly [relay: Tokens, address: Tokens] {
  const local = match(LOCAL, all);
  if (local !== undefined) return [['local', ':', ...local[0]!], local[1]!];
  const error = match(ERROR, all);
  if (error !== undefined) return [['error', ':', ...error[0]!], error[1]!];
  const kept = isKept ? match(MAILER_KEPT, all) : undefined;
  const [mailer, to, user, host = to] = kept ?? match(MAILER, all) ?? [];
  if (mailer !== undefined)
    return [
      [...mailer, ':', ...to!],
      [...user!, '<', '@', ...host!, '>'],
    ];
  const [relay, own, at = relay] = (isKept ? match(RELAY_KEPT, all) : undefined) ?? match(RELAY, all) ?? [];
  return relay === undefined ? [NOWHERE, all] : [relay, [...own!, '<', '@', ...at!, '>']];
}

/** No relay: the rules end with the address. */
const NOWHERE: Tokens = [];
