/**
 * A finished expansion -> its steps, in reading order. They are made when they are first read: few callers read them, and for a large
 * list they are a tenth of the work or more.
 */
import type { Growing } from '../core/growing.ts';
import type { Expansion, ExpansionOutcome, ExpansionStep } from './expansion.ts';
import type { Member, PassedOver } from './member.ts';

/** A step -> the step that the caller gets. */
export type FinishStep = (step: ExpansionStep) => ExpansionStep;

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** An expansion whose `trace` is a field of its own for all who list, copy or print its fields. */
class TracedExpansion {
  readonly recipients: Expansion['recipients'];
  readonly errors: Expansion['errors'];
  declare readonly owner?: string;
  declare readonly trace: Expansion['trace'];
  #asked: readonly Member[];
  readonly #finish: FinishStep;
  #made: readonly ExpansionStep[] | undefined;

  constructor({ recipients, errors, owner }: Untraced, asked: readonly Member[], finish: FinishStep) {
    this.#asked = asked;
    this.#finish = finish;
    this.recipients = recipients;
    this.errors = errors;
    if (owner !== undefined) this.owner = owner;
    Object.defineProperty(this, 'trace', TRACE);
  }

  static traceOf(expansion: TracedExpansion): readonly ExpansionStep[] {
    expansion.#made ??= stepsBelow(expansion.#asked, expansion.#finish);
    expansion.#asked = [];
    return expansion.#made;
  }

  [INSPECT](): object {
    return { ...this };
  }
}

/** One object for all: expansions whose literal has an accessor take longer to make than their steps. */
const TRACE = {
  enumerable: true,
  get(this: TracedExpansion): readonly ExpansionStep[] {
    return TracedExpansion.traceOf(this);
  },
};

type Untraced = Omit<Expansion, 'trace'>;

/**
 * The expansion, with the steps below the requested addresses.
 *
 * @param finish makes of each step the step that the caller gets
 */
export function withSteps(expansion: Untraced, asked: readonly Member[], finish: FinishStep): Expansion {
  return new TracedExpansion(expansion, asked, finish);
}

/** Walks down, each address before its children. Each step is finished before the next one is made. */
function stepsBelow(asked: readonly Member[], finish: FinishStep): ExpansionStep[] {
  const trace: ExpansionStep[] = [];
  const walk = (members: readonly Member[], depth: number, parent: number | undefined): void => {
    for (const member of members) {
      const index = trace.push(finish(stepOf(member, depth, parent))) - 1;
      const { passedOver = [] } = member.details;
      for (const each of passedOver) trace.push(finish(passedOverStep(each, depth + 1, index)));
      if (member.children.length > 0) walk(member.children, depth + 1, index);
    }
  };
  walk(asked, 0, undefined);
  return trace;
}

/** The step for a .forward that is not followed. */
function passedOverStep({ file, reason }: PassedOver, depth: number, parent: number): ExpansionStep {
  return { parent, depth, address: file, via: { kind: 'forwardFile', file }, outcome: 'passedOver', reason };
}

function stepOf(member: Member, depth: number, parent: number | undefined): ExpansionStep {
  const { shown: address, via, details } = member;
  const { asked, reason } = details;
  const outcome = details.outcome ?? OUTCOMES[member.state];
  const { recipient } = details.replacement ?? member;
  // the steps of a large list have two forms, and a literal takes half the memory of an object that grows
  if (parent !== undefined && asked === undefined && reason === undefined)
    return recipient === undefined
      ? { parent, depth, address, via, outcome }
      : { parent, depth, address, via, outcome, recipient };
  const step: Growing<ExpansionStep> =
    parent === undefined ? { depth, address, via, outcome } : { parent, depth, address, via, outcome };
  if (asked !== undefined) step.asked = asked;
  if (reason !== undefined) step.reason = reason;
  else if (recipient !== undefined) step.recipient = recipient;
  return step;
}

const OUTCOMES: Readonly<Record<Member['state'], ExpansionOutcome>> = {
  ok: 'delivered',
  bad: 'failed',
  dead: 'expanded',
};
