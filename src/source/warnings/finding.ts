/**
 * The types of findings: faults in a source file that sendmail does not report. A finding does not change the result.
 */
import type { ByteString } from '../../core/bytes.ts';
import type { WarningCode } from '../../core/warning-codes.ts';

export interface Finding {
  readonly code: WarningCode;
  /** A sentence, as bytes. */
  readonly text: ByteString;
}

export interface PlacedFinding extends Finding {
  /** Counted from 1. */
  readonly line: number;
}
