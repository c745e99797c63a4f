/**
 * A configuration -> the decision that ends an SMTP conversation. The decision about a client holds for all its mail, and that
 * about a recipient for all senders if senders do not count, so answers are kept: {@link MOST_KEPT} at most.
 */
import type { Decision } from '../../access/decision.ts';
import { weightier } from '../../config/smtp-transaction.ts';
import { decide, type Question, refuses, SENDER_COUNTS } from '../question.ts';
import type { Reviewed } from '../sources.ts';

const STAGES = ['relay', 'mail', 'rcpt'] as const;
/** The decisions up to the stage that the question reached, until one refuses -> the one that counts. */
function lastOf(question: Question, decideOn: (question: Question) => Decision): Decision {
  const stages = STAGES.slice(0, STAGES.indexOf(question.kind) + 1);
  let counting: Decision | undefined;
  for (const kind of stages) {
    const decision = decideOn({ ...question, kind });
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
    this.#senderCounts = reviewed.settings.features.some((feature) => SENDER_COUNTS.test(feature));
  }

  /** The decision that counts, without its trace. */
  outcome(question: Question): Decision {
    return lastOf(question, (asked) => this.#decide(asked));
  }

  /** The decision that counts, with its trace. */
  traced(question: Question): Decision {
    return lastOf(question, (asked) => decide(this.#reviewed, asked));
  }

  #decide(question: Question): Decision {
    const name = this.#nameOf(question);
    const kept = this.#answers.get(name);
    if (kept !== undefined) return kept;
    const decision = { ...decide(this.#reviewed, question), trace: [] };
    if (this.#answers.size >= MOST_KEPT) this.#answers = new Map();
    this.#answers.set(name, decision);
    return decision;
  }

  /** A key of everything that the decision depends on. */
  #nameOf({ kind, client, authType, tls, sender = '', recipient = '' }: Question): string {
    const { address, name, resolve, ptr, helo } = client;
    const about = [kind, address, name, resolve, ptr, helo, authType, tls?.verify, tls?.certIssuer, tls?.certSubject];
    if (kind === 'mail' || (kind === 'rcpt' && this.#senderCounts)) about.push(sender);
    if (kind === 'rcpt') about.push(recipient);
    return about.join('\0');
  }
}
