/**
 * An address -> mailer, host and user, by every table and relay of the configuration.
 *
 * The first of these that applies decides: redirect, address literals, virtusertable, class w, mailertable, the relays of
 * pseudo domains, the smart host, the host itself.
 * Source: ruleset 0, with ParseLocal, Parse1 and Recurse.
 */
import { foldCase } from '../core/fold.ts';
import { ownBestMx } from './best-mx.ts';
import { type AddressRules, canonify, type SplitAddress, type Tokens } from './canonify.ts';
import { finalForm } from './final.ts';
import { isOwnHost } from './mailer-rules.ts';
import { byMailertable } from './mailertable.ts';
import { dequote, holdsOperator, isLocalHost, parse0 } from './parse0.ts';
import { match, pattern } from './pattern.ts';
import type { AddressProblem } from './problem.ts';
import { inClass, NOTHING, PLAIN_ROUTING, type RoutingHost } from './routing.ts';
import type { RouteRule } from './rule-names.ts';
import { joinTokens } from './tokens.ts';
import {
  enters,
  focused,
  isTriple,
  mailerToTriple,
  type Resolved,
  type RouteContext,
  splitFocused,
  type Triple,
  withoutTokens,
} from './triple.ts';
import { virtualValue } from './virtusertable.ts';

/** Level at which ruleset 0 calls Parse1. */
const FIRST_LEVEL = 1;

/** The result of ruleset 0 for an address from Parse0; undefined: none; the problems say why. */
export function parse1(address: SplitAddress, rules: AddressRules, problems: AddressProblem[]): Triple | undefined {
  return resolve(address, contextFor(rules, problems), FIRST_LEVEL);
}

/** A context for these rules; it collects problems. */
export function contextFor(rules: AddressRules, problems: AddressProblem[]): RouteContext {
  const context: RouteContext = {
    rules,
    routing: rules.routing ?? PLAIN_ROUTING,
    problems,
    again: (tokens, level) => recurse(tokens, context, level),
  };
  return context;
}

/** @param level level of ruleset Recurse */
function recurse(tokens: Tokens, context: RouteContext, level: number): Triple | undefined {
  if (!enters(level, 'Recurse', context) || !enters(level + 1, 'canonify', context)) return undefined;
  if (!enters(level + 2, 'Canonify2', context)) return undefined;
  const address = parse0(canonify(tokens, context.rules, context.problems), context.rules, context.problems, level + 2);
  return address && resolve(address, context, level + 2);
}

function resolve(address: SplitAddress, context: RouteContext, level: number): Triple | undefined {
  const { host } = address;
  if (host !== undefined && host.length === 0 && address.local.length === 0) {
    return { mailer: context.routing.mailers.local, user: ['<', '@', '>'], rule: 'null address' };
  }
  return redirected(address, context) ?? byLiteral(address, context) ?? byVirtual(address, context, level);
}

const REDIRECT = pattern('$+ . REDIRECT .');

/** FEATURE(redirect): the error text gives the new address of a user who has moved. */
function redirected({ local, host }: SplitAddress, { routing }: RouteContext): Triple | undefined {
  const moved = host && routing.flags.has('redirect') ? match(REDIRECT, host) : undefined;
  if (moved === undefined) return undefined;
  const text = '"551 User has moved; please try "';
  return {
    mailer: 'error',
    host: ['5', '.', '1', '.', '1'],
    user: [text, '<', ...local, '@', ...moved[0]!, '>'],
    rule: 'redirect',
  };
}

const LITERAL = pattern('[ $+ ]');
const LITERAL_ALONE = pattern('[ $+ ] :');
const LITERAL_BY_MAILER = pattern('[ $+ ] : $- : $*');
const LITERAL_BY_HOST = pattern('[ $+ ] : $+');

/** An address literal goes to the smart host or to the literal, never to a table. */
function byLiteral({ local, host }: SplitAddress, { routing }: RouteContext): Triple | undefined {
  if (host?.[0] !== '[') return undefined;
  const all = match(LITERAL, host) === undefined ? host : [...host, ':', ...(routing.hosts.S ?? [])];
  const to = (literal: Tokens): Tokens => [...local, '<', '@', '[', ...literal, ']', '>'];
  const rule = 'address literal';
  const alone = match(LITERAL_ALONE, all);
  const esmtp = routing.mailers.smtp;
  if (alone !== undefined) return { mailer: esmtp, host: ['[', ...alone[0]!, ']'], user: to(alone[0]!), rule };
  const named = match(LITERAL_BY_MAILER, all);
  if (named !== undefined) {
    return { mailer: named[1]![0]!, host: named[2]!, user: to(named[0]!), rule: all === host ? rule : 'SMART_HOST' };
  }
  const through = match(LITERAL_BY_HOST, all);
  return (
    through && { mailer: esmtp, host: through[1]!, user: to(through[0]!), rule: all === host ? rule : 'SMART_HOST' }
  );
}

function byVirtual(address: SplitAddress, context: RouteContext, level: number): Triple | undefined {
  const value = virtualValue(address, context);
  if (value === undefined) return byClass(address, context, level);
  if (value === NOTHING) return withoutTokens(context);
  const all = ['<', ...value, '>', ...focused(address)];
  const refused = virtualError(all);
  if (refused !== undefined) return refused;
  const led = match(LEADS, all);
  if (led === undefined) return byClass(splitFocused(all), context, level);
  if (!endsRecursion(led[0]!, address, context)) return context.again(led[0]!, level + 1);
  return byLastEntry(canonify(led[0]!, context.rules, context.problems), context, level);
}

const LEADS = pattern('< $+ > $+ < @ $+ >');
const ERROR_STATUS = pattern('< error : $- . $- . $- : $+ > $*');
const ERROR_WORD = pattern('< error : $- $+ > $*');

function virtualError(all: Tokens): Triple | undefined {
  const rule = 'virtusertable';
  const status = match(ERROR_STATUS, all);
  if (status !== undefined) {
    const [a, b, c, user] = status as readonly [Tokens, Tokens, Tokens, Tokens];
    return { mailer: 'error', host: [...a, '.', ...b, '.', ...c], user, rule };
  }
  const word = match(ERROR_WORD, all);
  return word && { mailer: 'error', host: dequote(word[0]!), user: word[1]!, rule };
}

/** True if the value of an entry is not looked up again, by m4's undocumented names. */
function endsRecursion(value: Tokens, { local, host }: SplitAddress, { routing, rules }: RouteContext): boolean {
  if (routing.virtualRecursion !== 'notToItself') return routing.virtualRecursion === 'none';
  const own = joinTokens(finalForm(local, host ?? [], rules));
  return foldCase(own) === foldCase(joinTokens(value));
}

/** The destination of a last entry. If it is for this host, only its local part is parsed again, as in sendmail. */
function byLastEntry(address: SplitAddress, context: RouteContext, level: number): Triple | undefined {
  const { rules, problems, routing } = context;
  const isOurs = address.host !== undefined && isLocalHost(address.host, rules);
  if (isOurs && !routing.flags.has('stickyhost')) {
    const name = parse0({ local: address.local }, rules, problems, level + 1);
    return name && { mailer: routing.mailers.local, user: focused(name), rule: 'virtusertable' };
  }
  const before = problems.length;
  const next = parse0(address, rules, problems, level + 1);
  // the rules take the host for mailertable before Parse0 removes it, or refuses the address
  if (next === undefined) return refusedEntry(address, context, level, before);
  if (isOwnHost(address.host)) return elsewhere(next, context, level, address.host);
  // without FEATURE(redirect), the rules do not see the name in time for LOCAL_USER
  if (next.host === undefined && !routing.flags.has('redirect'))
    return { mailer: routing.mailers.local, user: next.local, rule: 'virtusertable' };
  return redirected(next, context) ?? byClass(next, context, level);
}

/** An entry for an address that Parse0 refuses: an `error:` entry of mailertable for its host refuses first. */
function refusedEntry(address: SplitAddress, context: RouteContext, level: number, before: number): Triple | undefined {
  if (!context.routing.has.has('mailertable') || !address.host?.length) return undefined;
  const problems = context.problems.splice(before);
  const found = byMailertable({ local: [] }, context, level, address.host);
  if (found !== undefined && isTriple(found) && found.mailer === 'error') return found;
  context.problems.splice(before, Number.POSITIVE_INFINITY, ...problems);
  return undefined;
}

function byClass(address: SplitAddress, context: RouteContext, level: number): Triple | undefined {
  if (address.host === undefined || !isLocalHost(address.host, context.rules))
    return elsewhere(address, context, level);
  const { routing } = context;
  const { local } = address;
  if (!routing.flags.has('stickyhost')) return localTriple(local, 'class w', context);
  const hub = routing.hosts.H ?? [];
  if (hub.length > 0) {
    const found = mailerToTriple(hub, focused(address), context, level + 1, 'MAIL_HUB');
    return found === undefined || isTriple(found) ? found : elsewhere(splitFocused(found.address), context, level);
  }
  const user = local.indexOf('+', 1) > 0 ? local : ['@', ...local];
  return { mailer: routing.mailers.local, user, rule: 'stickyhost' };
}

/** LOCAL_USER marks names for which no relay is looked up. */
function localTriple(local: Tokens, rule: RouteRule, { routing }: RouteContext): Triple {
  const user = inClass(routing, 'L', local) ? ['@', ...local] : local;
  return { mailer: routing.mailers.local, user, rule };
}

/** @param name the host that mailertable is asked for */
function elsewhere(
  address: SplitAddress,
  context: RouteContext,
  level: number,
  name: Tokens | undefined = address.host,
): Triple | undefined {
  const found = context.routing.has.has('mailertable') ? byMailertable(address, context, level, name) : undefined;
  if (found !== undefined && isTriple(found)) return found;
  if (found === undefined && context.routing.has.has('mailertable')) return undefined;
  return byRelays(found === undefined ? address : splitFocused(found.address), context, level);
}

/** Pseudo domains, and the relays for them. */
const PSEUDO: readonly (readonly [domain: string, host: RoutingHost, rule: RouteRule])[] = [
  ['BITNET', 'B', 'BITNET_RELAY'],
  ['DECNET', 'C', 'DECNET_RELAY'],
  ['FAX', 'F', 'FAX_RELAY'],
  ['UUCP', 'Y', 'UUCP_RELAY'],
];

function byRelays(address: SplitAddress, context: RouteContext, level: number): Triple | undefined {
  const { routing } = context;
  const { host } = address;
  if (host === undefined) return localName(address.local, context);
  let next = address;
  for (const [domain, name, rule] of PSEUDO) {
    const relay = routing.hosts[name];
    if (relay === undefined || !isPseudo(host, domain)) continue;
    next = { local: address.local, host: [...host.slice(0, -2), domain, '.'] };
    const found = mailerToTriple(relay, focused(next), context, level + 1, rule);
    if (found === undefined || isTriple(found)) return found;
  }
  return byBestMx(next, context, level) ?? bySmartHost(next, context, level);
}

/** bestmx_is_local. Undefined: the best mail exchanger of the host is another host. */
function byBestMx({ local, host }: SplitAddress, context: RouteContext, level: number): Triple | undefined {
  if (ownBestMx(host!, context) === undefined) return undefined;
  if (holdsOperator(local, context.rules)) return context.again(local, level + 1);
  return { mailer: context.routing.mailers.local, user: local, rule: 'bestmx_is_local' };
}

function localName(local: Tokens, context: RouteContext): Triple | undefined {
  return local.length === 0 ? withoutTokens(context) : localTriple(local, 'local name', context);
}

function isPseudo(host: Tokens, domain: string): boolean {
  const size = host.length;
  return size > 3 && host[size - 1] === '.' && foldCase(host[size - 2]!) === foldCase(domain) && host[size - 3] === '.';
}

function bySmartHost(address: SplitAddress, context: RouteContext, level: number): Triple | undefined {
  const { routing } = context;
  const found: Resolved =
    routing.hosts.S === undefined
      ? { address: focused(address) }
      : mailerToTriple(routing.hosts.S, focused(address), context, level + 1, 'SMART_HOST');
  if (found === undefined || isTriple(found)) return found;
  return { mailer: routing.mailers.smtp, host: address.host!, user: focused(address), rule: 'host' };
}
