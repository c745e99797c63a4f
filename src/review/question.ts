/**
 * A question about a client, a sender or a recipient -> a configuration's answer as text, and the danger if another
 * configuration answers differently.
 */
import type { Decision } from '../access/decision.ts';
import { formatReply } from '../access/reply.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Client } from '../core/session.ts';

/** A configuration that can be asked. */
export type Asked = { readonly configuration: Configuration };

/** An absent name means that the address has none. */
export type AskedClient = Client;

/** Effects of a difference, the most dangerous first. */
export const EFFECTS = ['opens relaying', 'accepts', 'refuses', 'stops relaying', 'answers otherwise'] as const;
export type Effect = (typeof EFFECTS)[number];

export interface Question {
  /** SASL mechanism of a client that authenticated. */
  readonly authType?: string;
  readonly kind: 'relay' | 'mail' | 'rcpt';
  readonly client: AskedClient;
  readonly sender?: string;
  readonly recipient?: string;
}

/** The answer of a configuration, without the names and addresses of the question. */
export function answerText(configuration: Configuration, question: Question): string {
  return shown(decide({ configuration }, question), question);
}

export function decide(
  { configuration }: Asked,
  { kind, client, sender = '', recipient = '', authType }: Question,
): Decision {
  const auth = authType === undefined ? {} : { authType };
  if (kind === 'relay') return configuration.checkRelay(client);
  if (kind === 'mail') return configuration.checkMail(sender, { client, ...auth });
  return configuration.checkRcpt(recipient, { client, sender, ...auth });
}

/** The answer, with `...` for each name and address that was asked. */
export function shown(decision: Decision, { client, sender, recipient }: Question): string {
  const { action, reply, reason } = decision;
  const word = action === 'relay' && !relays(decision) ? 'ok' : action;
  const text = reply === undefined ? [word, reason].filter(Boolean).join(': ') : `refused: ${formatReply(decision)}`;
  const asked = [recipient, sender, client.name, client.address].filter((word) => word !== undefined && word !== '');
  const hosts = asked.map((word) => word!.slice(word!.lastIndexOf('@') + 1));
  return [...asked, ...hosts].reduce<string>((shorter, word) => shorter.replaceAll(word!, '...'), text);
}

export const refuses = ({ action }: Decision): boolean => action === 'reject' || action === 'tempFail';
/** Whether the recipient is on another host: sendmail's rules also answer RELAY for recipients on this host. */
export const relays = ({ action, because }: Decision): boolean =>
  action === 'relay' && because?.rule !== 'local recipient';

export function effectOf(before: Decision, after: Decision): Effect {
  if (relays(after) && !relays(before)) return 'opens relaying';
  if (relays(before) && !relays(after)) return 'stops relaying';
  if (refuses(before) && !refuses(after)) return 'accepts';
  if (!refuses(before) && refuses(after)) return 'refuses';
  return 'answers otherwise';
}

/** For people. */
export function questionText({ kind, client, sender, recipient }: Question): string {
  const who = `client ${client.address}${client.name === undefined ? '' : ` (${client.name})`}`;
  if (kind === 'relay') return who;
  return `${who}, MAIL FROM:<${sender ?? ''}>${kind === 'rcpt' ? `, RCPT TO:<${recipient ?? ''}>` : ''}`;
}

/** Features by which check_rcpt looks at the sender. */
export const SENDER_COUNTS: RegExp = /^(?:delay_checks|relay_mail_from|relay_local_from)/;
