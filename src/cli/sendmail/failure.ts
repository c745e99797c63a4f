/**
 * What stops makemap, newaliases, praliases or editmap -> its message and its exit status, as sendmail's programs have
 * them; and warnings, which stop nothing.
 */
import { type ByteString, encodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import type { Problem } from '../../core/problem.ts';
import { EX_CANTCREAT, EX_IOERR, EX_TEMPFAIL } from '../../core/sysexits.ts';
import { systemCode, systemText } from '../../core/system-error.ts';
import { mapAge } from '../../files/map-age.ts';
import type { Io } from '../program/io.ts';

export const UNKNOWN_TYPE = 'Unknown database type';
/** What a full or failing disk says: a map that cannot be written is 74 then, else 73. */
const DISK_ERRORS = ['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG', 'EROFS'];

/** A map is made beside the old one and renamed: two ways of mounting it do not allow that. */
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

/** Does a program's work; what makes it stop is said on standard error. */
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

/** What to say, and with which status to end, when a map cannot be opened, read or written. */
export function mapFailure(program: string, type: string, mapName: string, error: unknown): Failure {
  if (!(error instanceof MapError)) throw error;
  // `implicit` tries one type after another, and none fits.
  const noneFits = type === 'implicit' && (error.code === 'missing' || error.code === 'badInput');
  return (
    worldFailure(program, mapName, error) ??
    openFailure(program, type, mapName, noneFits ? UNKNOWN_TYPE : reasonOf(error))
  );
}

/** The same where the disk, the system or another writer is to blame; undefined where none is. */
export function worldFailure(program: string, name: string, error: MapError): Failure | undefined {
  const code = error.cause === undefined ? undefined : systemCode(error.cause);
  if (error.code === 'busy') return new Failure(EX_TEMPFAIL, `${program}: ${reasonOf(error)}`);
  if (error.code === 'notVerified' || (code !== undefined && DISK_ERRORS.includes(code))) {
    return new Failure(EX_IOERR, `${program}: ${name}: ${reasonOf(error)}`);
  }
  return undefined;
}

/** The system's words where the system refused, else ours. */
export function reasonOf(error: MapError): string {
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  if (code === undefined) return encodeText(error.message);
  const remedy = error.code === 'unwritable' ? REMEDIES[code] : undefined;
  return encodeText(remedy === undefined ? systemText(error.cause) : `${systemText(error.cause)}: ${remedy}`);
}

/** What we say of a line of a text, behind `warning: `: the file, the line, and the code that a linter knows. */
export function lineWarning(file: ByteString, { line, text, code }: Problem): ByteString {
  return `warning: ${file}: line ${line}: ${encodeText(text)}${code === undefined ? '' : ` [${code}]`}\n`;
}

/** Warns of a map that is older than its text, or missing beside it. */
export function warnOfAge(mapName: string, io: Io): void {
  const age = mapAge(mapName);
  if (age !== undefined) printWarning({ severity: 'warning', text: `${age.text} [MM306]`, ours: true }, io);
}

/** Prints what is of no line: sendmail's warnings about folders, and ours, such as that we wait for another writer. */
export function printWarning({ text, ours }: Problem, io: Io): void {
  io.err(`${ours ? 'warning: ' : 'WARNING: '}${encodeText(text)}\n`);
  io.flush?.();
}
