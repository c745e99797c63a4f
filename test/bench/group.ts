/**
 * What a group of benchmarks is: it measures ours and theirs in alternation and reports rows, each judged by a target.
 */
import type { Room } from './room.ts';
import type { Sample } from './sample.ts';

/** One line of the table. */
export interface Row {
  readonly group: string;
  /** What was done. */
  readonly work: string;
  /** What it was measured against. */
  readonly against: string;
  /** Both sides as the table shows them. */
  readonly ours: string;
  readonly theirs: string;
  /** The figure that is judged; undefined where the row only informs. */
  readonly figure: number;
  readonly target?: Target;
  /** Every sample, for the JSON. */
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
}

export interface Target {
  readonly is: 'atMost' | 'atLeast';
  readonly figure: number;
  /** What stands behind the figure: nothing for a ratio. */
  readonly unit?: 'MB' | 'ms';
}

export function isMet({ figure, target }: Row): boolean {
  if (target === undefined) return true;
  return target.is === 'atMost' ? figure <= target.figure : figure >= target.figure;
}

/** What a group works with. */
export interface Bench {
  readonly seed: number;
  readonly rounds: number;
  /** Inputs are made here once and kept. */
  readonly inputs: string;
  /** For what a run writes; gone after it. */
  readonly scratch: string;
  report(row: Omit<Row, 'group'>): void;
  /** Notes once that this is not measured, and why. */
  leaveOut(what: string, why: string): void;
  /** The real sendmail's machine; undefined, and noted, where it cannot be had. */
  room(): Promise<Room | undefined>;
}

export interface Group {
  /** As the command line names it. */
  readonly name: string;
  readonly about: string;
  /** Takes long: only run when named. */
  readonly onlyWhenNamed?: true;
  run(bench: Bench): Promise<void>;
}
