/**
 * The decisions about client, sender and recipients of one message -> its envelope, and whether it is delivered,
 * discarded or held. The last reason to hold it counts; a message that is discarded is not held.
 */
import type { Decision } from '../access/decision.ts';
import type { DeliveryTarget } from '../alias/expansion.ts';
import type { Client, Session } from '../core/session.ts';
import type { Configuration } from './configuration.ts';

/** A complete envelope, and whether its message is delivered, discarded, or held for `reason`. */
export type SmtpMessage = Envelope &
  ({ readonly action: 'deliver' | 'discard' } | { readonly action: 'hold'; readonly reason: string });

interface Envelope {
  readonly client: Client;
  /** `''` is the null sender. */
  readonly sender: string;
  /** All recipients of the message, each once. */
  readonly targets: readonly DeliveryTarget[];
}

/** The questions of a session. */
export type Questions = Pick<
  Configuration,
  'checkRelay' | 'checkMail' | 'checkRcpt' | 'expand' | 'ask' | 'answerVrfy' | 'answerExpn'
>;

/** One transaction, from an accepted MAIL on. */
export interface Transaction {
  readonly questions: Questions;
  readonly session: Session & { readonly sender: string };
  /** Each target under its fields. */
  readonly targets: Map<string, DeliveryTarget>;
  hasRecipient: boolean;
  isDiscarded: boolean;
  reason: string | undefined;
}

/** A transaction without recipients. `decisions` are those about client and sender. */
export function transactionOf(
  questions: Questions,
  session: Transaction['session'],
  decisions: readonly Decision[],
): Transaction {
  const targets = new Map<string, DeliveryTarget>();
  const made = { questions, session, targets, hasRecipient: false, isDiscarded: false, reason: undefined };
  for (const decision of decisions) note(made, decision);
  return made;
}

/** Adds an accepted recipient. */
export function add(transaction: Transaction, decision: Decision, targets: readonly DeliveryTarget[]): void {
  transaction.hasRecipient = true;
  note(transaction, decision);
  for (const target of targets) transaction.targets.set(JSON.stringify(target), target);
}

function note(transaction: Transaction, decision: Decision): void {
  if (decision.action === 'discard') transaction.isDiscarded = true;
  if (decision.action === 'quarantine') transaction.reason = decision.reason;
}

export function messageOf({ session, targets, isDiscarded, reason }: Transaction): SmtpMessage {
  const envelope = { client: session.client, sender: session.sender, targets: [...targets.values()] };
  if (isDiscarded || reason === undefined) return { ...envelope, action: isDiscarded ? 'discard' : 'deliver' };
  return { ...envelope, action: 'hold', reason };
}
