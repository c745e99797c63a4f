/**
 * A host -> its name in domaintable, bitdomain and uudomain, applied to every address; and its canonical name, by DNS
 * without FEATURE(nocanonify), with a final dot if it is complete or known.
 * Source: the rules of Canonify2.
 */
import type { AddressRules } from './canonify.ts';
import { match, pattern } from './pattern.ts';
import type { AddressProblem } from './problem.ts';
import {
  endsInClass,
  inClass,
  isOurs,
  NOTHING,
  PLAIN_ROUTING,
  type Routing,
  type RoutingTable,
  tableValue,
} from './routing.ts';
import { joinTokens, type Tokens } from './tokens.ts';

const BITNET = pattern('$+ . BITNET');
const UUCP = pattern('$+ . UUCP');

/** Undefined: the value of an entry has no tokens, which ends the rules. */
export function mappedHost(host: Tokens, routing: Routing, problems: AddressProblem[]): Tokens | undefined {
  const { has } = routing;
  if (!has.has('domaintable') && !has.has('bitdomain') && !has.has('uudomain')) return host;
  const asked = { routing, problems };
  const ask = (table: RoutingTable, key: Tokens, unmapped: Tokens): Tokens | undefined => {
    const value = tableValue(asked, table, key) ?? unmapped;
    return value === NOTHING ? undefined : value;
  };
  let name: Tokens | undefined = host;
  if (has.has('domaintable')) name = ask('domaintable', name, name);
  const bitnet = name && has.has('bitdomain') ? match(BITNET, name) : undefined;
  if (bitnet !== undefined) name = ask('bitdomain', bitnet[0]!, [...bitnet[0]!, '.', 'BITNET']);
  const uucp = name && has.has('uudomain') ? match(UUCP, name) : undefined;
  return uucp === undefined ? name : ask('uudomain', uucp[0]!, [...uucp[0]!, '.', 'UUCP']);
}

/**
 * A UUCP name in its pseudo domain, or as the host that DNS knows by it (not with UUCP_RELAY); undefined: another name.
 */
export function uucpName(host: Tokens, rules: AddressRules, problems: AddressProblem[]): Tokens | undefined {
  const { routing } = rules;
  const isRelayed = routing?.hosts.Y !== undefined;
  if (routing === undefined || (!isRelayed && routing.canonifies !== 'all')) return undefined;
  const node = match(UUCP, host)?.[0];
  if (node === undefined) return undefined;
  const name = isRelayed ? [] : (tableValue({ routing, problems }, 'host', node) ?? node);
  return name.length > 1 && name.at(-1) === '.' ? name : [...(isRelayed ? node : name), '.', 'UUCP', '.'];
}

/** The name with a final dot if DNS or the configuration knows it. */
export function completeName(host: Tokens, rules: AddressRules, problems: AddressProblem[]): Tokens {
  const { routing = PLAIN_ROUTING } = rules;
  if (host.at(-1) === '.' || endsInClass(routing, 'P', host)) return [...host, '.'];
  const name = isCanonified(host, routing, rules)
    ? (tableValue({ routing, problems }, 'host', host) ?? host)
    : hasDot(host)
      ? [...host, '.']
      : host;
  return name.at(-1) !== '.' && (isOurs(joinTokens(name), rules) || isKnownHost(name, routing)) ? [...name, '.'] : name;
}

function isCanonified(host: Tokens, routing: Routing, { daemonFlags }: AddressRules): boolean {
  if (routing.canonifies === 'all') return daemonFlags?.has('cc') !== true;
  return (
    endsInClass(routing, 'Canonify', host) ||
    daemonFlags?.has('c') === true ||
    (routing.canonifies === 'words' && !hasDot(host))
  );
}

/** True for a dot between tokens. */
function hasDot(host: Tokens): boolean {
  const dot = host.indexOf('.', 1);
  return dot > 0 && dot < host.length - 1;
}

/** Hosts of class M, {VirtHost} and class G. */
function isKnownHost(name: Tokens, routing: Routing): boolean {
  const { flags } = routing;
  const isIn = (flag: boolean, of: 'M' | 'VirtHost' | 'G'): boolean =>
    flag ? endsInClass(routing, of, name) : inClass(routing, of, name);
  return (
    isIn(flags.has('masquerade_entire_domain'), 'M') ||
    (routing.has.has('virtuser') && isIn(flags.has('virtuser_entire_domain'), 'VirtHost')) ||
    (routing.has.has('generics') && isIn(flags.has('generics_entire_domain'), 'G'))
  );
}
