/**
 * The questions that rules answer, in byte strings, with two implementations: the built-in rules under the features of a
 * configuration, and the rulesets of its sendmail.cf (file-rules.ts). compileParts chooses.
 */
import type { Checks } from '../access/checks.ts';
import type { AddressRules } from '../address/canonify.ts';
import { withDaemonFlags, withFacts } from '../address/dns-maps.ts';
import { tokensOf } from '../address/parts.ts';
import type { ByteString } from '../core/bytes.ts';
import type { Facts } from '../core/facts.ts';
import { foldCase } from '../core/fold.ts';
import { type RewriteHow, type Rewritten, rewrite } from '../route/rewrite.ts';
import { type Route, route } from '../route/route.ts';

export interface Rulings extends Checks {
  route(address: ByteString, how: RouteHow, facts: Facts): Route;
  /** @throws MapError `badInput` for an unknown mailer; the error of a table that cannot be asked */
  rewrite(address: ByteString, how: RewriteHow & RouteHow, facts: Facts): Rewritten;
}

/** The facts that decide about an address, besides the address. */
export interface RouteHow {
  /** `${daemon_flags}`: with `c`, DNS names hosts in spite of nocanonify; with `CC`, it does not name them. */
  readonly daemonFlags?: string | undefined;
}

/** The built-in rules. */
export function builtInRulings(checks: Checks, rules: AddressRules): Rulings {
  return {
    ...checks,
    route: (address, how, facts) => route(address, rulesFor(rules, how, facts)),
    rewrite: (address, how, facts) => rewrite(address, how, rulesFor(rules, how, facts)),
  };
}

function rulesFor(rules: AddressRules, { daemonFlags }: RouteHow, facts: Facts): AddressRules {
  if (daemonFlags === undefined) return withFacts(rules, facts);
  const flags = new Set(tokensOf(daemonFlags).map(foldCase));
  return withFacts(withDaemonFlags(rules, flags), facts);
}
