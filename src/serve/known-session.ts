/**
 * Client and sender of a policy request -> the decisions about them, remembered. Postfix sends one request for each
 * recipient; client and sender are the same in each.
 *
 * A decision is remembered for one generation of the configuration, and never if it is a temporary failure.
 * Limits: two sets of KEPT sessions. When the newer one is full, it replaces the older one; a session in use moves to the newer
 * one. A session whose key is longer than MAX_KEY bytes is not kept.
 */
import type { Decision } from '../access/decision.ts';
import type { MailMaps } from '../config/mailmaps.ts';
import { type DecisionQuestion, decideNow } from '../config/smtp-transaction.ts';
import type { ByteString } from '../core/bytes.ts';
import type { Session } from '../core/session.ts';
import type { Attributes } from './attributes.ts';
import { readSession } from './policy-request.ts';

/** The questions of a policy server to one generation of a configuration. */
export type Questions = Pick<MailMaps, 'ask' | 'checkRelay' | 'checkMail' | 'checkRcpt' | 'isLocal'>;

const KEPT = 1_000;
const MAX_KEY = 2_000;
/** The attributes that a session is read from. */
const NAMING = [
  ...['client_address', 'client_name', 'reverse_client_name', 'helo_name', 'sender', 'sasl_method', 'sasl_username'],
  ...['encryption_protocol', 'ccert_subject', 'ccert_issuer', 'ccert_fingerprint'],
];

/** One session, and the decisions about its client and sender. */
export class KnownSession {
  readonly session: Session;
  /** The questions about the client and about the sender. */
  readonly relay: DecisionQuestion;
  readonly mail: DecisionQuestion;
  readonly #questions: Questions;
  readonly #decided: { relay?: Decision; mail?: Decision } = {};

  constructor(session: Session, questions: Questions) {
    this.session = session;
    this.relay = { kind: 'relay', client: session.client };
    this.mail = { kind: 'mail', sender: session.sender ?? '', session };
    this.#questions = questions;
  }

  decide(question: DecisionQuestion): Decision {
    const { kind } = question;
    const known = kind === 'rcpt' ? undefined : this.#decided[kind];
    if (known !== undefined) return known;
    const decision = decideNow(this.#questions, question);
    if (kind !== 'rcpt' && decision.action !== 'tempFail') this.#decided[kind] = decision;
    return decision;
  }
}

export class KnownSessions {
  #questions: Questions | undefined;
  #recent = new Map<ByteString, KnownSession>();
  #older = new Map<ByteString, KnownSession>();

  /** The session of a request, for this generation. @throws ProtocolError as readSession */
  of(attributes: Attributes, questions: Questions): KnownSession {
    if (questions !== this.#questions) this.#forget(questions);
    const key = nameOf(attributes);
    const known = this.#recent.get(key);
    if (known !== undefined) return known;
    const session = this.#older.get(key) ?? new KnownSession(readSession(attributes), questions);
    if (key.length <= MAX_KEY) this.#keep(key, session);
    return session;
  }

  #keep(key: ByteString, session: KnownSession): void {
    if (this.#recent.size >= KEPT) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, session);
  }

  #forget(questions: Questions): void {
    this.#questions = questions;
    this.#recent.clear();
    this.#older.clear();
  }
}

/** The key of a session. No value has a line break in it. At CONNECT there is no HELO yet. */
function nameOf(attributes: Attributes): ByteString {
  let name = attributes.get('protocol_state') === 'CONNECT' ? 'CONNECT' : '';
  for (const attribute of NAMING) name += `\n${attributes.get(attribute) ?? ''}`;
  return name;
}
