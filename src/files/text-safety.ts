/**
 * Text files that maps and classes are made of, if they are safe to believe: an aliases file that others may write, what
 * is no plain file and what its owner may not read is refused, with sendmail's reasons. `DontBlameSendmail` flags lift
 * what they lift in sendmail.
 *
 * The checks are made on the open file, so it cannot be exchanged after them. Symbolic links are followed, except to
 * aliases in folders that others may write.
 */
import { constants, existsSync, fstatSync, lstatSync, openSync, readFileSync, readSync, type Stats } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import type { ByteString } from '../core/bytes.ts';
import { MapError, type MapErrorCode } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';
import { isSame, type OpenDirectory } from '../store/directory.ts';
import { release } from '../store/identify.ts';
import { folderOf, foldersTo, holdDirectory, type PassedFolder, writersOf } from './directories.ts';

const OWNER_READ = 0o400;
const OWNER_READ_WRITE = 0o600;
const EXECUTE = 0o111;
const GROUP_WRITE = 0o020;
const WORLD_WRITE = 0o002;
const STICKY = 0o1000;
const EXCHANGED = 'its directory was exchanged while it was looked at';

/** Longest text that fits a string, and far more than anybody's aliases. */
const MAX_SIZE = 0x1fff_ffe8;

/** A hundred times what any sendmail.cf has. */
const MAX_CF_BYTES = 16 << 20;
const CF_CHUNK_BYTES = 64 << 10;

/** Flags of DontBlameSendmail, in lower case. */
export type Allowed = ReadonlySet<string>;

/** A folder that others may write. */
export interface WritableFolder {
  readonly path: string;
  /** `World writable directory` */
  readonly reason: string;
}

/**
 * @param warn Told of every folder on the way that others may write: once, and once more where the owner may not write
 * the text, for sendmail tries to open it for that first.
 * @throws MapError `missing`, `unreadable`, `unsafe`, `limit`: the file is the aliases file, the message ends in the reason
 */
export function readAliasFile(
  path: string,
  allowed: Allowed,
  warn: (folder: WritableFolder) => void,
  directory?: OpenDirectory,
): Buffer {
  const file = fileIn(directory, path);
  const found = lookAt(file);
  const linksAllowed = allowed.has('linkedaliasfileinwritabledir');
  const folders: WritableFolder[] = [];
  // Where links are no matter, sendmail does not look first whether there is a file.
  if (found !== undefined || linksAllowed) {
    for (const folder of writableFolders(path, allowed, directory)) {
      folders.push(folder);
      warn(folder);
    }
  }
  const isLinkRefused = folders.length > 0 && !linksAllowed;
  if (isLinkRefused && found?.isSymbolicLink()) {
    throw existsSync(file)
      ? refused('unsafe', path, 'Symbolic links not allowed')
      : notReached(path, { code: 'ENOENT' });
  }
  const wasFile = isLinkRefused && found !== undefined;
  return readChecked({ path, file, flags: wasFile ? constants.O_NOFOLLOW : 0 }, (stats) => {
    const refusal = aliasRefusal(stats, allowed);
    if (refusal === undefined && (~stats.mode & OWNER_READ_WRITE) !== 0) folders.forEach(warn);
    return refusal;
  });
}

/** Where to find a file: in its directory, if that is held. */
function fileIn(directory: OpenDirectory | undefined, path: string): string {
  return directory === undefined ? path : directory.at(basename(path));
}

/** undefined: it is not to be looked at, and opening it will say why. */
function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/**
 * A sendmail.cf, which may come out of a pipe. No words about its safety: each program has its own.
 *
 * @param judge what the program says of the open file, and may refuse
 * @throws Error of the system, EFBIG for what does not end
 */
export function readCfFile(path: string, judge: (stats: Stats) => void = () => undefined): ByteString {
  const fd = openSync(path, 'r');
  try {
    judge(fstatSync(fd));
    const chunks: Buffer[] = [];
    for (let size = 0; size <= MAX_CF_BYTES; ) {
      const chunk = Buffer.allocUnsafe(CF_CHUNK_BYTES);
      const length = readSync(fd, chunk);
      if (length === 0) return Buffer.concat(chunks).toString('latin1');
      chunks.push(chunk.subarray(0, length));
      size += length;
    }
    throw Object.assign(new Error(), { code: 'EFBIG' });
  } finally {
    release(fd);
  }
}

/**
 * A file of class members: of folders above it that others may write, sendmail believes none.
 *
 * @throws MapError as {@link readAliasFile}
 */
export function readClassFile(path: string, allowed: Allowed): ByteString {
  using directory = holdDirectory(path);
  const [folder] = allowed.has('classfileinunsafedirpath') ? [] : [...writableFolders(path, allowed, directory)];
  if (folder !== undefined) throw refused('unsafe', path, folder.reason);
  return readChecked({ path, file: fileIn(directory, path), flags: 0 }, () => undefined).toString('latin1');
}

/** A file by the name that messages give it, and by that which it is opened by. */
interface NamedFile {
  readonly path: string;
  readonly file: string;
  readonly flags: number;
}

function readChecked({ path, file, flags }: NamedFile, refusal: (stats: Stats) => string | undefined): Buffer {
  const fd = open(path, file, flags);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw refused('unsafe', path, 'Regular files only');
    const reason = refusal(stats) ?? (stats.mode & OWNER_READ ? undefined : 'Permission denied');
    if (reason !== undefined) throw refused('unsafe', path, reason);
    if (stats.size > MAX_SIZE) throw refused('limit', path, 'File too large');
    return readFileSync(fd);
  } catch (error) {
    throw error instanceof MapError ? error : notReached(path, error);
  } finally {
    release(fd);
  }
}

function open(path: string, file: string, flags: number): number {
  try {
    // Without O_NONBLOCK a pipe in the place of the file would stop us here.
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | flags);
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
 * The folders on the way to a file that others may write. A sticky folder higher up, such as /tmp, is none: in it nobody
 * can put another folder in the place of ours.
 *
 * @throws MapError `missing`, `unreadable` for a way that leads nowhere, after what it passed
 */
export function* writableFolders(file: string, allowed: Allowed, held?: OpenDirectory): Generator<WritableFolder> {
  let last: PassedFolder | undefined;
  try {
    for (const passed of foldersTo(folderOf(isAbsolute(file) ? file : `${process.cwd()}/${file}`))) {
      if (last !== undefined) yield* ifWritable(last, true, allowed);
      last = passed;
    }
    if (held !== undefined && !isSame(last!.stats, held.stats)) throw refused('unsafe', file, EXCHANGED);
    if (!last!.stats.isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
  } catch (error) {
    if (error instanceof MapError) throw error;
    if (last !== undefined) yield* ifWritable(last, true, allowed);
    // sendmail's word for what is no folder
    const isFile = (error as NodeJS.ErrnoException).code === 'ENOTDIR';
    throw notReached(file, isFile ? Object.assign(new Error(), { code: 'EACCES' }) : error);
  }
  yield* ifWritable(last!, false, allowed);
}

function ifWritable({ path, stats }: PassedFolder, isHigher: boolean, allowed: Allowed): WritableFolder[] {
  if ((stats.mode & STICKY) !== 0 && (isHigher || allowed.has('truststickybit'))) return [];
  const reason = writersOf({ path, stats });
  if (reason === undefined || (reason.startsWith('Group') && allowed.has('groupwritabledirpathsafe'))) return [];
  return [{ path, reason }];
}
