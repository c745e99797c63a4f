/**
 * The byte strings of the rules -> the text of callers, in whole answers.
 *
 * Nearly all of it is ASCII, which is the same in both: what needs no conversion is given on as it is, and only what holds
 * a converted string is copied.
 */
import type { Decision, TraceStep } from '../access/decision.ts';
import { decodeText, isAscii } from '../core/bytes.ts';

export function textOf<T>(value: T): T {
  return mapStrings(value, decodeText);
}

/**
 * The same for a decision: most of it are words of our own, so few of its strings have to be looked at.
 *
 * @param plain the question and $j were ASCII: then only what entries and messages say can hold other bytes, for keys and
 * subjects are made of the question, of $j and of entries, and entries are in the trace with their values
 */
export function decisionText(decision: Decision, plain: boolean): Decision {
  const { trace, because, reply, reason } = decision;
  const ascii =
    trace.every(plain ? hasAsciiValue : isAsciiStep) &&
    isAbsentOrAscii(because.key) &&
    isAbsentOrAscii(because.value) &&
    isAbsentOrAscii(reply?.text) &&
    isAbsentOrAscii(reply?.shown) &&
    isAbsentOrAscii(reason);
  return ascii ? decision : textOf(decision);
}

function isAsciiStep(step: TraceStep): boolean {
  if (step.kind === 'key') return isAscii(step.key) && isAbsentOrAscii(step.value);
  return isAscii(step.kind === 'class' ? step.subject : step.text);
}

function hasAsciiValue(step: TraceStep): boolean {
  return step.kind === 'key' ? isAbsentOrAscii(step.value) : step.kind === 'class' || isAscii(step.text);
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
  // plain data: `in` finds its own fields alone, and is three times faster than a list of entries
  for (const key in record) {
    const mapped = mapStrings(record[key], convert);
    if (mapped === record[key]) continue;
    copy ??= { ...record };
    copy[key] = mapped;
  }
  return copy ?? record;
}
