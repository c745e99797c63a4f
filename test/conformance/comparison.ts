/** A random comparison with the real programs: makes cases from a seed, asks both sides and reports. */
import type { Oracle } from '../oracle/client.ts';

export interface Difference {
  /** The question: everything that is needed to ask it again. */
  readonly asked: unknown;
  readonly theirs: unknown;
  readonly ours: unknown;
}

export interface Report {
  /** One more case was compared; `difference` when the two sides disagree. */
  compared(difference?: Difference): void;
}

export interface Comparison {
  /** As `--only` names it. */
  readonly name: string;
  /** Cases of the short form that the tests run. */
  readonly shortCases: number;
  /** Makes and compares `cases` cases, or a few more where one job answers several. */
  run(oracle: Oracle, seed: number, cases: number, report: Report): Promise<void>;
}

/** Deep equality of answers by their JSON form, in which object keys are sorted. */
export function sameAnswer(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** sendmail's output shows bytes above 127 without their top bit. */
export function sevenBit(text: string): string {
  const shown = text.replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) & 0x7f));
  return shown.split('\0')[0]!;
}
