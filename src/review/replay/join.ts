/**
 * Events -> the questions at the time, joined by queue ID.
 *
 * Limits: {@link MOST_MESSAGES} messages of at most {@link MOST_RECIPIENTS} recipients; beyond them the message without an
 * event for the longest time is dropped.
 *
 * sendmail logs a refused recipient before the sender: the question waits for the `from=` line of its message, and is asked
 * without a sender if there is none.
 */
import type { ByteString } from '../../core/bytes.ts';
import type { LogEvent, Logged, LoggedAuth, LoggedClient, Stage } from './event.ts';

/** A question with its answer of then; the sender is absent where the log does not have it. */
export interface LoggedQuestion {
  readonly stage: Stage;
  readonly client: LoggedClient;
  readonly auth: LoggedAuth;
  readonly sender?: ByteString;
  readonly recipient?: ByteString;
  readonly logged: Logged;
  readonly time: ByteString;
}

export type TakeQuestion = (question: LoggedQuestion) => void;

const MOST_MESSAGES = 100_000;
const MOST_RECIPIENTS = 1000;

interface Message {
  client?: LoggedClient;
  auth: LoggedAuth;
  sender?: ByteString;
  /** The answer for accepted recipients. */
  logged: Logged;
  /** Recipients that were counted: a message that waits is logged again and again. */
  seen: Set<ByteString>;
  waiting: LoggedQuestion[];
}

const ACCEPTED: Logged = { action: 'accepted' };

export class Join {
  readonly #messages = new Map<ByteString, Message>();
  readonly #take: TakeQuestion;

  constructor(take: TakeQuestion) {
    this.#take = take;
  }

  add(event: LogEvent, time: ByteString): void {
    switch (event.kind) {
      case 'answer':
        this.#answer(event, time);
        break;
      case 'recipients':
        this.#recipients(event, time);
        break;
      case 'clone':
        this.#clone(event);
        break;
      case 'client':
        Object.assign(this.#message(event.id), { client: event.client, auth: event.auth, seen: new Set() });
        break;
      case 'sender':
        this.#sender(event);
        break;
    }
  }

  /** Asks the questions that still wait for their sender. */
  end(): void {
    for (const message of this.#messages.values()) this.#askWaiting(message);
    this.#messages.clear();
  }

  #clone({ id, from }: LogEvent & { kind: 'clone' }): void {
    const message = this.#messages.get(from);
    if (message !== undefined) this.#keep(id, { ...message, seen: new Set(), waiting: [] });
  }

  #sender({ id, sender }: LogEvent & { kind: 'sender' }): void {
    const message = this.#message(id);
    message.sender = sender;
    this.#askWaiting(message);
  }

  #answer(event: LogEvent & { kind: 'answer' }, time: ByteString): void {
    const { kind: _, id, ...facts } = event;
    const question = { ...facts, time };
    const message = id === undefined ? undefined : this.#message(id);
    const { action } = facts.logged;
    if (message !== undefined && (action === 'discarded' || action === 'quarantined')) message.logged = facts.logged;
    const isWaiting = facts.stage === 'rcpt' && facts.sender === undefined && message !== undefined;
    if (isWaiting && message.waiting.length < MOST_RECIPIENTS) message.waiting.push(question);
    else this.#take(question);
  }

  #recipients({ id, recipients }: LogEvent & { kind: 'recipients' }, time: ByteString): void {
    const { client, sender, auth, logged, seen } = this.#messages.get(id) ?? {};
    // Mail from programs on this host has no client, and no question was asked about it.
    if (client === undefined || sender === undefined || seen === undefined) return;
    for (const recipient of recipients) {
      if (seen.has(recipient) || seen.size >= MOST_RECIPIENTS) continue;
      seen.add(recipient);
      this.#take({ stage: 'rcpt', client, auth: auth!, sender, recipient, logged: logged!, time });
    }
  }

  #askWaiting(message: Message): void {
    const { sender, auth, waiting } = message;
    for (const question of waiting) this.#take({ ...question, auth, ...(sender !== undefined && { sender }) });
    message.waiting = [];
  }

  #message(id: ByteString): Message {
    return this.#keep(
      id,
      this.#messages.get(id) ?? { auth: 'unknown', logged: ACCEPTED, seen: new Set(), waiting: [] },
    );
  }

  /** Keeps it as the latest. */
  #keep(id: ByteString, message: Message): Message {
    this.#messages.delete(id);
    this.#messages.set(id, message);
    if (this.#messages.size > MOST_MESSAGES) {
      const [oldest, left] = this.#messages.entries().next().value!;
      this.#messages.delete(oldest);
      this.#askWaiting(left);
    }
    return message;
  }
}
