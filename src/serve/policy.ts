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
import type { MailMaps } from '../config/mailmaps.ts';
import { type ByteString, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { AttributeReader, type Attributes } from './attributes.ts';
import type { Protocol } from './conversation.ts';
import { type PolicyRequest, readPolicyRequest } from './policy-request.ts';

type Questions = Pick<MailMaps, 'checkRelay' | 'checkMail' | 'checkRcpt' | 'isLocal'>;

const CANNOT_TELL = '4.3.0 Temporary system failure. Please try again later.';

export function policyProtocol(maps: Questions, onProblem: (error: MapError) => void): Protocol {
  const answer = (attributes: Attributes): ByteString => `action=${decideAction(attributes, maps, onProblem)}\n\n`;
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

function decideAction(attributes: Attributes, maps: Questions, onProblem: (error: MapError) => void): ByteString {
  const request = readPolicyRequest(attributes);
  try {
    return encodeText(actionFor(decide(request, maps), request, maps));
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
    onProblem(error);
    return encodeText(`${deferral(request, maps)} ${CANNOT_TELL}`);
  }
}

function decide({ state, session, recipient }: PolicyRequest, maps: Questions): readonly Decision[] {
  const atConnect = (): Decision => maps.checkRelay(session.client);
  const atMail = (): Decision => maps.checkMail(session.sender ?? '', session);
  switch (state) {
    case 'CONNECT':
    case 'EHLO':
    case 'HELO':
      return [atConnect()];
    case 'MAIL':
      return [atConnect(), atMail()];
    case 'RCPT':
      return [atConnect(), atMail(), maps.checkRcpt(recipient, session)];
    default:
      return [];
  }
}

function actionFor(decisions: readonly Decision[], request: PolicyRequest, maps: Questions): string {
  const refusal = decisions.find(({ action }) => action === 'reject' || action === 'tempFail');
  if (refusal?.action === 'tempFail') {
    const text = replyLine(refusal, request).slice(4);
    return `${deferral(request, maps)} ${/^4\.\d/.test(text) ? text : `4.0.0 ${text}`}`;
  }
  if (refusal !== undefined) {
    const line = replyLine(refusal, request);
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
function deferral({ state, recipient }: PolicyRequest, maps: Questions): string {
  const [isPlain, host] = /^[^@%!"]*(?:@(.*))?$/.exec(recipient) ?? [];
  const isOurs = isPlain !== undefined && (host === undefined || maps.isLocal(host));
  return state !== 'RCPT' || isOurs ? 'DEFER_IF_PERMIT' : 'DEFER';
}

function replyLine(decision: Decision, { session, recipient }: PolicyRequest): string {
  const address = { relay: undefined, mail: session.sender, rcpt: recipient }[decision.question];
  return printable(formatReply(decision, address));
}

function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]/g, '?');
}
