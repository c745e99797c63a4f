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
import { type ByteString, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
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

/** @param current the configuration of this moment: another object after each change */
export function policyProtocol(current: () => Questions, onProblem: (error: MapError) => void): Protocol {
  const sessions = new KnownSessions();
  const answer = (attributes: Attributes): ByteString =>
    `action=${decideAction(attributes, current(), sessions, onProblem)}\n\n`;
  return () => {
    const requests = new AttributeReader();
    return {
      push: (bytes) => requests.push(bytes),
      next: () => {
        const attributes = requests.next();
        return attributes && answer(attributes);
      },
      get isPartial() {
        return requests.isPartial;
      },
    };
  };
}

function decideAction(
  attributes: Attributes,
  questions: Questions,
  sessions: KnownSessions,
  onProblem: (error: MapError) => void,
): ByteString {
  assertPolicyRequest(attributes);
  const known = sessions.of(attributes, questions);
  const state = attributes.get('protocol_state') ?? '';
  const asked: Asked = { state, questions, sender: known.session.sender, recipient: readRecipient(attributes) };
  try {
    return encodeText(actionFor(decide(known, asked), asked));
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
    onProblem(error);
    return encodeText(`${deferral(asked)} ${CANNOT_TELL}`);
  }
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

function actionFor(decisions: readonly Decision[], asked: Asked): string {
  const refusal = decisions.find(({ action }) => action === 'reject' || action === 'tempFail');
  if (refusal?.action === 'tempFail') {
    const text = replyLine(refusal, asked).slice(4);
    return `${deferral(asked)} ${/^4\.\d/.test(text) ? text : `4.0.0 ${text}`}`;
  }
  if (refusal !== undefined) {
    const line = replyLine(refusal, asked);
    // Postfix takes other codes for words that it does not know
    return line.startsWith('5') ? line : `554 ${line.slice(4)}`;
  }
  const dropped = decisions.find(({ action }) => action === 'discard');
  if (dropped !== undefined) return `DISCARD ${dropped.because?.key ?? 'refused'}`;
  const held = decisions.find(({ action }) => action === 'quarantine');
  if (held !== undefined) return `HOLD ${printable(held.reason ?? '')}`;
  const last = decisions.at(-1);
  return last?.question === 'rcpt' && mayRelay(last) ? 'OK' : 'DUNNO';
}

function mayRelay({ action, because }: Decision): boolean {
  return action === 'relay' && because?.rule !== 'local recipient';
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
