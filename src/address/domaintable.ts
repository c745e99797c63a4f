/**
 * A host -> its name in domaintable, bitdomain and uudomain, which every address is read with; and which hosts are
 * complete although they have no dot. Rules of Canonify2.
 */
import type { Tokens } from './canonify.ts';
import { match, pattern } from './pattern.ts';
import { endsInClass, inClass, type Routing, tableValue } from './routing.ts';
import type { AddressProblem } from './tokens.ts';

const BITNET = pattern('$+ . BITNET');
const UUCP = pattern('$+ . UUCP');

export function mappedHost(host: Tokens, routing: Routing, problems: AddressProblem[]): Tokens {
  const asked = { routing, problems };
  let name = host;
  if (routing.has.has('domaintable')) name = tableValue(asked, 'domaintable', name) ?? name;
  const bitnet = routing.has.has('bitdomain') ? match(BITNET, name) : undefined;
  if (bitnet !== undefined) name = tableValue(asked, 'bitdomain', bitnet[0]!) ?? [...bitnet[0]!, '.', 'BITNET'];
  const uucp = routing.has.has('uudomain') ? match(UUCP, name) : undefined;
  if (uucp !== undefined) name = tableValue(asked, 'uudomain', uucp[0]!) ?? [...uucp[0]!, '.', 'UUCP'];
  return name;
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
