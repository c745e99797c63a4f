/**
 * A host -> whether FEATURE(bestmx_is_local) treats it as this host: its best mail exchanger is in class w, and the host ends
 * in one of the domains that the feature is limited to.
 */
import type { AddressRules } from './canonify.ts';
import { isLocalHost } from './parse0.ts';
import type { AddressProblem } from './problem.ts';
import { endsInClass, type Routing, tableValue } from './routing.ts';
import type { Tokens } from './tokens.ts';

interface Asked {
  readonly routing: Routing;
  readonly rules: AddressRules;
  readonly problems: AddressProblem[];
}

/** True for a host whose best mail exchanger counts: one of the domains that the feature is limited to. */
export function asksBestMx(host: Tokens, routing: Routing): boolean {
  if (!routing.has.has('bestmx')) return false;
  const name = host.at(-1) === '.' ? host.slice(0, -1) : host;
  return routing.classes.B === undefined || endsInClass(routing, 'B', name);
}

/**
 * Our name as the best mail exchanger of a host; undefined: the best one is another host.
 *
 * @param host with or without its final dot
 */
export function ownBestMx(host: Tokens, asked: Asked): Tokens | undefined {
  if (!asksBestMx(host, asked.routing)) return undefined;
  const best = tableValue(asked, 'bestmx', host);
  return best !== undefined && isLocalHost(best, asked.rules) ? best.slice(0, -1) : undefined;
}
