/**
 * Parts of answers -> the same parts with `source`, their place: it is searched for when it is read, printed or turned into JSON.
 *
 * The steps that answers have by the thousand get constructors of their own: `Object.assign` takes ten times as long. Their fields
 * are declared only, so that each is set once and in the order of the part.
 */
import type { TraceStep } from '../access/decision.ts';
import type { ExpansionOutcome, ExpansionStep, ExpansionVia } from '../alias/expansion.ts';
import type { Source } from '../core/source.ts';
import type { ClassStep, RouteStep, TableStep } from '../core/trace-step.ts';

/** The place of a part; undefined: it has none, or it is not known. */
export type Find<T> = (part: T) => Source | undefined;

/** A step of a decision or of a route. */
export type Step = TraceStep | RouteStep;

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

export function withPlaceOfStep<S extends Step>(step: S, find: Find<Step>): S;
export function withPlaceOfStep(step: Step, find: Find<Step>): Step {
  if (step.kind === 'class') return new PlacedTest(step, find);
  return step.kind === 'table' ? new PlacedTable(step, find) : withPlace(step, find);
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
