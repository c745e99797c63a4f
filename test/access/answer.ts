/** The questions of an oracle job, put to our rules; both answers as one line. */
import type { Checks } from '../../src/access/checks.ts';
import type { Decision } from '../../src/access/decision.ts';
import { formatReply } from '../../src/access/reply.ts';
import type { DecisionQuestion } from '../../src/config/smtp-transaction.ts';
import { decisionText } from '../../src/config/text-and-bytes.ts';
import { type ByteString, decodeText, encodeText } from '../../src/core/bytes.ts';
import type { Client, Session } from '../../src/core/session.ts';
import type { DecisionAnswer, MailQuery, RcptQuery, RelayQuery } from '../oracle/jobs.ts';

export type CheckQuery = RelayQuery | MailQuery | RcptQuery;

/** The session of a question, with the oracle's defaults. */
export function sessionOf(query: CheckQuery): Session {
  const { clientAddr = '203.0.113.9', clientResolve = 'OK', clientPtr, helo = 'client.example', tls } = query;
  const name = query.clientName ?? (clientResolve === 'OK' ? 'client.example' : undefined);
  const client: Client = {
    address: clientAddr,
    resolve: clientResolve,
    helo,
    ...(name !== undefined && { name }),
    ...(clientPtr !== undefined && { ptr: clientPtr }),
  };
  return {
    client,
    sender: query.sender ?? '',
    authType: query.auth ?? '',
    authAuthen: query.authAuthen ?? '',
    ...(tls && { tls: { verify: '', ...tls } }),
    ...(query.daemonFlags !== undefined && { daemonFlags: query.daemonFlags }),
  };
}

/** A question with its session, as a configuration is asked. */
export function questionOf(query: CheckQuery): DecisionQuestion {
  const session = sessionOf(query);
  if (query.kind === 'relay') return { kind: 'relay', client: session.client };
  if (query.kind === 'mail') return { kind: 'mail', sender: query.sender ?? '', session };
  return { kind: 'rcpt', recipient: query.rcpt, session };
}

/** Puts a question to our rules. */
export function ask(checks: Checks, query: CheckQuery, more: Partial<Session> = {}): Decision {
  const session = { ...sessionOf(query), ...more };
  if (query.kind === 'relay') return checks.checkRelay(session.client);
  return query.kind === 'mail' ? checks.checkMail(query.sender ?? '', session) : checks.checkRcpt(query.rcpt, session);
}

/** The reply to an address; both are byte strings. */
export function replyLine(decision: Decision, address?: ByteString): ByteString {
  return encodeText(
    formatReply(decisionText(decision, false), address === undefined ? undefined : decodeText(address)),
  );
}

/** A decision in the form of {@link theirs}. */
export function ours(decision: Decision, query: CheckQuery): string {
  const address = query.kind === 'relay' ? undefined : query.kind === 'mail' ? (query.sender ?? '') : query.rcpt;
  if (decision.reply) return replyLine(decision, address).trimEnd();
  if (decision.action === 'quarantine') return `quarantine ${decision.reason}`;
  if (decision.action === 'discard') return 'discard';
  return decision.final ? 'accepted final' : 'accepted';
}

/** sendmail's answer in one line: the reply, or its other action. */
export function theirs(answer: DecisionAnswer): string {
  if (answer.action === 'error') return (answer.reply ?? '').trimEnd();
  if (answer.action === 'quarantine') return `quarantine ${answer.text}`;
  if (answer.action !== 'ok') return answer.action;
  return answer.final ? 'accepted final' : 'accepted';
}
