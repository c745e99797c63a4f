/**
 * What parsers and builders report instead of throwing: they collect problems and go on.
 */
import type { Place } from './errors.ts';
import type { WarningCode } from './warning-codes.ts';

/** A finding about one place in an input. */
export interface Problem extends Place {
  /** `error` makes the exit status non-zero; `warning` does not. */
  readonly severity: 'error' | 'warning';
  /** One sentence; sendmail's own words where sendmail has a message for it. */
  readonly text: string;
  /** The exit status that sendmail gives for it (sysexits); absent: the program's general one. */
  readonly status?: number;
  /** Of our own warnings about what an entry loses: which. */
  readonly code?: WarningCode;
  /** True: sendmail says nothing about this; programs print it on standard error behind `warning: `. */
  readonly ours?: true;
}
