/**
 * Postfix's policy delegation (SMTPD_POLICY_README) over relay decisions.
 *
 * Each answer covers what sendmail would have asked by then: check_relay at CONNECT, also check_mail at MAIL, also
 * check_rcpt at RCPT, where Postfix asks everything as long as `smtpd_delay_reject` is on. So one check_policy_service
 * is enough, and several never disagree. The first refusal counts, then DISCARD, then HOLD.
 *
 * A recipient whom sendmail would relay to gets `OK`: in front of reject_unauth_destination that is the permission to
 * relay, as from permit_mynetworks. A local recipient gets `DUNNO`: whether Postfix knows the domain is Postfix's to say.
 * Nothing else is ever `OK`.
 *
 * A temporary failure is `DEFER_IF_PERMIT`; for a recipient elsewhere it is `DEFER`, or reject_unauth_destination would
 * refuse for good what is only not possible now. A question that cannot be answered is such a failure, too.
 */

import type { Decision } from '../access/decision.ts';
import { formatReply } from '../access/reply.ts';
import { type ByteString, decodeText, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { Answered, OnAnswer } from './answered.ts';
import { AttributeReader, type Attributes } from './attributes.ts';
import type { Protocol } from './conversation.ts';
import { type KnownSession, KnownSessions, type Questions } from './known-session.ts';
import { assertPolicyRequest, readRecipient } from './policy-request.ts';

/** One request while it is answered, by one generation of the configuration. */
interface Asked {
  /** `CONNECT`, `MAIL`, `RCPT` ... */
  readonly state: string;
  readonly sender: string | undefined;
  readonly recipient: string;
  readonly questions: Questions;
}

const CANNOT_TELL = '4.3.0 Temporary system failure. Please try again later.';

export interface PolicyEvents {
  /** Told of what could not be answered. */
  readonly onProblem: (error: MapError) => void;
  readonly onAnswer?: OnAnswer;
}

/** @param current the configuration of this moment: another object after each change */
export function policyProtocol(current: () => Questions, events: PolicyEvents): Protocol {
  const server = new PolicyServer(current, events);
  return () => {
    const requests = new AttributeReader();
    return {
      push: (bytes) => requests.push(bytes),
      next: () => {
        const attributes = requests.next();
        return attributes && server.answer(attributes);
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

  /** @throws ProtocolError for what is no request */
  answer(attributes: Attributes): ByteString {
    const { onAnswer } = this.#events;
    const began = onAnswer && performance.now();
    const { action, decision } = this.#decide(attributes);
    if (began !== undefined) onAnswer?.(answered(attributes, action, performance.now() - began, decision));
    return `action=${action}\n\n`;
  }

  #decide(attributes: Attributes): { readonly action: ByteString; readonly decision?: Decision } {
    assertPolicyRequest(attributes);
    const questions = this.#current();
    const known = this.#sessions.of(attributes, questions);
    const state = attributes.get('protocol_state') ?? '';
    const asked: Asked = { state, questions, sender: known.session.sender, recipient: readRecipient(attributes) };
    try {
      const decision = deciding(decide(known, asked));
      if (decision === undefined) return { action: 'DUNNO' };
      return { action: encodeText(actionFor(decision, asked)), decision };
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      this.#events.onProblem(error);
      return { action: encodeText(`${deferral(asked)} ${CANNOT_TELL}`) };
    }
  }
}

/** What Postfix said of who asks for what, and the answer. */
const SHOWN = ['protocol_state', 'client_address', 'client_name', 'helo_name', 'sender', 'recipient', 'queue_id'];

function answered(attributes: Attributes, action: ByteString, milliseconds: number, decision?: Decision): Answered {
  const [word = ''] = /^\S+/.exec(action) ?? [];
  const asked = Object.fromEntries(SHOWN.map((name) => [name, decodeText(attributes.get(name) ?? '')]));
  const answer = word.startsWith('5') ? 'REJECT' : word;
  return { service: 'policy', answer, milliseconds, asked, ...(decision && { decision }) };
}

function decide(known: KnownSession, { state, recipient, questions }: Asked): readonly Decision[] {
  switch (state) {
    case 'CONNECT':
    case 'EHLO':
    case 'HELO':
      return [known.checkRelay()];
    case 'MAIL':
      return [known.checkRelay(), known.checkMail()];
    case 'RCPT':
      return [known.checkRelay(), known.checkMail(), questions.checkRcpt(recipient, known.session)];
    default:
      return [];
  }
}

/** The first refusal counts, then what drops the message, then what holds it, then the last word. */
function deciding(decisions: readonly Decision[]): Decision | undefined {
  const first = (...actions: readonly Decision['action'][]): Decision | undefined =>
    decisions.find(({ action }) => actions.includes(action));
  return first('reject', 'tempFail') ?? first('discard') ?? first('quarantine') ?? decisions.at(-1);
}

function actionFor(decision: Decision, asked: Asked): string {
  switch (decision.action) {
    case 'tempFail': {
      const text = replyLine(decision, asked).slice(4);
      return `${deferral(asked)} ${/^4\.\d/.test(text) ? text : `4.0.0 ${text}`}`;
    }
    case 'reject': {
      const line = replyLine(decision, asked);
      // Postfix takes other codes for words that it does not know
      return line.startsWith('5') ? line : `554 ${line.slice(4)}`;
    }
    case 'discard':
      return `DISCARD ${decision.because.key ?? 'refused'}`;
    case 'quarantine':
      return `HOLD ${printable(decision.reason)}`;
    case 'relay':
      return 'OK';
    default:
      return 'DUNNO';
  }
}

/** How to say "not now": only for a plainly local recipient do Postfix's own restrictions have the last word. */
function deferral({ state, recipient, questions }: Asked): string {
  const [isPlain, host] = /^[^@%!"]*(?:@(.*))?$/.exec(recipient) ?? [];
  const isOurs = isPlain !== undefined && (host === undefined || questions.isLocal(host));
  return state !== 'RCPT' || isOurs ? 'DEFER_IF_PERMIT' : 'DEFER';
}

function replyLine(decision: Decision, { sender, recipient }: Asked): string {
  const address = { relay: undefined, mail: sender, rcpt: recipient }[decision.question];
  return printable(formatReply(decision, address));
}

function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]/g, '?');
}
