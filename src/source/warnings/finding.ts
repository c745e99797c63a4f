/**
 * The types of findings: faults in a source file that sendmail does not report. A finding does not change the result.
 */
import type { ByteString } from '../../core/bytes.ts';
import type { Code } from '../../core/codes/codes.ts';
import type { Problem } from '../../core/problem.ts';

export interface Finding {
  readonly code: Code;
  /** A sentence, as bytes. */
  readonly text: ByteString;
  /** The part of the line that is wrong. */
  readonly about?: ByteString;
  /** That part as it should be. */
  readonly instead?: ByteString;
  /** A comment that then belongs on a line above. */
  readonly above?: ByteString;
}

export interface PlacedFinding extends Finding {
  /** Counted from 1. */
  readonly line: number;
}

/** The warning of a program about it. */
export function warningOf({ line, code, text }: PlacedFinding): Problem {
  return { severity: 'warning', code, line, text, ours: true };
}
