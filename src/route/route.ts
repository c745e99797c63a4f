/**
 * An address -> the mailer, host and user for it, by the tables and relays of the configuration, without aliases; or the reason
 * why it cannot be delivered. The answer of `/parse` in `sendmail -bt`.
 */
import type { AddressRules } from '../address/canonify.ts';
import { type FailedLookup, Journal } from '../address/journal.ts';
import { parseAddress } from '../address/parse.ts';
import type { AddressProblem } from '../address/problem.ts';
import { noting, PLAIN_ROUTING } from '../address/routing.ts';
import { shortenAddress } from '../address/show.ts';
import type { ByteString } from '../core/bytes.ts';
import type { RouteStep } from '../core/trace-step.ts';
import { becauseOf, type RouteBecause } from './trace.ts';

/** The reply to a client about an undeliverable address; the same shape as the reply of a decision. */
export interface RouteReply {
  readonly code: number;
  /** RFC 3463 status; `''` for the few replies without one. */
  readonly enhanced: string;
  readonly text: string;
  /** Whether the reply begins with the address. */
  readonly prefixed: boolean;
  /** The part of the address that the reply shows, if not all of it. */
  readonly shown?: string;
}

interface Reasons {
  readonly because: RouteBecause;
  readonly trace: readonly RouteStep[];
}

/** Where mail for an address goes, or why it goes nowhere. */
export type Route = Reasons &
  (
    | { readonly kind: 'local' | 'remote'; readonly mailer: string; readonly host?: string; readonly user: string }
    | { readonly kind: 'error' | 'tempFail'; readonly reply: RouteReply }
  );

/** Where mail for an address goes; all strings are byte strings. */
export function route(address: ByteString, rules: AddressRules): Route {
  const journal = new Journal();
  const { steps: trace } = journal;
  const parsed = parseAddress(address, noting(rules, journal));
  const { failed } = journal;
  if (failed !== undefined && (failed.isTable || parsed.problems.some(isEndless))) return cannotTell(failed, trace);
  // An address that was only repaired can still be delivered to.
  const problem = parsed.problems.find(({ whole }) => whole !== true);
  if (problem !== undefined) return refused(problem, address, becauseOf(parsed.rule ?? 'syntax', trace), trace);
  const because = becauseOf(parsed.rule ?? 'syntax', trace);
  if (failed !== undefined) return cannotTell(failed, trace);
  const found = parsed.address;
  if (found === undefined) return refused(parsed.problems.at(-1) ?? NO_RECIPIENT, address, because, trace);
  const known = (rules.routing ?? PLAIN_ROUTING).known.get(found.mailer);
  const kind = found.kind !== 'remote' || known?.flags.includes('l') ? 'local' : 'remote';
  const user = found.kind === 'include' ? found.path : found.text;
  const { mailer, host } = found;
  return host === undefined ? { kind, mailer, user, because, trace } : { kind, mailer, host, user, because, trace };
}

const NO_RECIPIENT: AddressProblem = {
  fault: 'illegal',
  code: 553,
  enhanced: '5.0.0',
  text: 'User address required',
  status: 0,
};

function refused(
  problem: AddressProblem,
  address: ByteString,
  because: RouteBecause,
  trace: readonly RouteStep[],
): Route {
  const { code, enhanced, text, bare, fault } = problem;
  const shown = shortenAddress(`<${address}>`);
  const reply = { code, enhanced, text, prefixed: bare !== true, ...(shown !== `<${address}>` && { shown }) };
  return { kind: code >= 400 && code < 500 ? 'tempFail' : 'error', reply, because: { ...because, fault }, trace };
}

/** Entries that lead to one another without end: they may lead elsewhere once DNS answers. */
function isEndless({ fault }: AddressProblem): boolean {
  return fault === 'recursion';
}

/** A table that cannot be asked may have an entry that leads elsewhere, or that refuses; DNS refuses nothing. */
function cannotTell({ map, key }: FailedLookup, trace: readonly RouteStep[]): Route {
  const text = 'Transient parse error -- message queued for future delivery';
  const reply = { code: 451, enhanced: '4.4.3', text, prefixed: false };
  return { kind: 'tempFail', reply, because: { rule: map, table: map, key }, trace };
}
