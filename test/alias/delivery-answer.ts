/**
 * A real delivery and an expansion -> comparable lines: recipient and sender. A delivery to several users in one call shows no
 * details.
 */

import type { AliasContext } from '../../src/alias/context.ts';
import type { DeliveryTarget, Expansion } from '../../src/alias/expansion.ts';
import { HOST } from '../machine.ts';
import type { DeliverAnswer } from '../oracle/jobs.ts';

/** The sender of every message. */
export const SENDER = 'sender@outside.example';

/** The deliveries of an expansion, without programs that do not log their user. */
export function sent({ recipients }: Expansion, context: AliasContext): string[] {
  const seen = recipients.filter(
    (recipient) =>
      (recipient.kind !== 'file' || recipient.path !== '/dev/null') &&
      (recipient.kind !== 'program' || recipient.command.startsWith('id ')),
  );
  return unique(seen.map((recipient) => lineOf(recipient, context)));
}

function lineOf(recipient: DeliveryTarget, { users, options }: AliasContext): string {
  const from = `from ${bare(recipient.owner ?? SENDER)}`;
  if (recipient.kind === 'user') return `${recipient.name} ${from}`;
  if (recipient.kind === 'address') return `${recipient.localPart}@${recipient.domain} ${from}`;
  const owner = (recipient.user !== undefined && users.byName(recipient.user)) || options.defaultUser;
  const uid = owner === 'tempFail' ? owner : owner.uid;
  const path = recipient.kind === 'file' ? recipient.path : recipient.command.replace('id -u >> ', '');
  return `${path.replace('/etc/mail/', '')} as ${uid}`;
}

export function delivered({ deliveries }: Pick<DeliverAnswer, 'deliveries'>): string[] {
  const all = deliveries
    // errors are sent back to the sender, or to the owner, from nobody
    .filter(({ sender }) => sender !== '' && sender !== '<>' && !sender.toUpperCase().startsWith('MAILER-DAEMON'))
    .flatMap(({ sender, rcpts }) => rcpts.map((rcpt) => `${overUucp(rcpt)} from ${bare(sender)}`));
  return unique(all);
}

/** `uu!z@here` is z there. */
function overUucp(rcpt: string): string {
  return rcpt.replace(new RegExp(`^(\\w+)!(\\w+)(@${HOST})?$`), '$2@$1.UUCP');
}

function bare(sender: string): string {
  return sender.endsWith(`@${HOST}`) ? sender.slice(0, -HOST.length - 1) : sender;
}

export function unique(lines: readonly string[]): string[] {
  return [...new Set(lines)].sort();
}
