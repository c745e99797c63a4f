/**
 * What an open configuration tells to `node:diagnostics_channel`: decisions, expansions, reloads and problems, for
 * whoever measures or logs a whole process. Nothing is put together for a channel without a subscriber, and this package
 * writes no log of its own.
 *
 * Messages hold what the caller was given: text, and times in milliseconds.
 */
import { channel } from 'node:diagnostics_channel';
import type { Decision } from '../access/decision.ts';
import type { Expansion } from '../alias/expansion.ts';
import type { MapError } from '../core/errors.ts';
import type { Publish, ReloadEvent } from '../files/following.ts';

/** On `mailmaps:decision`: what checkRelay, checkMail or checkRcpt answered. */
export interface DecisionMessage {
  /** The client's address, the sender or the recipient, as it was asked. */
  readonly subject: string;
  readonly decision: Decision;
  readonly milliseconds: number;
}

/** On `mailmaps:expansion`: what expand answered. */
export interface ExpansionMessage {
  readonly address: string;
  readonly expansion: Expansion;
  readonly milliseconds: number;
}

/** On `mailmaps:problem`: something new that cannot be used; the old stays in use. */
export interface ProblemMessage {
  readonly error: MapError;
}

/** The channels and what is published on each. */
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

/** For events of files that are followed. */
export const PUBLISH_EVENTS: Publish = {
  reload: (event) => RELOAD_CHANNEL.publish(event),
  problem: (error) => PROBLEM_CHANNEL.publish({ error }),
};

/** Asks, and publishes the decision. */
export function observeDecision(subject: string, ask: () => Decision): Decision {
  return observe(DECISION_CHANNEL, ask, (decision, milliseconds) => ({ subject, decision, milliseconds }));
}

/** Asks, and publishes the expansion. */
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
