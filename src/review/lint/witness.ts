/**
 * Questions of strangers -> proofs that a configuration relays for them. Names and addresses are those that nobody has
 * (RFC 5737, RFC 2606).
 */
import type { Checks } from '../../access/checks.ts';
import type { Facts } from '../../core/facts.ts';
import type { Client } from '../../core/session.ts';
import { type Question, questionText, refuses } from '../question.ts';
import type { Witness } from './finding.ts';

const STRANGERS: readonly Client[] = [
  { address: '203.0.113.217', name: 'mx.stranger-a1b2.invalid' },
  { address: '198.51.100.86', name: 'mail.stranger-e5f6.invalid' },
];
const SENDER = 'someone@stranger-a1b2.invalid';
const RECIPIENT = 'somebody@elsewhere-c3d4.invalid';

export interface Mail {
  readonly client: Client;
  readonly sender: string;
  readonly recipient: string;
}

/** No DNS list names the stranger, and no name has a mail exchanger. The sender's domain counts as existing. */
export const NOTHING_FOUND: Facts = { get: (type) => (type === 'DOMAIN' ? undefined : { status: 'notFound' }) };

/** Proof that mail is sent on to another host; undefined: it is not, or the connection or the sender is refused. */
export function relayWitness(
  checks: Checks,
  { client = strangerTo(checks), sender = SENDER, recipient = RECIPIENT }: Partial<Mail>,
): Witness | undefined {
  const { action, because } = checks.checkRcpt(recipient, { client, sender }, NOTHING_FOUND);
  const isSentOn = (action === 'relay' || action === 'ok') && because?.rule !== 'local recipient';
  if (!isSentOn || !letsIn(checks, client, sender)) return undefined;
  const asked: Question = { kind: 'rcpt', client, sender, recipient };
  return { question: questionText(asked), answer: 'relayed', asked };
}

/** Proof that all strangers may relay. */
export function openWitness(checks: Checks): Witness | undefined {
  const witnesses = STRANGERS.map((client) => relayWitness(checks, { client }));
  return witnesses.includes(undefined) ? undefined : witnesses[0];
}

const STRANGER_TO = new WeakMap<Checks, Client>();

/** A client that may not relay by itself, if there is one: an entry may be for the network of another. */
export function strangerTo(checks: Checks): Client {
  const known = STRANGER_TO.get(checks);
  if (known !== undefined) return known;
  const stranger = STRANGERS.find((client) => relayWitness(checks, { client }) === undefined) ?? STRANGERS[0]!;
  STRANGER_TO.set(checks, stranger);
  return stranger;
}

interface LetIn {
  readonly client: Client;
  readonly sender: string;
  readonly answer: boolean;
}

/** The last answer: most questions are about the same stranger. */
const LET_IN = new WeakMap<Checks, LetIn>();

/** Whether the connection and the sender are accepted. */
function letsIn(checks: Checks, client: Client, sender: string): boolean {
  const last = LET_IN.get(checks);
  if (last?.client === client && last.sender === sender) return last.answer;
  const before = [
    checks.checkRelay(client, NOTHING_FOUND),
    checks.checkMail(sender, { client, sender }, NOTHING_FOUND),
  ];
  const answer = !before.some(refuses);
  LET_IN.set(checks, { client, sender, answer });
  return answer;
}
