/** What the daemon refuses of an address before any rule sees it, as a verdict. */
import type { ByteString } from '../core/bytes.ts';
import type { AddressRules } from '../source/address-canonical.ts';
import { type SyntaxReply, smtpSyntaxRefusal } from '../source/address-smtp.ts';
import type { Verdict } from './verdict.ts';

/** The rule that refuses mail to programs, files and lists: for recipients it comes after all others. */
export const DIRECT_TARGET = 'direct target';

function isTarget({ text }: SyntaxReply): boolean {
  return text.startsWith('Cannot mail directly to ');
}

/** sendmail's refusal of an address as given (without brackets), or undefined: the rules decide. */
export function refuseSyntax(address: ByteString, rules: AddressRules, command: 'MAIL' | 'RCPT'): Verdict | undefined {
  const reply = address === '' ? undefined : smtpSyntaxRefusal(command, address, rules);
  return reply && { kind: 'reply', reply, because: { rule: isTarget(reply) ? DIRECT_TARGET : 'syntax' } };
}
