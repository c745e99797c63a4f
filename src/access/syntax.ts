/** What the daemon makes of an address before any rule sees it: a refusal as a verdict, or what the rules begin with. */

import type { AddressRules } from '../address/canonify.ts';
import type { ReadAddress } from '../address/parse.ts';
import { readSmtpAddress, type SyntaxReply } from '../address/smtp-syntax.ts';
import type { ByteString } from '../core/bytes.ts';
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
export function checkSyntax(address: ByteString, rules: AddressRules, command: 'MAIL' | 'RCPT'): CheckedSyntax {
  if (address === '') return {};
  const { refusal, ...rest } = readSmtpAddress(command, address, rules);
  if (refusal === undefined) return rest;
  const rule = isTarget(refusal) ? DIRECT_TARGET : 'syntax';
  return { ...rest, refused: { kind: 'reply', reply: refusal, because: { rule } } };
}
