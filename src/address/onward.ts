/**
 * An address that virtusertable does not change -> mailer, host and user: class w, mailertable, the relays of pseudo domains,
 * bestmx_is_local, the smart host, the host itself.
 * Source: the rules of Parse1 behind virtusertable.
 */
import { foldCase } from '../core/fold.ts';
import { asksBestMx, ownBestMx } from './best-mx.ts';
import type { SplitAddress } from './canonify.ts';
import { byMailertable } from './mailertable.ts';
import { holdsOperator, isLocalHost } from './parse0.ts';
import { match, pattern } from './pattern.ts';
import { isRefusal, refusalOf } from './refusal.ts';
import { inClass, type RoutingHost } from './routing.ts';
import type { RouteRule } from './rule-names.ts';
import type { Tokens } from './tokens.ts';
import {
  focused,
  isTriple,
  mailerToTriple,
  type Resolved,
  type RouteContext,
  splitFocused,
  type Triple,
  withoutMailer,
} from './triple.ts';

/** Ruleset Parse0, on the tokens of the first rule that matches: an address, or a refusal. */
export type LateParse = (tokens: Tokens) => Tokens;

const STICKY = pattern('< $+ > $+ < $+ >');
const STICKY_PLUS = pattern('< > $+ + $* < $+ >');
const STICKY_NAME = pattern('< > $+ < $+ >');

/** @param late absent: the address comes from Parse0 */
export function byClass(address: SplitAddress, context: RouteContext, level: number, late?: LateParse): Resolved {
  if (address.host === undefined || !isLocalHost(address.host, context.rules))
    return elsewhere(address, context, level, late);
  if (context.routing.flags.has('stickyhost')) return bySticky(address, context, level, late);
  return late === undefined ? localTriple(address.local, 'class w', context) : parsedName(address.local, context, late);
}

function bySticky(address: SplitAddress, context: RouteContext, level: number, late?: LateParse): Resolved {
  const { mailers, hosts } = context.routing;
  const all = ['<', ...(hosts.H ?? []), '>', ...parsed(address, late)];
  const byHub = match(STICKY, all);
  if (byHub !== undefined) {
    const found = mailerToTriple(byHub[0]!, [...byHub[1]!, '<', ...byHub[2]!, '>'], context, level + 1, 'MAIL_HUB');
    return found === undefined || isTriple(found) ? found : elsewhere(splitFocused(found.address), context, level);
  }
  const detailed = match(STICKY_PLUS, all);
  if (detailed !== undefined)
    return { mailer: mailers.local, user: [...detailed[0]!, '+', ...detailed[1]!], rule: 'stickyhost' };
  const named = match(STICKY_NAME, all);
  if (named !== undefined) return { mailer: mailers.local, user: ['@', ...named[0]!], rule: 'stickyhost' };
  return elsewhere(splitFocused(all), context, level);
}

function parsed(address: SplitAddress, late: LateParse | undefined): Tokens {
  return late === undefined ? focused(address) : late(focused(address));
}

/** LOCAL_USER does not see a name before Parse0 has run. */
function parsedName(local: Tokens, { routing }: RouteContext, late: LateParse): Triple {
  return { mailer: routing.mailers.local, user: late(local), rule: 'virtusertable' };
}

/** LOCAL_USER marks names for which no relay is looked up. */
function localTriple(local: Tokens, rule: RouteRule, { routing }: RouteContext): Triple {
  const user = inClass(routing, 'L', local) ? ['@', ...local] : local;
  return { mailer: routing.mailers.local, user, rule };
}

function elsewhere(address: SplitAddress, context: RouteContext, level: number, late?: LateParse): Resolved {
  const { host } = address;
  const isAsked = context.routing.has.has('mailertable') && (late === undefined || (host?.length ?? 0) > 0);
  if (!isAsked) return byRelays(address, context, level, late);
  const found = byMailertable(splitFocused(parsed(address, late)), context, level, host);
  if (found === undefined || isTriple(found) || found.ended) return found;
  return byRelays(found.split ?? splitFocused(found.address), context, level);
}

/** Pseudo domains, and the relays for them. */
const PSEUDO: readonly (readonly [domain: string, host: RoutingHost, rule: RouteRule])[] = [
  ['BITNET', 'B', 'BITNET_RELAY'],
  ['DECNET', 'C', 'DECNET_RELAY'],
  ['FAX', 'F', 'FAX_RELAY'],
  ['UUCP', 'Y', 'UUCP_RELAY'],
];

function byRelays(address: SplitAddress, context: RouteContext, level: number, late?: LateParse): Resolved {
  const { host } = address;
  if (host === undefined) {
    if (late !== undefined) return parsedName(address.local, context, late);
    return refusalOf(address) ?? localName(address.local, context);
  }
  for (const [domain, name, rule] of PSEUDO) {
    const relay = context.routing.hosts[name];
    if (relay === undefined || !isPseudo(host, domain)) continue;
    const next = { local: address.local, host: [...host.slice(0, -2), domain, '.'] };
    const found = mailerToTriple(relay, parsed(next, late), context, level + 1, rule);
    if (found === undefined || isTriple(found)) return found;
    return byNet(splitFocused(found.address), context, level);
  }
  return byNet(address, context, level, late);
}

/** DNS, the smart host, or the host itself. */
function byNet(address: SplitAddress, context: RouteContext, level: number, late?: LateParse): Resolved {
  const { local, host } = address;
  if (host === undefined) return refusalOf(address) ?? localName(local, context);
  if (!asksBestMx(host, context.routing)) return bySmartHost(address, context, level, late);
  // the rule for bestmx puts the exchanger behind the host
  const next = late?.(focused({ local, host: [...host, '@', '@', ...host] }));
  if (next !== undefined && isRefusal(next)) return refusalOf({ local: next });
  return byBestMx(address, context, level) ?? bySmartHost(address, context, level);
}

/** bestmx_is_local. Undefined: the best mail exchanger of the host is another host. */
function byBestMx({ local, host }: SplitAddress, context: RouteContext, level: number): Resolved {
  if (ownBestMx(host!, context) === undefined) return undefined;
  if (holdsOperator(local, context.rules)) {
    const found = context.again(local, level + 1);
    return found === undefined || isTriple(found) ? found : { address: found.address, ended: true };
  }
  return { mailer: context.routing.mailers.local, user: local, rule: 'bestmx_is_local' };
}

function localName(local: Tokens, context: RouteContext): Triple | undefined {
  return local.length === 0 ? withoutMailer(context) : localTriple(local, 'local name', context);
}

function isPseudo(host: Tokens, domain: string): boolean {
  const size = host.length;
  return size > 3 && host[size - 1] === '.' && foldCase(host[size - 2]!) === foldCase(domain) && host[size - 3] === '.';
}

function bySmartHost(address: SplitAddress, context: RouteContext, level: number, late?: LateParse): Resolved {
  const { hosts, mailers } = context.routing;
  const found = mailerToTriple(hosts.S ?? [], parsed(address, late), context, level + 1, 'SMART_HOST');
  if (found === undefined || isTriple(found)) return found;
  const next = late === undefined ? address : splitFocused(found.address);
  if (next.host === undefined) return refusalOf(next) ?? localName(next.local, context);
  return { mailer: mailers.smtp, host: next.host, user: focused(next), rule: 'host' };
}
