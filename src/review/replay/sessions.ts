/**
 * Connections of clients to processes of the mail server -> the authentication and TLS of each question. A process serves one
 * client at a time; its lines about another address belong to another connection.
 *
 * Limits: about {@link MOST_SESSIONS}; beyond them those without an event for the longest time are dropped. {@link MOST_WAITING}
 * questions of a session wait for its end.
 */
import type { ByteString } from '../../core/bytes.ts';
import { dropOldest } from './drop-oldest.ts';
import type { LogEvent, LoggedAuth, LoggedClient, LoggedQuestion, LoggedTls, TakeQuestion } from './event.ts';

export interface LoggedSession {
  readonly address: ByteString;
  auth?: LoggedAuth;
  tls?: LoggedTls;
  /** Whether its end is to come. */
  isOpen: boolean;
  waiting: LoggedQuestion[];
}

const MOST_SESSIONS = 100_000;
const MOST_WAITING = 1000;

export class Sessions {
  readonly #byProcess = new Map<ByteString, LoggedSession>();
  readonly #take: TakeQuestion;

  constructor(take: TakeQuestion) {
    this.#take = take;
  }

  add({ address, begins = false, auth, tls }: LogEvent & { kind: 'session' }, process: ByteString): void {
    const known = this.#byProcess.get(process);
    const isSame = known !== undefined && !begins && (address === undefined || known.address === address);
    if (!isSame && address === undefined) return;
    // a handshake comes before authentication; if the ends of sessions are logged, they separate the sessions
    const isNew = !isSame || (!known.isOpen && tls?.verify !== undefined && tls.verify !== '');
    const session = isNew ? this.#begin(address!, begins, process) : known;
    if (auth !== undefined) session.auth = auth;
    if (tls !== undefined) session.tls = { ...(typeof session.tls === 'object' && session.tls), ...withoutEmpty(tls) };
  }

  finish({ noAuth, noTls }: LogEvent & { kind: 'sessionEnd' }, process: ByteString): void {
    const session = this.#byProcess.get(process);
    if (session === undefined) return;
    if (noAuth) session.auth ??= 'none';
    if (noTls) session.tls ??= 'none';
    this.#byProcess.delete(process);
    this.#close(session);
  }

  /** The session of a client, if it is in the log. */
  of({ address }: LoggedClient, process: ByteString): LoggedSession | undefined {
    const session = this.#byProcess.get(process);
    // a proxy may give the process another client, for as long as the session is open
    return session?.isOpen || session?.address === address ? session : undefined;
  }

  /** Asks now, or at the end of the session if that may give further facts. */
  ask(question: LoggedQuestion, session: LoggedSession | undefined): void {
    const known = within(question, session);
    const isSure = known.auth !== 'unknown' && known.tls !== 'unknown';
    if (isSure || session?.isOpen !== true || session.waiting.length >= MOST_WAITING) this.#take(known);
    else session.waiting.push(question);
  }

  end(): void {
    for (const session of this.#byProcess.values()) this.#close(session);
    this.#byProcess.clear();
  }

  #begin(address: ByteString, isOpen: boolean, process: ByteString): LoggedSession {
    const before = this.#byProcess.get(process);
    if (before !== undefined) this.#close(before);
    // sendmail logs TLS and authentication at the same LogLevel: if only one of them is logged, the other did not happen
    const session: LoggedSession = { address, isOpen, waiting: [], ...(!isOpen && { auth: 'none' }) };
    this.#byProcess.delete(process);
    this.#byProcess.set(process, session);
    dropOldest(this.#byProcess, MOST_SESSIONS, (left) => this.#close(left));
    return session;
  }

  #close(session: LoggedSession): void {
    session.isOpen = false;
    for (const question of session.waiting) this.#take(within(question, session));
    session.waiting = [];
  }
}

/** A line about the certificate does not repeat the result. */
function withoutEmpty<T extends { readonly verify: ByteString }>({ verify, ...names }: T): T {
  return { ...names, ...(verify !== '' && { verify }) } as T;
}

/** A question with the known facts of its session. */
function within(question: LoggedQuestion, session: LoggedSession | undefined): LoggedQuestion {
  const auth = sharpened(question.auth, session?.auth);
  const tls = sharpened(question.tls, session?.tls);
  return auth === question.auth && tls === question.tls ? question : { ...question, auth, tls };
}

/** Of two facts, "none" gives way to one that was logged. */
function sharpened<T>(logged: T | 'some' | 'unknown', known: T | 'none' | undefined): T | 'some' | 'none' | 'unknown' {
  if (logged === 'unknown') return known ?? logged;
  return logged === 'some' && known !== undefined && known !== 'none' ? known : logged;
}
