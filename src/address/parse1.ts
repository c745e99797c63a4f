/**
 * An address -> mailer, host and user, by every table and relay of the configuration.
 *
 * The first of these that applies decides: redirect, address literals, virtusertable, class w, mailertable, the relays of
 * pseudo domains, the smart host, the host itself.
 * Source: ruleset 0, with ParseLocal, Parse1 and Recurse.
 */
import { foldCase } from '../core/fold.ts';
import { type AddressRules, canonify, type SplitAddress } from './canonify.ts';
import { finalForm } from './final.ts';
import { byLastEntry } from './last-entry.ts';
import { byClass } from './onward.ts';
import { dequote, parse0 } from './parse0.ts';
import { match, pattern } from './pattern.ts';
import type { AddressProblem } from './problem.ts';
import { redirected } from './redirect.ts';
import { NOTHING, PLAIN_ROUTING } from './routing.ts';
import { joinTokens, type Tokens } from './tokens.ts';
import {
  enters,
  focused,
  isTriple,
  type Resolved,
  type RouteContext,
  splitFocused,
  type Triple,
  withoutMailer,
} from './triple.ts';
import { virtualEntry } from './virtusertable.ts';

/** Level at which ruleset 0 calls Parse1. */
const FIRST_LEVEL = 1;

/** The result of ruleset 0 for an address from Parse0; undefined: none; the problems say why. */
export function parse1(address: SplitAddress, rules: AddressRules, problems: AddressProblem[]): Triple | undefined {
  const context = contextFor(rules, problems);
  const found = resolve(address, context, FIRST_LEVEL);
  return found === undefined || isTriple(found) ? found : withoutMailer(context);
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
function recurse(tokens: Tokens, context: RouteContext, level: number): Resolved {
  if (!enters(level, 'Recurse', context) || !enters(level + 1, 'canonify', context)) return undefined;
  if (!enters(level + 2, 'Canonify2', context)) return undefined;
  const address = parse0(canonify(tokens, context.rules, context.problems), context.rules, context.problems, level + 2);
  const found = address && resolve(address, context, level + 2);
  return found === undefined || isTriple(found) ? found : { address: found.address };
}

function resolve(address: SplitAddress, context: RouteContext, level: number): Resolved {
  const { host } = address;
  if (host !== undefined && host.length === 0 && address.local.length === 0) {
    return { mailer: context.routing.mailers.local, user: ['<', '@', '>'], rule: 'null address' };
  }
  return redirected(address, context) ?? byLiteral(address, context) ?? byVirtual(address, context, level);
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

function byVirtual(address: SplitAddress, context: RouteContext, level: number): Resolved {
  const entry = virtualEntry(address, context);
  if (entry === undefined) return byClass(address, context, level);
  const { value, mark } = entry;
  if (value === NOTHING) return { address: ['<', mark, '>', ...focused(address)], ended: true };
  const isPlain = isPlainValue(value) && address.host!.length > 0;
  const all = isPlain ? value : ['<', ...value, '>', ...focused(address)];
  const refused = isPlain ? undefined : virtualError(all);
  if (refused !== undefined) return refused;
  const led = isPlain ? value : match(LEADS, all)?.[0];
  if (led === undefined) return byClass(splitFocused(all), context, level);
  if (endsRecursion(led, address, context)) return byLastEntry(led, context, level);
  const found = context.again(led, level + 1);
  if (found === undefined || isTriple(found)) return found;
  // the rules would take the mark `<@>` for the brackets of the host
  if (found.address[1] === '@') return withoutMailer(context);
  return byClass(splitFocused(found.address), context, level);
}

/** True for a value that ends where the brackets around it close, and is no error: nearly every value, which needs no patterns. */
function isPlainValue(value: Tokens): boolean {
  return value.length > 0 && foldCase(value[0]!) !== 'error' && !value.includes('>');
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
