/**
 * What makemap, editmap and praliases have in common around a map: its type, sendmail.cf and TrustedUser, and the texts and
 * statuses for a map that cannot be opened or written.
 */
import { readFileSync } from 'node:fs';
import { decodeText, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { Problem } from '../core/problem.ts';
import { EX_CANTCREAT, EX_IOERR, EX_NOINPUT, EX_TEMPFAIL } from '../core/sysexits.ts';
import { systemCode, systemText } from '../core/system-error.ts';
import { type MapSettings, readMapSettings } from '../source/makemap-cf.ts';
import type { MapFormat } from '../store/layout.ts';
import type { Io } from './io.ts';

const DEFAULT_CF = '/etc/mail/sendmail.cf';
/** All are LMDB files here; the names are those that scripts and Makefiles use. */
const TYPES = ['hash', 'btree', 'implicit', 'lmdb'];
const UNKNOWN_TYPE = 'Unknown database type';
const NOT_COMPILED: Readonly<Record<string, string>> = { dbm: 'NDBM', cdb: 'CDB' };
/** What a full or failing disk says: a map that cannot be written is 74 then, else 73. */
const DISK_ERRORS = ['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG', 'EROFS'];

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

/** Prints what is of no line: sendmail's warnings about folders, and ours, such as that we wait for another writer. */
export function printWarning({ text, ours }: Problem, io: Io): void {
  io.err(`${ours ? 'warning: ' : 'WARNING: '}${encodeText(text)}\n`);
  io.flush?.();
}

/** The configuration file that a program is to read. */
export interface Configuration {
  readonly path: string;
  readonly exists: boolean;
  readonly settings: MapSettings;
}

/**
 * Reads sendmail.cf. One that was named has to exist; without the usual one we go on, for a machine without sendmail is
 * the normal case here (sendmail's programs stop).
 */
export function readConfiguration(program: string, named: string | undefined): Configuration {
  const path = named ?? DEFAULT_CF;
  try {
    return { path, exists: true, settings: readMapSettings(readFileSync(decodeText(path), 'latin1')) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EISDIR' && named !== undefined)
      throw new Failure(EX_NOINPUT, `${program}: ${path}: ${systemText(error)}`);
    return { path, exists: code === 'EISDIR', settings: readMapSettings('') };
  }
}

/** The user that owns maps which root makes: a number, or a name of /etc/passwd. The last that exists counts. */
export function trustedUid(settings: MapSettings, io: Io): number | undefined {
  let uid: number | undefined;
  for (const user of settings.trustedUsers) {
    uid = /^[0-9]/.test(user) ? Number.parseInt(user, 10) : uidOf(user);
    if (uid === undefined) io.err(`TrustedUser: unknown user ${user}\n`);
  }
  return process.geteuid?.() === 0 ? uid : undefined;
}

export function uidOf(user: string): number | undefined {
  try {
    const entries = readFileSync('/etc/passwd', 'latin1').split('\n');
    const entry = entries.map((line) => line.split(':')).find(([name]) => name === user);
    return entry?.[2] === undefined ? undefined : Number(entry[2]);
  } catch {
    return undefined;
  }
}

/** @throws Failure for a type that sendmail or this package does not have. */
export function checkType(program: string, type: string, mapName: string): void {
  const macro = NOT_COMPILED[type];
  if (macro !== undefined) {
    throw new Failure(EX_CANTCREAT, `${program}: Need to recompile with -D${macro} for ${type} support`);
  }
  if (!TYPES.includes(type)) throw openFailure(program, type, mapName, UNKNOWN_TYPE);
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
  return encodeText((error.cause as NodeJS.ErrnoException | undefined)?.code ? systemText(error.cause) : error.message);
}

/** Which LMDB to write for, by `--lmdb-format` or else MAILMAPS_LMDB_FORMAT; no format: none was asked for. */
export function lmdbFormat(
  option: string | undefined,
  io: Io,
): { readonly format?: MapFormat; readonly complaint?: string } {
  const asked = option ?? io.env.MAILMAPS_LMDB_FORMAT ?? '';
  if (asked === '0.9' || asked === '1.0') return { format: asked };
  return asked === '' && option === undefined ? {} : { complaint: 'LMDB formats are 0.9 and 1.0' };
}
