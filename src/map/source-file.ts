/**
 * Text files that maps and classes are made of, if they are safe to believe: an aliases file that others may write, what
 * is no plain file and what its owner may not read is refused, with sendmail's reasons. `DontBlameSendmail` flags lift
 * what they lift in sendmail.
 *
 * The checks are made on the open file, so it cannot be exchanged after them. Symbolic links are followed, except to
 * aliases in folders that others may write.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, realpathSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import type { ByteString } from '../core/bytes.ts';
import { MapError, type MapErrorCode } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';

const OWNER_READ = 0o400;
const EXECUTE = 0o111;
const GROUP_WRITE = 0o020;
const WORLD_WRITE = 0o002;
const STICKY = 0o1000;

/** Longest text that fits a string, and far more than anybody's aliases. */
const MAX_SIZE = 0x1fff_ffe8;

/** Flags of DontBlameSendmail, in lower case. */
export type Allowed = ReadonlySet<string>;

/** A folder that others may write. */
export interface WritableFolder {
  readonly path: string;
  /** `World writable directory` */
  readonly reason: string;
}

/**
 * @throws MapError `missing`, `unreadable`, `unsafe`, `limit`: the file is the aliases file, the message ends in the reason
 */
export function readAliasFile(path: string, allowed: Allowed): Buffer {
  if (isLink(path) && !allowed.has('linkedaliasfileinwritabledir') && writableFolder(path, allowed) !== undefined) {
    throw refused('unsafe', path, 'Symbolic links not allowed');
  }
  return readChecked(path, (stats) => aliasRefusal(stats, allowed));
}

/** Where it cannot be looked at it cannot be opened either, and then the reason is told. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/**
 * A file of class members: of folders above it that others may write, sendmail believes none.
 *
 * @throws MapError as {@link readAliasFile}
 */
export function readClassFile(path: string, allowed: Allowed): ByteString {
  const folder = allowed.has('classfileinunsafedirpath') ? undefined : writableFolder(path, allowed);
  if (folder !== undefined) throw refused('unsafe', path, folder.reason);
  return readChecked(path, () => undefined).toString('latin1');
}

function readChecked(path: string, refusal: (stats: Stats) => string | undefined): Buffer {
  const fd = open(path);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw refused('unsafe', path, 'Regular files only');
    const reason = refusal(stats) ?? (stats.mode & OWNER_READ ? undefined : 'Permission denied');
    if (reason !== undefined) throw refused('unsafe', path, reason);
    if (stats.size > MAX_SIZE) throw refused('limit', path, 'File too large');
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function open(path: string): number {
  try {
    // Without O_NONBLOCK a pipe in the place of the file would stop us here.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw notReached(path, error);
  }
}

function notReached(path: string, error: unknown): MapError {
  const code = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'unreadable';
  return refused(code, path, systemText(error), error);
}

function aliasRefusal(stats: Stats, allowed: Allowed): string | undefined {
  if (stats.mode & GROUP_WRITE && !allowed.has('groupwritablealiasfile')) return 'Group writable file';
  if (stats.mode & WORLD_WRITE && !allowed.has('worldwritablealiasfile')) return 'World writable file';
  return stats.mode & EXECUTE ? 'Executable files not allowed' : undefined;
}

function refused(code: MapErrorCode, file: string, reason: string, cause?: unknown): MapError {
  return new MapError(code, `cannot open ${file}: ${reason}`, { file, ...(cause === undefined ? {} : { cause }) });
}

/**
 * The first folder on the way to a file that others may write. A sticky folder higher up, such as /tmp, is none: in it
 * nobody can put another folder in the place of ours. Links on the way are followed first.
 *
 * @throws MapError `missing`, `unreadable` for a way that leads nowhere
 */
export function writableFolder(file: string, allowed: Allowed): WritableFolder | undefined {
  try {
    return firstWritable(realpathSync.native(`${dirname(file)}/`), allowed);
  } catch (error) {
    // sendmail's word for what is no folder
    const isFile = (error as NodeJS.ErrnoException).code === 'ENOTDIR';
    throw notReached(file, isFile ? Object.assign(new Error(), { code: 'EACCES' }) : error);
  }
}

function firstWritable(own: string, allowed: Allowed): WritableFolder | undefined {
  const parts = own.split('/');
  const writers = WORLD_WRITE | (allowed.has('groupwritabledirpathsafe') ? 0 : GROUP_WRITE);
  for (let depth = 1; depth <= parts.length; depth++) {
    const path = parts.slice(0, depth).join('/') || '/';
    const { mode } = lstatSync(path);
    if (mode & STICKY && (path !== own || allowed.has('truststickybit'))) continue;
    if (mode & writers) return { path, reason: `${mode & WORLD_WRITE ? 'World' : 'Group'} writable directory` };
  }
  return undefined;
}
