/** One line for a recipient: what sendmail would answer, and which entry decides. */
import { formatReply, type MailMaps } from 'mailmaps';

export function answer(maps: MailMaps, recipient: string, address: string): string {
  const client = { address, resolve: 'FAIL' } as const;
  const decision = maps.checkRcpt(recipient, { client, sender: '' });
  const { rule, key } = decision.because;
  return `${formatReply(decision, recipient)} (${decision.action} by ${key ?? rule})`;
}
