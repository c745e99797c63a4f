/**
 * An aliases file on disk -> its text, if it is safe to believe: what others may write, what is no plain file and what
 * its owner may not read is refused, with sendmail's reasons. `DontBlameSendmail` flags lift what they lift in sendmail.
 *
 * The checks are made on the open file, so it cannot be exchanged after them. Symbolic links are followed, except in
 * folders that others may write.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, realpathSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import type { ByteString } from '../core/bytes.ts';
import { MapError, type MapErrorCode } from '../core/errors.ts';
import { systemText } from './safe-file.ts';

const OWNER_READ = 0o400;
const EXECUTE = 0o111;
const GROUP_WRITE = 0o020;
const WORLD_WRITE = 0o002;
const STICKY = 0o1000;

/** Longest text that fits a string, and far more than anybody's aliases. */
const MAX_SIZE = 0x1fff_ffe8;

/**
 * @param allowed flags of DontBlameSendmail, in lower case
 * @throws MapError `missing`, `unreadable`, `unsafe`, `limit`: the file is the aliases file, the message ends in the reason
 */
export function readAliasFile(path: string, allowed: ReadonlySet<string>): ByteString {
  const fd = openAliasFile(path, allowed);
  try {
    const stats = fstatSync(fd);
    const reason = refusal(stats, allowed);
    if (reason !== undefined) throw refused('unsafe', path, reason);
    if (stats.size > MAX_SIZE) throw refused('limit', path, 'File too large');
    return readFileSync(fd, 'latin1');
  } finally {
    closeSync(fd);
  }
}

function openAliasFile(path: string, allowed: ReadonlySet<string>): number {
  try {
    const isLink = lstatSync(path).isSymbolicLink();
    if (isLink && !allowed.has('linkedaliasfileinwritabledir') && writableFolder(path) !== undefined) {
      throw refused('unsafe', path, 'Symbolic links not allowed');
    }
    // Without O_NONBLOCK a pipe in the place of the file would stop us here.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof MapError) throw error;
    const code = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'unreadable';
    throw refused(code, path, systemText(error), error);
  }
}

function refusal(stats: Stats, allowed: ReadonlySet<string>): string | undefined {
  if (!stats.isFile()) return 'Regular files only';
  if (stats.mode & GROUP_WRITE && !allowed.has('groupwritablealiasfile')) return 'Group writable file';
  if (stats.mode & WORLD_WRITE && !allowed.has('worldwritablealiasfile')) return 'World writable file';
  if (stats.mode & EXECUTE) return 'Executable files not allowed';
  return stats.mode & OWNER_READ ? undefined : 'Permission denied';
}

function refused(code: MapErrorCode, file: string, reason: string, cause?: unknown): MapError {
  return new MapError(code, `cannot open ${file}: ${reason}`, { file, ...(cause === undefined ? {} : { cause }) });
}

/**
 * The first folder on the way to a file that others may write, in sendmail's words. A sticky folder higher up, such as
 * /tmp, is none: in it nobody can put another folder in the place of ours. Links on the way are followed first.
 */
export function writableFolder(path: string): string | undefined {
  const own = realpathSync(dirname(path));
  const parts = own.split('/');
  for (let depth = 1; depth <= parts.length; depth++) {
    const folder = parts.slice(0, depth).join('/') || '/';
    const { mode } = lstatSync(folder);
    if (folder !== own && mode & STICKY) continue;
    if (mode & WORLD_WRITE) return `World writable directory ${folder}`;
    if (mode & GROUP_WRITE) return `Group writable directory ${folder}`;
  }
  return undefined;
}
