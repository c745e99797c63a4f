/**
 * An address -> its form in an envelope or header for a mailer: genericstable, masquerading, and the host of names without one.
 * The answer of `/try` in `sendmail -bt`.
 */
import type { AddressRules } from '../address/canonify.ts';
import { Journal } from '../address/journal.ts';
import { type RewriteQuestion, rewriteAddress } from '../address/rewrite.ts';
import { noting, PLAIN_ROUTING } from '../address/routing.ts';
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { foldCase } from '../core/fold.ts';
import type { RouteStep } from '../core/trace-step.ts';
import { becauseOf, type RouteBecause } from './trace.ts';

/** The form of an address outside, and the entries that made it. */
export interface Rewritten {
  readonly address: string;
  readonly because: RouteBecause;
  readonly trace: readonly RouteStep[];
}

/** The mailer, place and role for which `rewrite` makes an address. */
export interface RewriteHow extends RewriteQuestion {
  /** Default: the mailer for other hosts. */
  readonly mailer?: string | undefined;
  /** `${daemon_flags}`: with `c`, DNS names hosts in spite of nocanonify. */
  readonly daemonFlags?: string | undefined;
}

/**
 * The form of an address outside.
 *
 * @throws MapError `badInput` for an unknown mailer; or the error of a table that cannot be asked
 */
export function rewrite(address: ByteString, how: RewriteHow, rules: AddressRules): Rewritten {
  const routing = rules.routing ?? PLAIN_ROUTING;
  const name = how.mailer ?? routing.mailers.smtp;
  const mailer = routing.known.get(foldCase(name));
  if (mailer === undefined) throw new MapError('badInput', `Unknown mailer ${name}`);
  const journal = new Journal();
  const made = rewriteAddress(address, mailer, how, noting(rules, journal));
  const { failed, steps: trace } = journal;
  // without an answer of DNS a name stays as it is
  if (failed?.isTable) throw failed.error;
  return { address: made.address, because: becauseOf(made.rule, trace), trace };
}
