/**
 * The decisions about client, sender and recipients of one message -> the one that counts, its envelope, and whether it is
 * delivered, discarded or held.
 */
import type { Decision } from '../access/decision.ts';
import type { DeliveryTarget, Expansion } from '../alias/expansion.ts';
import type { Client, Session } from '../core/session.ts';
import type { Question } from './ask.ts';
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

/** A question about a client, a sender or a recipient. */
export type DecisionQuestion = Extract<Question, { readonly kind: 'relay' | 'mail' | 'rcpt' }>;

/** The decision from what is known without DNS. */
export function decideNow(
  questions: Pick<Configuration, 'checkRelay' | 'checkMail' | 'checkRcpt'>,
  question: DecisionQuestion,
): Decision {
  switch (question.kind) {
    case 'relay':
      return questions.checkRelay(question.client);
    case 'mail':
      return questions.checkMail(question.sender, question.session);
    case 'rcpt':
      return questions.checkRcpt(question.recipient, question.session);
  }
}

const WEIGHTS: Readonly<Record<Decision['action'], number>> = {
  ...{ reject: 3, tempFail: 3 },
  discard: 2,
  quarantine: 1,
  ...{ ok: 0, local: 0, relay: 0 },
};

/**
 * Of two decisions, made one after the other, the one that counts for a message: the first refusal, else the first that
 * discards it, else the last reason to hold it, else the last one.
 */
export function weightier(before: Decision, next: Decision): Decision {
  const [one, other] = [WEIGHTS[before.action], WEIGHTS[next.action]];
  return other > one || (other === one && one <= WEIGHTS.quarantine) ? next : before;
}

/** One transaction, from an accepted MAIL on. */
export interface Transaction {
  readonly questions: Questions;
  readonly session: Session & { readonly sender: string };
  /** Each target under its fields. */
  readonly targets: Map<string, DeliveryTarget>;
  /** Errors of members of aliases, and the first recipient that was refused for each. */
  readonly memberErrors: Map<string, string>;
  hasRecipient: boolean;
  /** The decision that counts. */
  decision: Decision;
}

/** A transaction without recipients. @param decision the decision about client and sender that counts */
export function transactionOf(questions: Questions, session: Transaction['session'], decision: Decision): Transaction {
  return { questions, session, targets: new Map(), memberErrors: new Map(), hasRecipient: false, decision };
}

/** Keeps the errors of the members of an alias. */
export function noteErrors({ memberErrors }: Transaction, recipient: string, { errors, trace }: Expansion): void {
  for (const { text } of trace.length > 1 ? errors : []) if (!memberErrors.has(text)) memberErrors.set(text, recipient);
}

/** Adds an accepted recipient. */
export function add(transaction: Transaction, decision: Decision, targets: readonly DeliveryTarget[]): void {
  transaction.hasRecipient = true;
  transaction.decision = weightier(transaction.decision, decision);
  for (const target of targets) transaction.targets.set(JSON.stringify(target), target);
}

export function messageOf({ session, targets, decision }: Transaction): SmtpMessage {
  const envelope = { client: session.client, sender: session.sender, targets: [...targets.values()] };
  if (decision.action === 'quarantine') return { ...envelope, action: 'hold', reason: decision.reason };
  return { ...envelope, action: decision.action === 'discard' ? 'discard' : 'deliver' };
}
