/**
 * A finding: something in a configuration that an administrator should know, with its place and a code whose meaning never
 * changes.
 */

/** From worst to least. */
export const SEVERITIES = ['error', 'warning', 'info', 'style'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A question that was asked, and its answer: the proof of a finding about a decision. */
export interface Witness {
  readonly question: string;
  readonly answer: string;
}

/** The line as it should be; undefined removes it. */
export interface Fix {
  readonly replacement: string | undefined;
}

export interface Finding {
  /** `MM` and three digits; README and `--explain` have the list. */
  readonly code: string;
  readonly severity: Severity;
  /** The file as it was named to lint. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Columns, counted from 1; the place is `length` bytes long. */
  readonly column: number;
  readonly length: number;
  readonly text: string;
  /** How to fix it. */
  readonly help?: string;
  readonly witness?: Witness;
  readonly fix?: Fix;
}
