/**
 * The commands of one SMTP session, one after another -> the reply to each, and the recipients.
 *
 * A transaction is answered by one generation of the configuration: the one of its MAIL. A client that is refused at
 * connect is greeted, and is refused at every later command but HELO and RSET; a reply of 421 is sent in place of the
 * greeting. HELO ends a transaction, as RSET does.
 * Errors: a command that cannot be answered is refused with 451, and `error` says why.
 * Differences: HELO with an invalid name is not refused; an alias that leads to nobody is refused at RCPT.
 */
import type { Decision } from '../access/decision.ts';
import { formatReply } from '../access/reply.ts';
import type { DeliveryTarget, Expansion, ExpansionError } from '../alias/expansion.ts';
import { assertKind, RECORD, TEXT } from '../core/arguments.ts';
import { MapError } from '../core/errors.ts';
import type { Client, Session } from '../core/session.ts';
import { type Answer, type AskOptions, type Question, withName } from './ask.ts';
import {
  add,
  type DecisionQuestion,
  decideNow,
  messageOf,
  noteErrors,
  type Questions,
  type SmtpMessage,
  type Transaction,
  transactionOf,
  weightier,
} from './smtp-transaction.ts';

/** The reply to one command. */
export interface SmtpReply {
  /** Without line ends. Empty: the server's own greeting. */
  readonly lines: readonly string[];
  readonly accepted: boolean;
  /** The decision behind the reply; absent for a command out of order, and for one that could not be answered. */
  readonly decision?: Decision;
  /** Why the command could not be answered. */
  readonly error?: MapError;
}

/** The reply to RCPT, with the recipients if it is accepted. */
export interface RcptReply extends SmtpReply {
  /** The recipients of the message for this address; empty for a refused one. */
  readonly targets: readonly DeliveryTarget[];
}

/** The reply to DATA, with the message if it is accepted. */
export interface DataReply extends SmtpReply {
  /** The message that follows; absent when the command is refused. */
  readonly message?: SmtpMessage;
}

/** The facts of a session that are known at MAIL. */
export type SenderFacts = Omit<Session, 'client' | 'sender'>;

/** A command of an SMTP session. */
export type SmtpCommand =
  | { readonly kind: 'connect' }
  | { readonly kind: 'mail'; readonly sender: string; readonly facts?: SenderFacts }
  | { readonly kind: 'rcpt'; readonly recipient: string };

/** The reply to each kind of {@link SmtpCommand}. */
export type ReplyTo<C extends SmtpCommand> = C['kind'] extends 'rcpt' ? RcptReply : SmtpReply;

/**
 * One SMTP session. Commands are given in the order in which the client sends them. All throw a TypeError for an argument of
 * the wrong type.
 *
 * @example
 * ```js
 * const maps = openMailMaps('/etc/mail');
 * const session = maps.session({ address: '203.0.113.9', name: 'mx.stranger.example' });
 * session.connect().accepted; // => true
 * session.helo('mx.stranger.example');
 * session.mail('eve@stranger.example').lines; // => ['250 2.1.0 <eve@stranger.example>... Sender ok']
 * session.rcpt('bob@far.example').lines; // => ['550 5.7.1 <bob@far.example>... Relaying denied']
 * session.rcpt('bob@backup.example').targets; // => [{ kind: 'address', localPart: 'bob', domain: 'backup.example' }]
 * session.data().message?.action; // => 'deliver'
 * maps.close();
 * ```
 */
export interface SmtpSession {
  /** The client; its name is here once `ask` has looked it up. */
  readonly client: Client;
  /**
   * If it is not accepted and has no line, the client is greeted, and refused at the next command. If it has a line, that line
   * is the last one.
   */
  connect(): SmtpReply;
  /** HELO or EHLO; the server words the reply. Ends a transaction. */
  helo(name: string): void;
  /** MAIL. The address has no brackets; `''` is the null sender. */
  mail(sender: string, facts?: SenderFacts): SmtpReply;
  /** RCPT. The address has no brackets. */
  rcpt(recipient: string): RcptReply;
  /** DATA: gives the message, and ends the transaction. */
  data(): DataReply;
  /** RSET. */
  reset(): SmtpReply;
  vrfy(address: string): SmtpReply;
  expn(address: string): SmtpReply;
  /**
   * The reply to a command, after the needed facts were looked up in DNS: the client's name, the sender's domain, DNS lists.
   * Commands wait for one another. A command whose signal is aborted has no effect. @throws TypeError from every other method while a command waits
   */
  ask<C extends SmtpCommand>(command: C, options?: AskOptions): Promise<ReplyTo<C>>;
}

/** The questions of a session. */
type Asked = DecisionQuestion | Extract<Question, { readonly kind: 'expand' }>;

/** Questions, one after another, that lead to a reply. */
type Steps<T> = Generator<[Questions, Asked], T, Answer>;

const LATER = '451 4.3.0 Temporary system failure. Please try again later.';
const NEED_MAIL = '503 5.0.0 Need MAIL before RCPT';

export class OpenSession implements SmtpSession {
  readonly #current: () => Questions;
  #client: Client;
  #connected: Decision | undefined;
  #isGreeted = false;
  #transaction: Transaction | undefined;
  /** The commands that wait for DNS, and their number. */
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @param current gives the configuration of the moment */
  constructor(client: Client, current: () => Questions) {
    assertKind('client', client, RECORD);
    this.#client = client;
    this.#current = current;
  }

  get client(): Client {
    return this.#client;
  }

  connect(): SmtpReply {
    return this.#answer({ kind: 'connect' });
  }

  helo(name: string): void {
    assertKind('name', name, TEXT);
    this.#assertIdle();
    this.#client = { ...this.#client, helo: name };
    this.#isGreeted = true;
    this.#transaction = undefined;
  }

  mail(sender: string, facts: SenderFacts = {}): SmtpReply {
    return this.#answer({ kind: 'mail', sender, facts });
  }

  rcpt(recipient: string): RcptReply {
    return this.#answer({ kind: 'rcpt', recipient });
  }

  data(): DataReply {
    this.#assertIdle();
    const transaction = this.#transaction;
    if (this.#connected?.reply !== undefined) return refusedBy(this.#connected);
    if (transaction === undefined) return refused('503 5.0.0 Need MAIL command');
    if (!transaction.hasRecipient) return refused('503 5.0.0 Need RCPT (recipient)');
    this.#transaction = undefined;
    return { lines: ['354 End data with <CR><LF>.<CR><LF>'], accepted: true, message: messageOf(transaction) };
  }

  reset(): SmtpReply {
    this.#assertIdle();
    this.#transaction = undefined;
    return { lines: ['250 2.0.0 Reset state'], accepted: true };
  }

  vrfy(address: string): SmtpReply {
    return this.#verify((questions) => questions.answerVrfy(address, undefined, this.#isGreeted));
  }

  expn(address: string): SmtpReply {
    return this.#verify((questions) => questions.answerExpn(address, undefined, this.#isGreeted));
  }

  async ask<C extends SmtpCommand>(command: C, options: AskOptions = {}): Promise<ReplyTo<C>> {
    this.#waiting += 1;
    const reply = this.#queue.then(() => this.#askNow(command, options));
    this.#queue = reply.catch(() => undefined);
    return reply.finally(() => {
      this.#waiting -= 1;
    });
  }

  #verify(answer: (questions: Questions) => readonly string[]): SmtpReply {
    const connected = this.connect();
    if (!connected.accepted) return connected.decision === undefined ? connected : refusedBy(connected.decision);
    try {
      const lines = answer(this.#current());
      return { lines, accepted: lines[0]?.startsWith('2') === true };
    } catch (error) {
      return laterFor(error);
    }
  }

  #answer<C extends SmtpCommand>(command: C): ReplyTo<C> {
    this.#assertIdle();
    try {
      const steps = this.#stepsOf(command);
      let step = steps.next();
      while (!step.done) step = steps.next(answerNow(...step.value));
      return step.value;
    } catch (error) {
      return withTargets(laterFor(error));
    }
  }

  async #askNow<C extends SmtpCommand>(command: C, options: AskOptions): Promise<ReplyTo<C>> {
    try {
      if (this.#connected === undefined) this.#client = await withName(this.#client, options);
      const steps = this.#stepsOf(command);
      let step = steps.next();
      while (!step.done) {
        const [questions, question] = step.value;
        step = steps.next(await questions.ask(question, options));
      }
      return step.value;
    } catch (error) {
      return withTargets(laterFor(error));
    }
  }

  #stepsOf<C extends SmtpCommand>(command: C): Steps<ReplyTo<C>>;
  #stepsOf(command: SmtpCommand): Steps<SmtpReply> {
    switch (command.kind) {
      case 'connect':
        return this.#connectSteps();
      case 'mail':
        return this.#mailSteps(command.sender, command.facts ?? {});
      case 'rcpt':
        return this.#rcptSteps(command.recipient);
      default:
        throw new TypeError("a command must be 'connect', 'mail' or 'rcpt'");
    }
  }

  *#connectSteps(): Steps<SmtpReply> {
    const decision = yield* this.#connectDecision();
    const { reply } = decision;
    return { lines: reply?.code === 421 ? [formatReply(decision)] : [], accepted: reply === undefined, decision };
  }

  /** The decision about the client is made once; one that could not be made is tried again. */
  *#connectDecision(): Steps<Decision> {
    this.#connected ??= yield* decide(this.#current(), { kind: 'relay', client: this.#client });
    return this.#connected;
  }

  *#mailSteps(sender: string, facts: SenderFacts): Steps<SmtpReply> {
    const connected = yield* this.#connectDecision();
    if (connected.reply !== undefined) return refusedBy(connected);
    if (this.#transaction !== undefined) return refused('503 5.5.0 Sender already specified');
    const session = { ...facts, client: this.#client, sender };
    const questions = this.#current();
    const decision = yield* decide(questions, { kind: 'mail', sender, session });
    if (decision.reply === undefined)
      this.#transaction = transactionOf(questions, session, weightier(connected, decision));
    return replyTo(decision, sender);
  }

  *#rcptSteps(recipient: string): Steps<RcptReply> {
    const connected = yield* this.#connectDecision();
    if (connected.reply !== undefined) return withTargets(refusedBy(connected));
    const transaction = this.#transaction;
    if (transaction === undefined) return withTargets(refused(NEED_MAIL));
    const { questions, session } = transaction;
    const decision = yield* decide(questions, { kind: 'rcpt', recipient, session });
    if (decision.reply !== undefined) return withTargets(replyTo(decision, recipient));
    const expansion = (yield [questions, { kind: 'expand', address: recipient, as: 'recipient' }]) as Expansion;
    // sendmail looks for no user of a message that it throws away
    const isDropped = weightier(transaction.decision, decision).action === 'discard';
    const error = isDropped ? undefined : refusalIn(expansion, recipient, transaction.memberErrors);
    noteErrors(transaction, recipient, expansion);
    if (error !== undefined) return withTargets({ ...refused(expansionLine(error)), decision });
    add(transaction, decision, expansion.recipients);
    return { ...replyTo(decision, recipient), targets: expansion.recipients };
  }

  #assertIdle(): void {
    if (this.#waiting > 0) throw new TypeError('a command of this session waits for DNS');
  }
}

function* decide(questions: Questions, question: DecisionQuestion): Steps<Decision> {
  return (yield [questions, question]) as Decision;
}

function answerNow(questions: Questions, question: Asked): Answer {
  return question.kind === 'expand' ? questions.expand(question.address, question) : decideNow(questions, question);
}

/**
 * The error that refuses a recipient. Mail must not be lost, so one bad address of an alias refuses it, unless another
 * recipient of the message was refused for that address.
 */
function refusalIn(
  { errors, recipients }: Expansion,
  recipient: string,
  known: ReadonlyMap<string, string>,
): ExpansionError | undefined {
  const incomplete = errors.find(({ code }) => code === 'tempFail' || code === 'limit');
  const isNews = ({ text }: ExpansionError): boolean => (known.get(text) ?? recipient) === recipient;
  return incomplete ?? errors.find((error) => error.code !== 'owner' && (recipients.length === 0 || isNews(error)));
}

function expansionLine({ reply: { code, enhanced, text } }: ExpansionError): string {
  return `${code} ${enhanced} ${text}`;
}

function replyTo(decision: Decision, address: string): SmtpReply {
  return { lines: [formatReply(decision, address)], accepted: decision.reply === undefined, decision };
}

/** The refusal of a client names no address. */
function refusedBy(decision: Decision): SmtpReply {
  return { lines: [formatReply(decision)], accepted: false, decision };
}

function refused(line: string): SmtpReply {
  return { lines: [line], accepted: false };
}

function withTargets(reply: SmtpReply): RcptReply {
  return { ...reply, targets: [] };
}

/** A temporary failure: nobody gets in. @throws every error but a MapError */
function laterFor(error: unknown): SmtpReply & { readonly error: MapError } {
  if (!(error instanceof MapError)) throw error;
  return { ...refused(LATER), error };
}
