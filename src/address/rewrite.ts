/**
 * An address -> its form for a mailer, in an envelope or a header. Full names and comments around it are kept. An
 * address that cannot be parsed stays as it is.
 * Limits: the address proper is cut behind 254 bytes, and the result behind 256, as in sendmail; so is an address that is
 * too long to be read.
 * Source: remotename, with rulesets canonify, those of the mailer, and final.
 */
import type { ByteString } from '../core/bytes.ts';
import { isSpace } from '../core/fold.ts';
import { type AddressRules, canonify } from './canonify.ts';
import { crackAddress } from './crack.ts';
import { finalTokens } from './final.ts';
import type { Masked } from './masquerade.ts';
import { outgoing } from './outgoing.ts';
import type { AddressProblem } from './problem.ts';
import { type Mailer, PLAIN_ROUTING } from './routing.ts';
import type { RouteRule } from './rule-names.ts';
import { joinTokens, NAME_LIMIT, type Scan, tokenize } from './tokens.ts';

/** Bytes of a rewritten address without the text around it. */
const PROPER_LIMIT = NAME_LIMIT - 2;

export interface RewriteQuestion {
  readonly where: 'envelope' | 'header';
  readonly role: 'sender' | 'recipient';
}

export interface RewrittenAddress {
  readonly address: ByteString;
  /** The rule that changed it. */
  readonly rule: RouteRule;
}

export function rewriteAddress(
  text: ByteString,
  mailer: Mailer,
  { where, role }: RewriteQuestion,
  rules: AddressRules,
): RewrittenAddress {
  const problems: AddressProblem[] = [];
  const scan = tokenize(text);
  if (scan.tokens.length === 0) return { address: unread(text, scan), rule: 'syntax' };
  const { before, after, holdsAddress } = crackAddress(
    isSpace(text.charCodeAt(0)) ? text.replace(/^[ \t\n\v\f\r]+/, '') : text,
  );
  const context = { rules, routing: rules.routing ?? PLAIN_ROUTING, problems };
  const canonical = canonify(scan.tokens, rules, problems);
  const ruleset = mailer[where][role];
  const out: Masked =
    ruleset === undefined ? { address: canonical, rule: 'unchanged' } : outgoing(ruleset, canonical, context);
  const proper = holdsAddress ? joinTokens(finalTokens(out.address, rules)).slice(0, PROPER_LIMIT) : '';
  return { address: (before + proper + after).slice(0, NAME_LIMIT), rule: out.rule };
}

/** An address without tokens, as it stays. */
function unread(text: ByteString, { problems }: Scan): ByteString {
  return problems.at(-1)?.fault === 'noRoom' ? text.slice(0, NAME_LIMIT) : text;
}
