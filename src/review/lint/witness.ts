/**
 * Questions of strangers -> proofs that a configuration relays for them. Names and addresses are those that nobody has
 * (RFC 5737, RFC 2606).
 */
import type { Configuration } from '../../config/configuration.ts';
import type { Client } from '../../core/session.ts';
import { questionText } from '../question.ts';
import type { Witness } from './finding.ts';

export const STRANGER: Client = { address: '203.0.113.217', name: 'mx.stranger-a1b2.invalid' };
const SENDER = 'someone@stranger-a1b2.invalid';
const RECIPIENT = 'somebody@elsewhere-c3d4.invalid';

export interface Mail {
  readonly client: Client;
  readonly sender: string;
  readonly recipient: string;
}

/** Proof that mail is sent on to another host; undefined: it is not, or the connection or the sender is refused. */
export function relayWitness(
  configuration: Configuration,
  { client = STRANGER, sender = SENDER, recipient = RECIPIENT }: Partial<Mail>,
): Witness | undefined {
  const session = { client, sender };
  const isRefused = [configuration.checkRelay(client), configuration.checkMail(sender, session)].some(
    ({ action }) => action === 'reject' || action === 'tempFail',
  );
  const { action, because } = configuration.checkRcpt(recipient, session);
  const isSentOn = (action === 'relay' || action === 'ok') && because?.rule !== 'local recipient';
  if (isRefused || !isSentOn) return undefined;
  return { question: questionText({ kind: 'rcpt', client, sender, recipient }), answer: 'relayed' };
}
