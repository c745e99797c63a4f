/** A configuration folder in memory, as a job of the oracle describes it, and its questions put to our rules. */
import { type Checks, createChecks } from '../../src/access/checks.ts';
import type { Decision } from '../../src/access/decision.ts';
import type { Feature } from '../../src/access/features.ts';
import { formatReply } from '../../src/access/reply.ts';
import { decisionText } from '../../src/config/text-and-bytes.ts';
import { type ByteString, decodeText, encodeText } from '../../src/core/bytes.ts';
import { MapError } from '../../src/core/errors.ts';
import { foldCase } from '../../src/core/fold.ts';
import { type Lookup, NOT_FOUND } from '../../src/core/lookup.ts';
import type { Client, Session } from '../../src/core/session.ts';
import { parseClassFile } from '../../src/source/class-file.ts';
import type { DecisionAnswer, Files, MailQuery, RcptQuery, RelayQuery } from '../oracle/jobs.ts';

export const HOST = 'mail.oracle.test';
const OWN_NAMES = [HOST, 'mail', 'localhost', '[127.0.0.1]'];

export type CheckQuery = RelayQuery | MailQuery | RcptQuery;

/** An access map out of its text; null: a map that cannot be read. */
export function accessLookup(text: ByteString | null): Lookup {
  if (text === null) {
    const error = new MapError('missing', 'no access map');
    return () => ({ status: 'tempFail', error });
  }
  const entries = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^([^\s#]\S*)[ \t]+(.*)$/s.exec(line) ?? [];
    if (key !== undefined && !entries.has(foldCase(key))) entries.set(foldCase(key), value!);
  }
  return (key) => {
    const value = entries.get(foldCase(key));
    return value === undefined ? NOT_FOUND : { status: 'found', value };
  };
}

function textOf(files: Files, name: string): ByteString {
  const file = files[name];
  return typeof file === 'string' ? file : '';
}

/** The checks of a job's configuration. */
export function checksOf(features: readonly string[], files: Files = {}): Checks {
  const local = new Set([...OWN_NAMES, ...parseClassFile(textOf(files, 'local-host-names')).map(foldCase)]);
  const relay = new Set(parseClassFile(textOf(files, 'relay-domains')).map(foldCase));
  const lookup = accessLookup(files.access === null ? null : textOf(files, 'access'));
  return createChecks({
    ...(!features.includes('no_access_db') && { lookup }),
    isLocal: (word) => local.has(word),
    isRelay: (word) => relay.has(word),
    hostName: HOST,
    features: features.filter((feature) => !/^(define:confUSE|no_access_db$)/.test(feature)) as Feature[],
    compressedAddresses: features.includes('define:confUSE_COMPRESSED_IPV6_ADDRESSES=True'),
  });
}

/** The session of a question, with what the oracle takes where the question says nothing. */
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

/** Puts a question to our rules. */
export function ask(checks: Checks, query: CheckQuery, more: Partial<Session> = {}): Decision {
  const session = { ...sessionOf(query), ...more };
  if (query.kind === 'relay') return checks.checkRelay(session.client);
  return query.kind === 'mail' ? checks.checkMail(query.sender ?? '', session) : checks.checkRcpt(query.rcpt, session);
}

/** The reply to an address, both as bytes. */
export function replyLine(decision: Decision, address?: ByteString): ByteString {
  return encodeText(
    formatReply(decisionText(decision, false), address === undefined ? undefined : decodeText(address)),
  );
}

/** A decision in the words of {@link theirs}. */
export function ours(decision: Decision, query: CheckQuery): string {
  const address = query.kind === 'relay' ? undefined : query.kind === 'mail' ? (query.sender ?? '') : query.rcpt;
  if (decision.reply) return replyLine(decision, address).trimEnd();
  if (decision.action === 'quarantine') return `quarantine ${decision.reason}`;
  return decision.final && decision.action !== 'discard' ? `${decision.action} final` : decision.action;
}

/** sendmail's answer in one line: the reply, or what else it does. */
export function theirs(answer: DecisionAnswer): string {
  if (answer.action === 'error') return (answer.reply ?? '').trimEnd();
  if (answer.action === 'quarantine') return `quarantine ${answer.text}`;
  if (answer.action !== 'ok') return answer.action;
  return `${answer.value && foldCase(answer.value) === 'relay' ? 'relay' : 'ok'}${answer.final ? ' final' : ''}`;
}
