/**
 * A finding: a fault in a configuration, or a fact that an administrator should know, with its place and a code whose meaning
 * never changes.
 */
import type { Code } from '../../core/codes/codes.ts';
import type { Severity } from '../../core/codes/page.ts';
import type { Question } from '../question.ts';

/** A question that was asked, and its answer: the proof of a finding about a decision. */
export interface Witness {
  readonly question: string;
  readonly answer: string;
  /** The question in the form of the batch; absent: it is about a route. */
  readonly asked?: Question;
}

/** A line, and the lines that it becomes. */
export interface Edit {
  /** Counted from 1. */
  readonly line: number;
  readonly replacement: string;
}

/** A mistake that `lint` found. */
export interface Finding {
  readonly code: Code;
  readonly severity: Severity;
  /** The file as it was named to lint. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Columns, counted from 1; the place is `length` bytes long. */
  readonly column: number;
  readonly length: number;
  readonly text: string;
  /** The remedy. */
  readonly help?: string;
  readonly witness?: Witness;
  /** The fix, where it is safe. */
  readonly fix?: readonly Edit[];
}

/** A finding before its code is known; the severity is that of the code unless it is given. */
export type Found = Omit<Finding, 'code' | 'severity'> & { readonly severity?: Severity };

export type Place = Pick<Finding, 'file' | 'line' | 'column' | 'length'>;
