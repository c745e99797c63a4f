/** What the daemon makes of an address before any rule sees it: a refusal as a verdict, or what the rules begin with. */

import type { AddressRules } from '../address/canonify.ts';
import type { ReadAddress } from '../address/parse.ts';
import { readSmtpAddress, type SyntaxReply } from '../address/smtp-syntax.ts';
import type { ByteString } from '../core/bytes.ts';
import type { Because, TraceStep } from './decision.ts';
import type { Verdict } from './verdict.ts';

/** The rule that refuses mail to programs, files and lists: for recipients it comes after all others. */
export const DIRECT_TARGET = 'direct target';

function isTarget({ text }: SyntaxReply): boolean {
  return text.startsWith('Cannot mail directly to ');
}

export interface CheckedSyntax {
  /** sendmail's refusal; absent: the rules decide. */
  readonly refused?: Verdict;
  /** The address as it was read; absent: the rules have to read it themselves. */
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
  const { refusal, by, ...rest } = readSmtpAddress(command, address, rules);
  if (refusal === undefined) return rest;
  const because = isTarget(refusal) ? { rule: DIRECT_TARGET } : becauseOf(by, trace);
  return { ...rest, refused: { kind: 'reply', reply: refusal, because } };
}

/** What no entry and no relay decides. */
const NO_TABLE: ReadonlySet<string> = new Set(['address literal', 'class w', 'local name', 'host', 'null address']);

/** The entry of a table, or the relay, that refuses. */
function becauseOf(by: string | undefined, trace: readonly TraceStep[]): Because {
  if (by === undefined || NO_TABLE.has(by)) return { rule: 'syntax' };
  const entry = trace.findLast((step) => step.kind === 'key' && step.rule === by && step.status !== 'notFound');
  if (entry?.kind !== 'key') return { rule: by };
  return { rule: by, key: entry.key, ...(entry.value !== undefined && { value: entry.value }) };
}
