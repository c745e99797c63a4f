/** A group of benchmarks: measures our side and the other in alternation, and reports rows, each judged by a target. */
import type { Room } from './room.ts';
import type { Sample } from './sample.ts';

/** One line of the table. */
export interface Row {
  readonly group: string;
  /** The work that was measured. */
  readonly work: string;
  /** The other side. */
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
  /** The unit of the figure: none for a ratio. */
  readonly unit?: 'MB' | 'ms' | 'µs' | '/s';
}

export function isMet({ figure, target }: Row): boolean {
  if (target === undefined) return true;
  return target.is === 'atMost' ? figure <= target.figure : figure >= target.figure;
}

/** The environment of a group. */
export interface Bench {
  readonly seed: number;
  readonly rounds: number;
  /** Inputs are made here once and kept. */
  readonly inputs: string;
  /** A directory for the files of a run; removed after it. */
  readonly scratch: string;
  report(row: Omit<Row, 'group'>): void;
  /** Notes once that this is not measured, and why. */
  leaveOut(what: string, why: string): void;
  /** The real sendmail's machine; undefined, with a note, if this machine cannot run it. */
  room(): Promise<Room | undefined>;
}

export interface Group {
  /** As the command line names it. */
  readonly name: string;
  readonly about: string;
  /** True: it takes long, and runs only if it is named. */
  readonly onlyWhenNamed?: true;
  run(bench: Bench): Promise<void>;
}
