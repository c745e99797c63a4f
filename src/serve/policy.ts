/**
 * A request of Postfix's policy delegation (SMTPD_POLICY_README) -> an action, by relay decisions.
 *
 * Each answer covers all that sendmail would have checked by then: check_relay at CONNECT, also check_mail at MAIL,
 * also check_rcpt at RCPT. Postfix sends all requests at RCPT while `smtpd_delay_reject` is on, so one
 * check_policy_service is enough. Of these decisions the same one counts as in an SMTP session (smtp-transaction.ts).
 *
 * `OK`: only for a recipient that sendmail would relay to. Before reject_unauth_destination it permits relaying, as
 * permit_mynetworks does. `DUNNO`: a local recipient; Postfix decides whether it knows the domain.
 *
 * Errors: a temporary failure is `DEFER_IF_PERMIT`. For a recipient elsewhere it is `DEFER`, because
 * reject_unauth_destination would turn it into a permanent refusal. A question that throws is a temporary failure,
 * too.
 */

import type { Decision } from '../access/decision.ts';
import { formatReply } from '../access/reply.ts';
import { type DecisionQuestion, weightier } from '../config/smtp-transaction.ts';
import { type ByteString, decodeText, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { Answered, OnAnswer } from './answered.ts';
import { AttributeReader, type Attributes } from './attributes.ts';
import type { Protocol } from './conversation.ts';
import { type KnownSession, KnownSessions, type Questions } from './known-session.ts';
import { assertPolicyRequest, readRecipient } from './policy-request.ts';

/** One request while it is answered, with one generation of the configuration. */
interface Asked {
  /** `CONNECT`, `MAIL`, `RCPT` ... */
  readonly state: string;
  readonly sender: string | undefined;
  readonly recipient: string;
  readonly questions: Questions;
}

const CANNOT_TELL = '4.3.0 Temporary system failure. Please try again later.';

export interface PolicyEvents {
  /** Called for a request that could not be answered. */
  readonly onProblem: (error: MapError) => void;
  readonly onAnswer?: OnAnswer;
}

/** @param current gives the present configuration: another object after each change */
export function policyProtocol(current: () => Questions, events: PolicyEvents): Protocol {
  const server = new PolicyServer(current, events);
  return () => {
    const requests = new AttributeReader();
    let pending: Promise<ByteString> | undefined;
    return {
      push: (bytes) => requests.push(bytes),
      next: () => {
        const attributes = requests.next();
        const reply = attributes && server.answer(attributes);
        if (reply === undefined || typeof reply === 'string') return reply;
        pending = reply.finally(() => {
          pending = undefined;
        });
        return undefined;
      },
      get pending() {
        return pending;
      },
      get isPartial() {
        return requests.isPartial;
      },
      get held() {
        return requests.held;
      },
    };
  };
}

class PolicyServer {
  readonly #current: () => Questions;
  readonly #events: PolicyEvents;
  readonly #sessions = new KnownSessions();

  constructor(current: () => Questions, events: PolicyEvents) {
    this.#current = current;
    this.#events = events;
  }

  /** @throws ProtocolError if it is no request */
  answer(attributes: Attributes): ByteString | Promise<ByteString> {
    const began = performance.now();
    const made = this.#decide(attributes);
    if (!('then' in made)) return this.#written(attributes, made, began);
    return made.then((known) => this.#written(attributes, known, began));
  }

  #written(attributes: Attributes, { action, decision }: Made, began: number): ByteString {
    const { onAnswer } = this.#events;
    onAnswer?.(answered(attributes, action, performance.now() - began, decision));
    return `action=${action}\n\n`;
  }

  /** Waits for DNS only if the answer depends on it. */
  #decide(attributes: Attributes): Made | Promise<Made> {
    assertPolicyRequest(attributes);
    const questions = this.#current();
    const known = this.#sessions.of(attributes, questions);
    const state = attributes.get('protocol_state') ?? '';
    const asked: Asked = { state, questions, sender: known.session.sender, recipient: readRecipient(attributes) };
    try {
      const due = questionsAt(state, asked.recipient, known);
      const decisions = due.map((question) => known.decide(question));
      if (!decisions.some(needsDns)) return madeOf(decisions, asked);
      return askAll(due, decisions, questions).then(
        (answers) => madeOf(answers, asked),
        (error) => this.#failed(error, asked),
      );
    } catch (error) {
      return this.#failed(error, asked);
    }
  }

  #failed(error: unknown, asked: Asked): Made {
    if (!(error instanceof MapError)) throw error;
    this.#events.onProblem(error);
    return { action: encodeText(`${deferral(asked)} ${CANNOT_TELL}`) };
  }
}

interface Made {
  readonly action: ByteString;
  readonly decision?: Decision;
}

function madeOf(decisions: readonly Decision[], asked: Asked): Made {
  if (decisions.length === 0) return { action: 'DUNNO' };
  const decision = decisions.reduce(weightier);
  return { action: encodeText(actionFor(decision, asked)), decision };
}

/** True if a DNS list, or a host's mail exchangers, must be looked up. */
function needsDns({ trace }: Decision): boolean {
  return trace.some((step) => step.kind === 'note' && step.rule === 'DNS');
}

function askAll(
  due: readonly DecisionQuestion[],
  decisions: readonly Decision[],
  questions: Questions,
): Promise<readonly Decision[]> {
  return Promise.all(decisions.map((decision, i) => (needsDns(decision) ? questions.ask(due[i]!) : decision)));
}

/** The attributes that a log shows with the answer. */
const SHOWN = ['protocol_state', 'client_address', 'client_name', 'helo_name', 'sender', 'recipient', 'queue_id'];

function answered(attributes: Attributes, action: ByteString, milliseconds: number, decision?: Decision): Answered {
  const [word = ''] = /^\S+/.exec(action) ?? [];
  const asked = Object.fromEntries(SHOWN.map((name) => [name, decodeText(attributes.get(name) ?? '')]));
  const answer = word.startsWith('5') ? 'REJECT' : word;
  return { service: 'policy', answer, milliseconds, asked, ...(decision && { decision }) };
}

/** All that sendmail would have checked by this state. */
function questionsAt(state: string, recipient: string, known: KnownSession): readonly DecisionQuestion[] {
  const { relay, mail, session } = known;
  switch (state) {
    case 'CONNECT':
    case 'EHLO':
    case 'HELO':
      return [relay];
    case 'MAIL':
      return [relay, mail];
    case 'RCPT':
      return [relay, mail, { kind: 'rcpt', recipient, session }];
    default:
      return [];
  }
}

function actionFor(decision: Decision, asked: Asked): string {
  switch (decision.action) {
    case 'tempFail': {
      const text = replyLine(decision, asked).slice(4);
      return `${deferral(asked)} ${/^4\.\d/.test(text) ? text : `4.0.0 ${text}`}`;
    }
    case 'reject': {
      const line = replyLine(decision, asked);
      // Postfix takes other codes for unknown actions
      return line.startsWith('5') ? line : `554 ${line.slice(4)}`;
    }
    case 'discard':
      return `DISCARD ${decision.because.key ?? 'refused'}`;
    case 'quarantine':
      return `HOLD ${inOneLine(decision.reason)}`;
    case 'relay':
      return 'OK';
    default:
      return 'DUNNO';
  }
}

/** The action for "not now": Postfix's own restrictions have the last word only for a plainly local recipient. */
function deferral({ state, recipient, questions }: Asked): string {
  const [isPlain, host] = /^[^@%!"]*(?:@(.*))?$/.exec(recipient) ?? [];
  const isOurs = isPlain !== undefined && (host === undefined || questions.isLocal(host));
  return state !== 'RCPT' || isOurs ? 'DEFER_IF_PERMIT' : 'DEFER';
}

function replyLine(decision: Decision, { sender, recipient }: Asked): string {
  const address = { relay: undefined, mail: sender, rcpt: recipient, compat: recipient }[decision.question];
  return inOneLine(formatReply(decision, address));
}

function inOneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]/g, '?');
}
