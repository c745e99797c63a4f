/** A finding of a parser or builder. Parsers do not throw: they collect problems and go on. */
import type { Code } from './codes/codes.ts';
import { MapError, type MapErrorCode, type Place } from './errors.ts';
import type { ProblemCode } from './problem-codes.ts';

/** A finding about one place in an input. */
export interface Problem extends Place {
  /** `error` makes the exit status non-zero; `warning` does not. */
  readonly severity: 'error' | 'warning';
  /** One sentence; sendmail's own message if it has one. */
  readonly text: string;
  /** The exit status (sysexits) that sendmail gives for it; absent: the program's usual one. */
  readonly status?: number;
  /** The kind of the problem. It is stable; texts may change. */
  readonly code: Code | ProblemCode;
  /** True: sendmail prints no message for this. Programs print it on standard error after `warning: `. */
  readonly ours?: true;
}

/** The problem as an error, for listeners: its message begins with its place. */
export function problemError({ text, file, line }: Problem, code: MapErrorCode = 'badInput'): MapError {
  const place = { ...(file !== undefined && { file }), ...(line !== undefined && { line }) };
  const where = `${file === undefined ? '' : `${file}: `}${line === undefined ? '' : `line ${line}: `}`;
  return new MapError(code, `${where}${text}`, place);
}
