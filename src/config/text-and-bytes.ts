/**
 * Whole answers in byte strings -> answers in text, for callers.
 *
 * Almost all strings are ASCII, which is the same in both. A value without other bytes is returned unchanged, and only an
 * object that holds a converted string is copied.
 */
import type { Decision, TraceStep } from '../access/decision.ts';
import type { DeliveryTarget, Expansion, ExpansionStep, ExpansionVia } from '../alias/expansion.ts';
import { decodeText, isAscii } from '../core/bytes.ts';
import type { RouteStep } from '../core/trace-step.ts';
import type { RouteBecause } from '../route/trace.ts';

export function textOf<T>(value: T): T {
  return mapStrings(value, decodeText);
}

/**
 * The same for a decision. Most of its strings are our own words, so few need a check.
 *
 * @param plain the question and $j were ASCII. Then only entries and messages can hold other bytes: keys and subjects are made
 * from the question, $j and entries, and the trace holds the values of entries
 */
export function decisionText(decision: Decision, plain: boolean): Decision {
  const { trace, because, reply, reason } = decision;
  const ascii =
    isAsciiTrace(trace, plain) &&
    isAbsentOrAscii(because.key) &&
    isAbsentOrAscii(because.value) &&
    isAbsentOrAscii(reply?.text) &&
    isAbsentOrAscii(reply?.shown) &&
    isAbsentOrAscii(reason);
  return ascii ? decision : textOf(decision);
}

function isAsciiTrace(trace: readonly TraceStep[], plain: boolean): boolean {
  for (let i = 0; i < trace.length; i++) {
    const step = trace[i]!;
    if (plain ? !hasAsciiValue(step) : !isAsciiStep(step)) return false;
  }
  return true;
}

/** The same for an expansion whose steps are text already. */
export function expansionText(expansion: Expansion): Expansion {
  const { recipients, errors, owner } = expansion;
  if (errors.length === 0 && isAbsentOrAscii(owner) && recipients.every(isAsciiTarget)) return expansion;
  const { trace, ...rest } = expansion;
  return { ...textOf(rest), trace };
}

/** The same for one step of an expansion, which can have very many. */
export function expandedText(step: ExpansionStep): ExpansionStep {
  const { address, via, asked, reason } = step;
  const isPlain = isAscii(address) && isAbsentOrAscii(reason) && isAsciiVia(via);
  return isPlain && (asked === undefined || asked.every(isAsciiAnswer)) ? step : textOf(step);
}

function isAsciiAnswer(step: RouteStep): boolean {
  if (step.kind === 'table') return isAscii(step.key) && isAbsentOrAscii(step.value) && isAbsentOrAscii(step.entry);
  return step.kind === 'class' ? isAscii(step.subject) && isAbsentOrAscii(step.word) : textOf(step) === step;
}

function isAsciiTarget(target: DeliveryTarget): boolean {
  switch (target.kind) {
    case 'user': {
      const { name, detail, mailer, owner } = target;
      return isAscii(name) && isAbsentOrAscii(detail) && isAbsentOrAscii(mailer) && isAbsentOrAscii(owner);
    }
    case 'address': {
      const { localPart, domain, mailer, host, owner } = target;
      const isPlain = isAscii(localPart) && isAscii(domain) && isAbsentOrAscii(mailer);
      return isPlain && isAbsentOrAscii(host) && isAbsentOrAscii(owner);
    }
    default:
      return textOf(target) === target;
  }
}

function isAsciiVia(via: ExpansionVia): boolean {
  switch (via.kind) {
    case 'alias':
      return isAscii(via.key);
    case 'include':
    case 'forward':
    case 'forwardFile':
      return isAscii(via.file);
    default:
      return true;
  }
}

interface Explained {
  readonly because: RouteBecause;
  readonly trace: readonly RouteStep[];
}

/**
 * The same for a route or a rewriting.
 *
 * @param plain the question, $j and the configuration were ASCII, and the built-in rules answered: then only values of tables
 * can hold other bytes, and the texts that are made of them
 */
export function explainedText<T extends Explained>(answer: T, plain: boolean): T {
  return plain && hasAsciiFields(answer) && answer.trace.every(hasAsciiValueOfTable) ? answer : textOf(answer);
}

/** `because` has its texts from the trace. */
function hasAsciiFields(answer: object): boolean {
  for (const name in answer) {
    const value: unknown = answer[name as keyof typeof answer];
    if (typeof value === 'string' ? !isAscii(value) : name === 'reply' && !hasAsciiFields(value as object))
      return false;
  }
  return true;
}

function hasAsciiValueOfTable(step: RouteStep): boolean {
  return step.kind !== 'table' || isAbsentOrAscii(step.value);
}

/** The text of a rule shows other bytes as test mode does, in ASCII. Reading it here would cost more than making it. */
function isAsciiStep(step: TraceStep): boolean {
  switch (step.kind) {
    case 'key':
      return isAscii(step.key) && isAbsentOrAscii(step.value);
    case 'class':
      return isAscii(step.subject);
    case 'rule':
      return true;
    case 'note':
      return isAscii(step.text);
  }
}

function hasAsciiValue(step: TraceStep): boolean {
  return step.kind === 'key' ? isAbsentOrAscii(step.value) : step.kind !== 'note' || isAscii(step.text);
}

function isAbsentOrAscii(text: string | undefined): boolean {
  return text === undefined || isAscii(text);
}

function mapStrings<T>(value: T, convert: (text: string) => string): T;
function mapStrings(value: unknown, convert: (text: string) => string): unknown {
  if (typeof value === 'string') return convert(value);
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? mapItems(value, convert) : mapFields(value as Record<string, unknown>, convert);
}

function mapItems(items: readonly unknown[], convert: (text: string) => string): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const mapped = mapStrings(items[i], convert);
    if (mapped === items[i]) continue;
    copy ??= [...items];
    copy[i] = mapped;
  }
  return copy ?? items;
}

function mapFields(record: Record<string, unknown>, convert: (text: string) => string): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  // Plain data: `for in` finds only own fields, and is three times faster than a list of entries.
  for (const key in record) {
    const mapped = mapStrings(record[key], convert);
    if (mapped === record[key]) continue;
    copy ??= { ...record };
    copy[key] = mapped;
  }
  return copy ?? record;
}
