/**
 * An error that stops makemap, newaliases, praliases or editmap -> its message and exit status, as in sendmail's programs; and
 * warnings, which stop nothing.
 */
import { type ByteString, encodeText } from '../../core/bytes.ts';
import { isCode } from '../../core/codes/codes.ts';
import { MapError } from '../../core/errors.ts';
import { ownField } from '../../core/own-field.ts';
import type { Problem } from '../../core/problem.ts';
import { EX_CANTCREAT, EX_IOERR, EX_TEMPFAIL } from '../../core/sysexits.ts';
import { systemCode, systemText } from '../../core/system-error.ts';
import { mapAge } from '../../files/map-age.ts';
import type { Io } from '../program/io.ts';

export const UNKNOWN_TYPE = 'Unknown database type';
/** Codes of a full or failing disk. A map that cannot be written gives status 74 for these, else 73. */
const DISK_ERRORS = ['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG', 'EROFS'];

/** A map is written beside the old one and renamed; two kinds of mounts do not allow that. */
const REMEDIES: Readonly<Record<string, string>> = {
  EBUSY: 'the map is mounted by itself; mount its directory instead, for a map is replaced and never written in place',
  EROFS: 'the new map is made in the directory of the old one, which must be writable',
};

/** Ends a program with a message and a status. */
export class Failure extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Runs a program's work; the message of a Failure goes to standard error. */
export async function untilFailure(io: Io, work: () => number | Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    io.err(`${error.message}\n`);
    return error.status;
  }
}

export function openFailure(program: string, type: string, mapName: string, reason: string): Failure {
  return new Failure(EX_CANTCREAT, `${program}: error opening type ${type} map ${mapName}: ${reason}`);
}

/** Message and status for a map that cannot be opened, read or written. */
export function mapFailure(program: string, type: string, mapName: string, error: unknown): Failure {
  if (!(error instanceof MapError)) throw error;
  // `implicit` tries one type after another, and none fits.
  const noneFits = type === 'implicit' && (error.code === 'missing' || error.code === 'badInput');
  return (
    worldFailure(program, mapName, error) ??
    openFailure(program, type, mapName, noneFits ? UNKNOWN_TYPE : reasonOf(error))
  );
}

/** The same if the disk, the system or another writer is the cause; undefined if none of them is. */
export function worldFailure(program: string, name: string, error: MapError): Failure | undefined {
  const code = error.cause === undefined ? undefined : systemCode(error.cause);
  if (error.code === 'busy') return new Failure(EX_TEMPFAIL, `${program}: ${reasonOf(error)}`);
  if (error.code === 'notVerified' || (code !== undefined && DISK_ERRORS.includes(code))) {
    return new Failure(EX_IOERR, `${program}: ${name}: ${reasonOf(error)}`);
  }
  return undefined;
}

/** The system's words if the system refused, else ours. */
export function reasonOf(error: MapError): string {
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  if (code === undefined) return encodeText(error.message);
  const remedy = error.code === 'unwritable' ? ownField(REMEDIES, code) : undefined;
  return encodeText(remedy === undefined ? systemText(error.cause) : `${systemText(error.cause)}: ${remedy}`);
}

/** Our warning about a line of a source file, after `warning: `: the file, the line, and its code in lint. */
export function lineWarning(file: ByteString, { line, text, code }: Problem): ByteString {
  return `warning: ${file}: line ${line}: ${encodeText(text)}${isCode(code) ? ` [${code}]` : ''}\n`;
}

/** Warns of a map that is missing or older than its source file. */
export function warnOfAge(mapName: string, io: Io): void {
  const age = mapAge(mapName);
  if (age !== undefined)
    printWarning({ severity: 'warning', code: 'MM306', text: `${age.text} [MM306]`, ours: true }, io);
}

/** Prints warnings without a line: sendmail's about directories, and ours, such as a wait for another writer. */
export function printWarning({ text, ours }: Problem, io: Io): void {
  io.err(`${ours ? 'warning: ' : 'WARNING: '}${encodeText(text)}\n`);
  io.flush?.();
}
