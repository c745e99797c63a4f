/**
 * A host -> its name in domaintable, bitdomain and uudomain, applied to every address. Also: the hosts that are
 * complete although they have no dot.
 * Source: the rules of Canonify2.
 */
import type { Tokens } from './canonify.ts';
import { match, pattern } from './pattern.ts';
import type { AddressProblem } from './problem.ts';
import { endsInClass, inClass, NOTHING, type Routing, type RoutingTable, tableValue } from './routing.ts';

const BITNET = pattern('$+ . BITNET');
const UUCP = pattern('$+ . UUCP');

/** undefined: a value without tokens ends the rules. */
export function mappedHost(host: Tokens, routing: Routing, problems: AddressProblem[]): Tokens | undefined {
  const asked = { routing, problems };
  const ask = (table: RoutingTable, key: Tokens, unmapped: Tokens): Tokens | undefined => {
    const value = tableValue(asked, table, key) ?? unmapped;
    return value === NOTHING ? undefined : value;
  };
  let name: Tokens | undefined = host;
  if (routing.has.has('domaintable')) name = ask('domaintable', name, name);
  const bitnet = name && routing.has.has('bitdomain') ? match(BITNET, name) : undefined;
  if (bitnet !== undefined) name = ask('bitdomain', bitnet[0]!, [...bitnet[0]!, '.', 'BITNET']);
  const uucp = name && routing.has.has('uudomain') ? match(UUCP, name) : undefined;
  return uucp === undefined ? name : ask('uudomain', uucp[0]!, [...uucp[0]!, '.', 'UUCP']);
}

/** Pseudo domains, and hosts of class M, {VirtHost} and class G. */
export function isKnownHost(name: Tokens, routing: Routing): boolean {
  const { flags } = routing;
  const isIn = (flag: boolean, of: 'M' | 'VirtHost' | 'G'): boolean =>
    flag ? endsInClass(routing, of, name) : inClass(routing, of, name);
  return (
    endsInClass(routing, 'P', name) ||
    isIn(flags.has('masquerade_entire_domain'), 'M') ||
    (routing.has.has('virtuser') && isIn(flags.has('virtuser_entire_domain'), 'VirtHost')) ||
    (routing.has.has('generics') && isIn(flags.has('generics_entire_domain'), 'G'))
  );
}
