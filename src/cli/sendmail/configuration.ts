/**
 * The options of one of sendmail's programs -> its configuration: type and format of the map, sendmail.cf, TrustedUser, and the
 * alias files if there is no sendmail.cf.
 */
import { DiskSources } from '../../config/disk-sources.ts';
import { SYSTEM_USERS } from '../../config/options.ts';
import { systemUsers } from '../../config/system-users.ts';
import { decodeText } from '../../core/bytes.ts';
import { EX_CANTCREAT, EX_NOINPUT, EX_TEMPFAIL } from '../../core/sysexits.ts';
import { systemText } from '../../core/system-error.ts';
import { readCfFile } from '../../files/text-safety.ts';
import { mapClassOf } from '../../source/cf/map-classes.ts';
import { type ScannedCf, scanCf } from '../../source/cf/scan.ts';
import type { MapFormat } from '../../store/lmdb/layout.ts';
import type { Io } from '../program/io.ts';
import { Failure, openFailure, UNKNOWN_TYPE } from './failure.ts';

export const DEFAULT_CF = '/etc/mail/sendmail.cf';
/** Alias files without a sendmail.cf: the first name that exists, also as a dangling link; if none exists, the last one. */
export const USUAL_ALIAS_FILES: readonly string[] = ['/etc/mail/aliases', '/etc/aliases'];

/** The configuration file of a program. */
export interface Configuration {
  readonly path: string;
  readonly exists: boolean;
  readonly settings: ScannedCf;
}

export const NO_CONFIGURATION: Configuration = { path: DEFAULT_CF, exists: false, settings: scanCf('') };

/**
 * Reads sendmail.cf. A named file must exist. Without the usual one we go on, because a machine without sendmail is the normal
 * case here; sendmail's programs stop.
 */
export function readConfiguration(program: string, named: string | undefined): Configuration {
  const path = named ?? DEFAULT_CF;
  try {
    return { path, exists: true, settings: scanCf(readCfFile(decodeText(path))) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EISDIR' && named !== undefined)
      throw new Failure(EX_NOINPUT, `${program}: ${path}: ${systemText(error)}`);
    return { path, exists: code === 'EISDIR', settings: scanCf('') };
  }
}

/** The owner of maps that root makes. The last TrustedUser that exists counts. @throws Failure if users cannot be looked up */
export function trustedUid(settings: ScannedCf, io: Io): number | undefined {
  let uid: number | undefined;
  for (const user of settings.trustedUsers) {
    uid = systemUid(user);
    if (uid === undefined) io.err(`TrustedUser: unknown user ${user}\n`);
  }
  return process.geteuid?.() === 0 ? uid : undefined;
}

/** The id of a user of this system. @throws Failure if it cannot be looked up now */
export function systemUid(user: string): number | undefined {
  let reason = '';
  const sources = new DiskSources({
    onReload: () => undefined,
    onProblem: ({ message }) => {
      reason = `: ${message}`;
    },
  });
  const uid = systemUsers(SYSTEM_USERS, sources, () => false).trusted(user);
  if (uid !== 'tempFail') return uid;
  throw new Failure(EX_TEMPFAIL, `TrustedUser: cannot tell who ${user} is${reason}`);
}

/** @throws Failure for a type that sendmail or this package does not have. */
export function checkType(program: string, type: string, mapName: string): void {
  const { isMade = false, needs: macro } = mapClassOf(type) ?? {};
  if (macro !== undefined) {
    throw new Failure(EX_CANTCREAT, `${program}: Need to recompile with -D${macro} for ${type} support`);
  }
  if (!isMade) throw openFailure(program, type, mapName, UNKNOWN_TYPE);
}

/** The LMDB format to write, by `--lmdb-format` or else MAILMAPS_LMDB_FORMAT; undefined if neither is given. */
export function lmdbFormat(
  option: string | undefined,
  io: Io,
): { readonly format?: MapFormat; readonly complaint?: string } {
  const asked = option ?? io.env.MAILMAPS_LMDB_FORMAT ?? '';
  if (asked === '0.9' || asked === '1.0') return { format: asked };
  return asked === '' && option === undefined ? {} : { complaint: 'LMDB formats are 0.9 and 1.0' };
}
