/**
 * The events of an open configuration -> `node:diagnostics_channel`: decisions, expansions, reloads and problems, to measure or
 * to log a whole process. Builds no message for a channel without a subscriber. This package writes no log of its own.
 *
 * Messages hold text as the caller gave it, and times in milliseconds.
 */
import { channel, subscribe as subscribeTo, unsubscribe } from 'node:diagnostics_channel';
import type { Decision } from '../access/decision.ts';
import type { Expansion } from '../alias/expansion.ts';
import { assertKind, FUNCTION, oneOf } from '../core/arguments.ts';
import type { MapError } from '../core/errors.ts';
import type { Publish, ReloadEvent } from '../files/following.ts';

/** On `mailmaps:decision`: the answer of checkRelay, checkMail or checkRcpt. */
export interface DecisionMessage {
  /** The client's address, the sender or the recipient, as given. */
  readonly subject: string;
  readonly decision: Decision;
  readonly milliseconds: number;
}

/** On `mailmaps:expansion`: the answer of expand. */
export interface ExpansionMessage {
  readonly address: string;
  readonly expansion: Expansion;
  readonly milliseconds: number;
}

/** On `mailmaps:problem`: a new file cannot be used; the old one stays in use. */
export interface ProblemMessage {
  readonly error: MapError;
}

/** The channels, and the message of each. */
export interface DiagnosticsMessages {
  readonly 'mailmaps:decision': DecisionMessage;
  readonly 'mailmaps:expansion': ExpansionMessage;
  readonly 'mailmaps:reload': ReloadEvent;
  readonly 'mailmaps:problem': ProblemMessage;
}

/** A channel whose messages have a type. */
interface TypedChannel<M> {
  readonly hasSubscribers: boolean;
  publish(message: M): void;
}

function typed<N extends keyof DiagnosticsMessages>(name: N): TypedChannel<DiagnosticsMessages[N]> {
  return channel(name);
}

const DECISION_CHANNEL = typed('mailmaps:decision');
const EXPANSION_CHANNEL = typed('mailmaps:expansion');
const RELOAD_CHANNEL = typed('mailmaps:reload');
const PROBLEM_CHANNEL = typed('mailmaps:problem');

const CHANNEL = oneOf('mailmaps:decision', 'mailmaps:expansion', 'mailmaps:reload', 'mailmaps:problem');

/**
 * Calls a listener with every message of a channel, from all open configurations of this process. An error of a listener is
 * thrown as uncaught, and affects no answer.
 *
 * @returns a function that removes the listener
 * @throws TypeError for an unknown channel
 * @example
 * ```js
 * const maps = openMailMaps({ texts: { access: 'To:a.example RELAY\n' } });
 * let last = '';
 * const stop = subscribe('mailmaps:decision', ({ decision }) => {
 *   last = decision.action;
 * });
 * maps.checkRcpt('bob@a.example', { client: { address: '203.0.113.9' }, sender: '' });
 * stop();
 * last; // => 'relay'
 * maps.close();
 * ```
 */
export function subscribe<N extends keyof DiagnosticsMessages>(
  name: N,
  listener: (message: DiagnosticsMessages[N]) => void,
): () => void {
  assertKind('the channel', name, CHANNEL);
  assertKind('the listener', listener, FUNCTION);
  // the publisher of each channel gives the type
  const heard = (message: unknown): void => listener(message as DiagnosticsMessages[N]);
  subscribeTo(name, heard);
  return () => {
    unsubscribe(name, heard);
  };
}

/** For events of followed files. */
export const PUBLISH_EVENTS: Publish = {
  reload: (event) => RELOAD_CHANNEL.publish(event),
  problem: (error) => PROBLEM_CHANNEL.publish({ error }),
};

/** Runs a question and publishes its decision. */
export function observeDecision(subject: string, ask: () => Decision): Decision {
  return observe(DECISION_CHANNEL, ask, (decision, milliseconds) => ({ subject, decision, milliseconds }));
}

/** Runs a question and publishes its expansion. */
export function observeExpansion(address: string, ask: () => Expansion): Expansion {
  return observe(EXPANSION_CHANNEL, ask, (expansion, milliseconds) => ({ address, expansion, milliseconds }));
}

function observe<A, M>(to: TypedChannel<M>, ask: () => A, message: (answer: A, milliseconds: number) => M): A {
  if (!to.hasSubscribers) return ask();
  const began = performance.now();
  const answer = ask();
  to.publish(message(answer, performance.now() - began));
  return answer;
}
