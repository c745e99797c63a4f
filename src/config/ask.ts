/**
 * A question -> its answer, after DNS gave the facts it needs: lists, mail exchangers, the client's name, the sender's domain.
 */
import type { Decision } from '../access/decision.ts';
import type { ExpandHow, Expansion } from '../alias/expansion.ts';
import type { Abortable } from '../core/abort.ts';
import { assertKind, checkFields, oneOf, RECORD } from '../core/arguments.ts';
import type { Facts } from '../core/facts.ts';
import type { Client, Session } from '../core/session.ts';
import { gather } from '../dns/facts.ts';
import { resolveClient, SYSTEM_RESOLVER } from '../dns/resolve.ts';
import type { Resolver } from '../dns/resolver.ts';
import type { RewriteHow, Rewritten } from '../route/rewrite.ts';
import type { Route } from '../route/route.ts';

/** The objects of the batch form. */
export type Question =
  | { readonly kind: 'relay'; readonly client: Client }
  | { readonly kind: 'mail'; readonly sender: string; readonly session: Session }
  | { readonly kind: 'rcpt'; readonly recipient: string; readonly session: Session }
  | { readonly kind: 'compat'; readonly sender: string; readonly recipient: string }
  | { readonly kind: 'route'; readonly address: string; readonly daemonFlags?: string }
  | ({ readonly kind: 'expand'; readonly address: string } & ExpandHow)
  | ({ readonly kind: 'rewrite'; readonly address: string } & RewriteHow);

/** The answer to a question of {@link Question}. */
export type Answer = Decision | Route | Expansion | Rewritten;

/** The answer to each kind of question. */
export type AnswerTo<Q extends Question> = Q['kind'] extends 'relay' | 'mail' | 'rcpt' | 'compat'
  ? Decision
  : Q['kind'] extends 'route'
    ? Route
    : Q['kind'] extends 'expand'
      ? Expansion
      : Rewritten;

/** How `ask` looks up the facts that an answer needs from DNS. */
export interface AskOptions extends Abortable {
  /** Default: /etc/hosts, then the servers of /etc/resolv.conf. */
  readonly resolver?: Resolver;
}

/** Answers a question from known facts. */
export type Put = (question: Question, facts: Facts) => Answer;

/** The fields of each kind of question. `id` is that of the batch form, and has no effect. */
export const QUESTION_FIELDS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    relay: ['client'],
    mail: ['sender', 'session'],
    rcpt: ['recipient', 'session'],
    expand: ['address', 'as'],
    route: ['address', 'daemonFlags'],
    rewrite: ['address', 'mailer', 'where', 'role', 'daemonFlags'],
    compat: ['sender', 'recipient'],
  } satisfies Record<Question['kind'], readonly string[]>).map(([kind, fields]) => [
    kind,
    new Set(['id', 'kind', ...fields]),
  ]),
);

/** @throws TypeError for what is no question; the answer throws for fields of the wrong type */
function assertQuestion(question: Question): void {
  assertKind('question', question, RECORD);
  assertKind('question.kind', question.kind, oneOf(...QUESTION_FIELDS.keys()));
  checkFields('the question', question, QUESTION_FIELDS.get(question.kind)!);
  // these two are read before the question is answered
  if (question.kind === 'relay') assertKind('question.client', question.client, RECORD);
  if (question.kind === 'mail' || question.kind === 'rcpt') assertKind('question.session', question.session, RECORD);
}

/** @param domain $m */
export async function ask(question: Question, put: Put, options: AskOptions, domain: string): Promise<Answer> {
  assertQuestion(question);
  const gathering = { ...options, resolver: options.resolver ?? SYSTEM_RESOLVER, domain };
  const named = await withClient(question, options);
  return gather((facts) => put(named, facts), gathering);
}

async function withClient(question: Question, options: AskOptions): Promise<Question> {
  if (question.kind === 'relay') return { ...question, client: await withName(question.client, options) };
  if (question.kind !== 'mail' && question.kind !== 'rcpt') return question;
  const { session } = question;
  return { ...question, session: { ...session, client: await withName(session.client, options) } };
}

/** Looks up the name of a client that has none. */
export async function withName(client: Client, options: AskOptions): Promise<Client> {
  if (client.name !== undefined || client.resolve !== undefined || !/[.:]/.test(client.address)) return client;
  return { ...client, ...(await resolveClient(client.address, options.resolver, signalOf(options))) };
}

function signalOf({ signal }: AskOptions): Abortable {
  return signal === undefined ? {} : { signal };
}
