/**
 * An address of a MAIL or RCPT command -> the daemon's own refusal, or the parsed address that the rules start from.
 */

import type { AddressRules } from '../address/canonify.ts';
import type { ReadAddress } from '../address/parse.ts';
import type { RouteRule } from '../address/rule-names.ts';
import { readSmtpAddress } from '../address/smtp-syntax.ts';
import type { ByteString } from '../core/bytes.ts';
import type { Because, TraceStep } from './decision.ts';
import type { Verdict } from './verdict.ts';

/** The rule that refuses mail to programs, files and lists. For a recipient it applies after all other rules. */
export const DIRECT_TARGET = 'direct target';

export interface CheckedSyntax {
  /** sendmail's refusal; absent: the rules decide. */
  readonly refused?: Verdict;
  /** The parsed address; absent: the rules must parse it themselves. */
  readonly read?: ReadAddress;
}

/** @param address as given, without brackets */
export function checkSyntax(
  address: ByteString,
  rules: AddressRules,
  command: 'MAIL' | 'RCPT',
  trace: readonly TraceStep[],
): CheckedSyntax {
  if (address === '') return {};
  const { refused, by, read } = readSmtpAddress(command, address, rules);
  const parsed = read === undefined ? {} : { read };
  if (refused === undefined) return parsed;
  const reason: Because = refused.isDirect ? { rule: DIRECT_TARGET } : becauseOf(by, trace);
  const because = refused.fault === undefined ? reason : { ...reason, fault: refused.fault };
  return { ...parsed, refused: { kind: 'reply', reply: refused.reply, because } };
}

/** Rules in which neither a table entry nor a relay decides. */
const NO_TABLE: ReadonlySet<RouteRule> = new Set(['address literal', 'class w', 'local name', 'host', 'null address']);

/** The reason of a refusal: the table entry, or the relay. */
function becauseOf(by: RouteRule | undefined, trace: readonly TraceStep[]): Because {
  if (by === undefined || NO_TABLE.has(by)) return { rule: 'syntax' };
  const entry = trace.findLast((step) => step.kind === 'key' && step.rule === by && step.status !== 'notFound');
  if (entry?.kind !== 'key') return { rule: by };
  return { rule: by, key: entry.key, ...(entry.value !== undefined && { value: entry.value }) };
}
