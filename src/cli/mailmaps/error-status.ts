/** An error that stops `mailmaps` -> its exit status (sysexits), and its form in JSON. */
import { MapError, type MapErrorCode } from '../../core/errors.ts';
import {
  EX_CANTCREAT,
  EX_DATAERR,
  EX_NOINPUT,
  EX_NOPERM,
  EX_SOFTWARE,
  EX_TEMPFAIL,
  EX_USAGE,
} from '../../core/sysexits.ts';

/** A command line in which something is missing or wrong. */
export class UsageError extends MapError {
  constructor(message: string) {
    super('badInput', message);
  }
}

const STATUS: Partial<Record<MapErrorCode, number>> = {
  missing: EX_NOINPUT,
  unreadable: EX_NOINPUT,
  notAMap: EX_DATAERR,
  damaged: EX_DATAERR,
  unwritable: EX_CANTCREAT,
  badInput: EX_DATAERR,
  badLines: EX_DATAERR,
  busy: EX_TEMPFAIL,
  tempFail: EX_TEMPFAIL,
  unsafe: EX_NOPERM,
};

/** The exit status of an error of ours. */
export function statusOf(error: MapError): number {
  return error instanceof UsageError ? EX_USAGE : (STATUS[error.code] ?? EX_SOFTWARE);
}

/** The text of an error, with the name of its file: sendmail's own texts lack it. */
export function messageOf({ message, file }: MapError): string {
  return file === undefined || message.includes(file) ? message : `${file}: ${message}`;
}

/** Code and text of any error, for JSON. */
export function describeError(error: unknown): { code: string; message: string } {
  if (error instanceof MapError) return { code: error.code, message: messageOf(error) };
  return { code: 'badInput', message: error instanceof Error ? error.message : String(error) };
}
