/**
 * Events -> the questions at the time, joined by queue ID and by the process that a client was connected to.
 *
 * Limits: about {@link MOST_MESSAGES} messages of at most {@link MOST_RECIPIENTS} recipients, and as many sessions; beyond them
 * those without an event for the longest time are dropped.
 *
 * sendmail logs a refused recipient before the sender: the question waits for the `from=` line of its message, and is asked
 * without a sender if there is none. Postfix logs only at the end of a session that nobody authenticated in it; a question that
 * depends on this waits until then. A recipient whom an alias replaced may be nowhere in the log: it is asked for without an
 * address.
 */
import type { ByteString } from '../../core/bytes.ts';
import { dropOldest } from './drop-oldest.ts';
import type { LogEvent, Logged, LoggedAuth, LoggedClient, LoggedQuestion, LoggedTls, TakeQuestion } from './event.ts';
import { type LoggedSession, Sessions } from './sessions.ts';

const MOST_MESSAGES = 100_000;
const MOST_RECIPIENTS = 1000;

interface Message {
  client: LoggedClient | undefined;
  session: LoggedSession | undefined;
  auth: LoggedAuth;
  tls: LoggedTls;
  sender: ByteString | undefined;
  /** The answer for accepted recipients. */
  logged: Logged;
  /** Recipients that are counted already: a message that waits is logged repeatedly. */
  seen: Set<ByteString> | undefined;
  /** Their number, if the log has it. */
  expected: number;
  time: ByteString;
  waiting: LoggedQuestion[] | undefined;
}

const ACCEPTED: Logged = { action: 'accepted' };

export class Join {
  readonly #messages = new Map<ByteString, Message>();
  readonly #sessions: Sessions;

  constructor(take: TakeQuestion) {
    this.#sessions = new Sessions(take);
  }

  /** @param process as the log names it */
  add(event: LogEvent, time: ByteString, process: ByteString): void {
    switch (event.kind) {
      case 'session':
        this.#sessions.add(event, process);
        break;
      case 'sessionEnd':
        this.#sessions.finish(event, process);
        break;
      case 'answer':
        this.#answer(event, time, process);
        break;
      case 'recipients':
        this.#recipients(event, time);
        break;
      case 'removed':
        this.#removed(event.id);
        break;
      case 'clone':
        this.#clone(event);
        break;
      case 'client':
        this.#client(event, time, process);
        break;
      case 'sender':
        this.#sender(event);
        break;
    }
  }

  /** Asks the questions that still wait. */
  end(): void {
    for (const message of this.#messages.values()) this.#close(message);
    this.#messages.clear();
    this.#sessions.end();
  }

  #client(
    { id, client, auth, tls, recipients = 0 }: LogEvent & { kind: 'client' },
    time: ByteString,
    process: ByteString,
  ): void {
    const message = this.#message(id);
    this.#askMissing(message);
    message.client = client;
    message.auth = auth;
    message.tls = tls;
    message.session = this.#sessions.of(client, process);
    message.time = time;
    message.seen = undefined;
    message.expected = recipients;
  }

  #clone({ id, from }: LogEvent & { kind: 'clone' }): void {
    const message = this.#messages.get(from);
    if (message !== undefined) this.#keep(id, { ...message, seen: undefined, expected: 0, waiting: undefined });
  }

  #removed(id: ByteString): void {
    const message = this.#messages.get(id);
    if (message === undefined) return;
    this.#messages.delete(id);
    this.#close(message);
  }

  #sender({ id, sender }: LogEvent & { kind: 'sender' }): void {
    const message = this.#message(id);
    message.sender = sender;
    this.#askWaiting(message);
  }

  #answer(event: LogEvent & { kind: 'answer' }, time: ByteString, process: ByteString): void {
    const { kind: _, id, ...facts } = event;
    const message = id === undefined ? undefined : this.#message(id);
    const { action } = facts.logged;
    if (message !== undefined && (action === 'discarded' || action === 'quarantined')) message.logged = facts.logged;
    const session = this.#sessions.of(facts.client, process);
    const isWaiting = facts.stage === 'rcpt' && facts.sender === undefined && message !== undefined;
    const question = { ...facts, time };
    if (isWaiting && (message.waiting?.length ?? 0) < MOST_RECIPIENTS) {
      message.session ??= session;
      message.waiting ??= [];
      message.waiting.push(question);
    } else this.#sessions.ask(sharper(question, message), session);
  }

  #recipients({ id, recipients }: LogEvent & { kind: 'recipients' }, time: ByteString): void {
    const message = this.#messages.get(id);
    // Mail from programs on this host has no client, and no question was asked about it.
    if (message?.client === undefined || message.sender === undefined) return;
    const { client, sender, auth, tls, session, logged } = message;
    message.seen ??= new Set();
    const { seen } = message;
    for (const recipient of recipients) {
      if (seen.has(recipient) || seen.size >= MOST_RECIPIENTS) continue;
      seen.add(recipient);
      this.#sessions.ask({ stage: 'rcpt', client, auth, tls, sender, recipient, logged, time }, session);
    }
  }

  /** Recipients that were accepted, and stand in no line as the client named them. */
  #askMissing({ client, sender, auth, tls, session, logged, seen, expected, time }: Message): void {
    if (client === undefined || sender === undefined || logged !== ACCEPTED) return;
    const missing = Math.min(expected, MOST_RECIPIENTS) - (seen?.size ?? 0);
    for (let i = 0; i < missing; i++)
      this.#sessions.ask({ stage: 'rcpt', client, auth, tls, sender, logged, time }, session);
  }

  #askWaiting(message: Message): void {
    const { sender, session, waiting } = message;
    if (waiting === undefined) return;
    message.waiting = undefined;
    for (const question of waiting)
      this.#sessions.ask({ ...sharper(question, message), ...(sender !== undefined && { sender }) }, session);
  }

  #close(message: Message): void {
    this.#askWaiting(message);
    this.#askMissing(message);
  }

  #message(id: ByteString): Message {
    return this.#keep(id, this.#messages.get(id) ?? newMessage());
  }

  /** Keeps it as the latest. */
  #keep(id: ByteString, message: Message): Message {
    this.#messages.delete(id);
    this.#messages.set(id, message);
    dropOldest(this.#messages, MOST_MESSAGES, (left) => this.#close(left));
    return message;
  }
}

/** The facts in a message's own line count if the line of the question has none. */
function sharper(question: LoggedQuestion, message: Message | undefined): LoggedQuestion {
  if (message === undefined) return question;
  const { auth, tls } = question;
  return {
    ...question,
    auth: auth === 'unknown' ? message.auth : auth,
    tls: tls === 'unknown' ? message.tls : tls,
  };
}

/** With all its fields, so that all messages have the same shape in memory. */
function newMessage(): Message {
  return {
    client: undefined,
    session: undefined,
    auth: 'unknown',
    tls: 'unknown',
    sender: undefined,
    logged: ACCEPTED,
    seen: undefined,
    expected: 0,
    time: '',
    waiting: undefined,
  };
}
