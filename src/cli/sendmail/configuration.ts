/**
 * Which map a program of sendmail's is to make or read, and for whom: its type and format, sendmail.cf, TrustedUser, and
 * where alias files are without one.
 */
import { DiskSources } from '../../config/disk-sources.ts';
import { SYSTEM_USERS } from '../../config/options.ts';
import { systemUsers } from '../../config/system-users.ts';
import { decodeText } from '../../core/bytes.ts';
import { EX_CANTCREAT, EX_NOINPUT, EX_TEMPFAIL } from '../../core/sysexits.ts';
import { systemText } from '../../core/system-error.ts';
import { readCfFile } from '../../files/text-safety.ts';
import { mapClassOf } from '../../source/cf/map-classes.ts';
import { type MapSettings, readMapSettings } from '../../source/cf/scan.ts';
import type { MapFormat } from '../../store/lmdb/layout.ts';
import type { Io } from '../program/io.ts';
import { Failure, openFailure, UNKNOWN_TYPE } from './failure.ts';

export const DEFAULT_CF = '/etc/mail/sendmail.cf';
/** Where aliases are when no sendmail.cf says so: in the first that exists, or else the last. */
export const USUAL_ALIAS_FILES: readonly string[] = ['/etc/mail/aliases', '/etc/aliases'];

/** The configuration file that a program is to read. */
export interface Configuration {
  readonly path: string;
  readonly exists: boolean;
  readonly settings: MapSettings;
}

export const NO_CONFIGURATION: Configuration = { path: DEFAULT_CF, exists: false, settings: readMapSettings('') };

/**
 * Reads sendmail.cf. One that was named has to exist; without the usual one we go on, for a machine without sendmail is
 * the normal case here (sendmail's programs stop).
 */
export function readConfiguration(program: string, named: string | undefined): Configuration {
  const path = named ?? DEFAULT_CF;
  try {
    return { path, exists: true, settings: readMapSettings(readCfFile(decodeText(path))) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EISDIR' && named !== undefined)
      throw new Failure(EX_NOINPUT, `${program}: ${path}: ${systemText(error)}`);
    return { path, exists: code === 'EISDIR', settings: readMapSettings('') };
  }
}

/** The user that owns maps which root makes. The last that exists counts. @throws Failure where that cannot be told */
export function trustedUid(settings: MapSettings, io: Io): number | undefined {
  let uid: number | undefined;
  for (const user of settings.trustedUsers) {
    uid = systemUid(user);
    if (uid === undefined) io.err(`TrustedUser: unknown user ${user}\n`);
  }
  return process.geteuid?.() === 0 ? uid : undefined;
}

/** A user's id on this system. @throws Failure where that cannot be told for now */
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

/** Which LMDB to write for, by `--lmdb-format` or else MAILMAPS_LMDB_FORMAT; no format: none was asked for. */
export function lmdbFormat(
  option: string | undefined,
  io: Io,
): { readonly format?: MapFormat; readonly complaint?: string } {
  const asked = option ?? io.env.MAILMAPS_LMDB_FORMAT ?? '';
  if (asked === '0.9' || asked === '1.0') return { format: asked };
  return asked === '' && option === undefined ? {} : { complaint: 'LMDB formats are 0.9 and 1.0' };
}
