/**
 * A configuration -> the decision that ends an SMTP conversation. The decision about a client holds for all its mail, and that
 * about a recipient for all senders if senders do not count, so answers are kept: {@link MOST_KEPT} at most.
 */
import type { Decision } from '../../access/decision.ts';
import { weightier } from '../../config/smtp-transaction.ts';
import { decide, type Question, refuses, senderCounts } from '../question.ts';
import type { Reviewed } from '../sources.ts';

type Stage = Question['kind'];

/** For the last stage of a conversation: all its stages. */
const STAGES_UP_TO: Readonly<Record<Stage, readonly Stage[]>> = {
  relay: ['relay'],
  mail: ['relay', 'mail'],
  rcpt: ['relay', 'mail', 'rcpt'],
};

/** The decisions up to a stage, until one refuses -> the one that counts. */
function lastOf(reached: Stage, decideOn: (stage: Stage) => Decision): Decision {
  let counting: Decision | undefined;
  for (const stage of STAGES_UP_TO[reached]) {
    const decision = decideOn(stage);
    counting = counting === undefined ? decision : weightier(counting, decision);
    if (refuses(decision)) break;
  }
  return counting!;
}

const MOST_KEPT = 50_000;

export class Conversations {
  readonly #reviewed: Reviewed;
  readonly #senderCounts: boolean;
  #answers = new Map<string, Decision>();

  constructor(reviewed: Reviewed) {
    this.#reviewed = reviewed;
    this.#senderCounts = senderCounts(reviewed);
  }

  /** The decision that counts, without its trace. */
  outcome(question: Question): Decision {
    const client = clientNameOf(question);
    return lastOf(question.kind, (stage) => this.#decide(stage, question, client));
  }

  /** The decision that counts, with its trace. */
  traced(question: Question): Decision {
    return lastOf(question.kind, (kind) => decide(this.#reviewed, { ...question, kind }));
  }

  #decide(kind: Stage, question: Question, client: string): Decision {
    const name = this.#nameOf(kind, question, client);
    const kept = this.#answers.get(name);
    if (kept !== undefined) return kept;
    const decision = { ...decide(this.#reviewed, { ...question, kind }), trace: [] };
    if (this.#answers.size >= MOST_KEPT) this.#answers = new Map();
    this.#answers.set(name, decision);
    return decision;
  }

  /** A key of everything that the decision depends on. */
  #nameOf(stage: Stage, { sender = '', recipient = '' }: Question, client: string): string {
    if (stage === 'relay') return client;
    if (stage === 'mail') return [client, 'mail', sender].join('\0');
    return [client, 'rcpt', recipient, this.#senderCounts ? sender : ''].join('\0');
  }
}

/** A key of the client and its session. */
function clientNameOf({ client: { address, name, resolve, ptr, helo }, authType, tls }: Question): string {
  const about = [address, name, resolve, ptr, helo, authType, tls?.verify, tls?.certIssuer, tls?.certSubject];
  return about.join('\0');
}
