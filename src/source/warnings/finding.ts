/**
 * What is wrong with a text though nothing says so -> findings, by rules that are functions of a few words each. A finding
 * changes nothing of what is made of the text.
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
