/**
 * Parts of answers -> the same parts with `source`, their place: it is searched for when it is read, printed or turned into JSON.
 *
 * The steps that answers have by the thousand get constructors of their own: `Object.assign` takes ten times as long. Their fields
 * are declared only, so that each is set once and in the order of the part.
 */
import type { Because, KeyStep, TraceStep } from '../access/decision.ts';
import type { AddressFault } from '../address/problem.ts';
import type { ExpansionOutcome, ExpansionStep, ExpansionVia } from '../alias/expansion.ts';
import type { Source } from '../core/source.ts';
import type { ClassStep, RouteStep, TableStep } from '../core/trace-step.ts';
import type { RouteBecause } from '../route/trace.ts';

/** The place of a part; undefined: it has none, or it is not known. */
export type Find<T> = (part: T) => Source | undefined;

/** A step of a decision or of a route. */
export type Step = TraceStep | RouteStep;

/** The reason of a decision or of a route. */
type Reason = Omit<RouteBecause, 'rule'> & { readonly rule: RouteBecause['rule'] | Because['rule'] };

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

class Placed<T> {
  readonly #find: Find<T>;

  constructor(find: Find<T>) {
    this.#find = find;
  }

  /** A copy with this prototype has no place. */
  get source(): Source | undefined {
    return #find in this ? this.#find(this as unknown as T) : undefined;
  }

  toJSON(): object {
    const { source } = this;
    return source === undefined ? { ...this } : { ...this, source };
  }

  [INSPECT](): object {
    return this.toJSON();
  }
}

export function withPlace<T extends object>(part: T, find: Find<T> | undefined): T {
  return find === undefined || 'source' in part ? part : Object.assign(new Placed<T>(find), part);
}

class PlacedTest extends Placed<Step> implements ClassStep {
  declare readonly kind: 'class';
  declare readonly rule: string;
  declare readonly subject: string;
  declare readonly holds: boolean;
  declare readonly word?: string;

  constructor({ rule, subject, holds, word }: ClassStep, find: Find<Step>) {
    super(find);
    this.kind = 'class';
    this.rule = rule;
    this.subject = subject;
    this.holds = holds;
    if (word !== undefined) this.word = word;
  }
}

class PlacedTable extends Placed<Step> implements TableStep {
  declare readonly kind: 'table';
  declare readonly table: string;
  declare readonly key: string;
  declare readonly status: TableStep['status'];
  declare readonly value?: string;
  declare readonly entry?: string;

  constructor({ table, key, status, value, entry }: TableStep, find: Find<Step>) {
    super(find);
    this.kind = 'table';
    this.table = table;
    this.key = key;
    this.status = status;
    if (value !== undefined) this.value = value;
    if (entry !== undefined) this.entry = entry;
  }
}

class PlacedKey extends Placed<Step> implements KeyStep {
  declare readonly kind: 'key';
  declare readonly rule: string;
  declare readonly key: string;
  declare readonly status: KeyStep['status'];
  declare readonly value?: string;
  declare readonly entry?: string;

  constructor({ rule, key, status, value, entry }: KeyStep, find: Find<Step>) {
    super(find);
    this.kind = 'key';
    this.rule = rule;
    this.key = key;
    this.status = status;
    if (value !== undefined) this.value = value;
    if (entry !== undefined) this.entry = entry;
  }
}

/** @param step of the built-in rules: those of a sendmail.cf have their places already */
export function withPlaceOfStep<S extends Step>(step: S, find: Find<Step>): S;
export function withPlaceOfStep(step: Step, find: Find<Step>): Step {
  switch (step.kind) {
    case 'class':
      return new PlacedTest(step, find);
    case 'table':
      return new PlacedTable(step, find);
    case 'key':
      return new PlacedKey(step, find);
    default:
      return withPlace(step, find);
  }
}

class PlacedReason extends Placed<Reason> {
  declare readonly rule: Reason['rule'];
  declare readonly table?: string;
  declare readonly key?: string;
  declare readonly value?: string;
  declare readonly entry?: string;
  declare readonly fault?: AddressFault;

  constructor({ rule, table, key, value, entry, fault }: Reason, find: Find<Reason>) {
    super(find);
    this.rule = rule;
    if (table !== undefined) this.table = table;
    if (key !== undefined) this.key = key;
    if (value !== undefined) this.value = value;
    if (entry !== undefined) this.entry = entry;
    if (fault !== undefined) this.fault = fault;
  }
}

/** The reason of an answer of the built-in rules. */
export function withPlaceOfReason<R extends Reason>(reason: R, find: Find<Reason> | undefined): R;
export function withPlaceOfReason(reason: Reason, find: Find<Reason> | undefined): Reason {
  return find === undefined ? reason : new PlacedReason(reason, find);
}

class PlacedAddress extends Placed<ExpansionStep> implements ExpansionStep {
  declare readonly parent?: number;
  declare readonly depth: number;
  declare readonly address: string;
  declare readonly via: ExpansionVia;
  declare readonly outcome: ExpansionOutcome;
  declare readonly asked?: readonly RouteStep[];
  declare readonly reason?: string;
  declare readonly recipient?: number;

  constructor(step: ExpansionStep, find: Find<ExpansionStep>) {
    super(find);
    const { parent, depth, address, via, outcome, asked, reason, recipient } = step;
    if (parent !== undefined) this.parent = parent;
    this.depth = depth;
    this.address = address;
    this.via = via;
    this.outcome = outcome;
    if (asked !== undefined) this.asked = asked;
    if (reason !== undefined) this.reason = reason;
    if (recipient !== undefined) this.recipient = recipient;
  }
}

/** One address of an expansion. */
export function withPlaceOfAddress(step: ExpansionStep, find: Find<ExpansionStep> | undefined): ExpansionStep {
  return find === undefined ? step : new PlacedAddress(step, find);
}
