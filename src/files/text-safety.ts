/**
 * A path -> the text of a source file of maps and classes, if it is safe to trust. Refuses an aliases file that others may
 * write, anything but a regular file, and a file that its owner may not read, with sendmail's reasons. A DontBlameSendmail flag
 * lifts the same rule as in sendmail.
 *
 * Checks the open file, so it cannot be exchanged after the check. Follows symbolic links, except to aliases in directories
 * that others may write.
 */
import {
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import type { ByteString } from '../core/bytes.ts';
import { MapError, type MapErrorCode } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';
import { isSame, O_PATH, type OpenDirectory } from '../store/directory.ts';
import { release } from '../store/file.ts';
import { pathOf } from '../store/input-file.ts';
import { directoriesTo, directoryOf, holdDirectory, type PassedDirectory, WRITABLE, writersOf } from './directories.ts';
import { foreignLink } from './source-file.ts';

const OWNER_READ = 0o400;
const OWNER_READ_WRITE = 0o600;
const EXECUTE = 0o111;
const GROUP_WRITE = 0o020;
const WORLD_WRITE = 0o002;
const STICKY = 0o1000;
const EXCHANGED = 'its directory was exchanged while it was looked at';

/** The longest string of Node. No aliases file comes near it. */
const MAX_SIZE = 0x1fff_ffe8;

/** A hundred times the size of any sendmail.cf. */
const MAX_CF_BYTES = 16 << 20;
const CF_CHUNK_BYTES = 64 << 10;

/** Flags of DontBlameSendmail, in lower case. */
export type Allowed = ReadonlySet<string>;

/** A directory that others may write. */
export interface WritableDirectory {
  readonly path: string;
  /** `World writable directory` */
  readonly reason: string;
}

/**
 * @param warn Called once for every directory on the path that others may write, and once more if the owner may not write the
 * file, because sendmail tries to open it for writing first.
 * @throws MapError `missing`, `unreadable`, `unsafe`, `limit`: its file is the aliases file, and its message ends in the reason
 */
export function readAliasFile(
  path: string,
  allowed: Allowed,
  warn: (found: WritableDirectory) => void,
  directory?: OpenDirectory,
): Buffer {
  const file = fileIn(directory, path);
  const found = lookAt(file);
  const linksAllowed = allowed.has('linkedaliasfileinwritabledir');
  const writable: WritableDirectory[] = [];
  // If links are allowed, sendmail does not check first whether the file exists.
  if (found !== undefined || linksAllowed) {
    for (const passed of writableDirectories(path, allowed, directory)) {
      writable.push(passed);
      warn(passed);
    }
  }
  const isLinkRefused = writable.length > 0 && !linksAllowed;
  if (isLinkRefused && found?.isSymbolicLink()) {
    throw existsSync(file)
      ? refused('unsafe', path, 'Symbolic links not allowed')
      : notReached(path, { code: 'ENOENT' });
  }
  const wasFile = isLinkRefused && found !== undefined;
  return readChecked({ path, file, flags: wasFile ? constants.O_NOFOLLOW : 0 }, (stats) => {
    const refusal = aliasRefusal(stats, allowed) ?? foreignLink(path, stats);
    if (refusal === undefined && (~stats.mode & OWNER_READ_WRITE) !== 0) writable.forEach(warn);
    return refusal;
  });
}

/** The name to open a file by: through its directory, if that is held open. */
function fileIn(directory: OpenDirectory | undefined, path: string): string {
  return directory === undefined ? path : directory.at(basename(path));
}

/** Undefined if the status cannot be read; opening the file then gives the reason. */
function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Reads a sendmail.cf, which may be a pipe of root or of this process's user. Checks no permissions: each caller prints its own
 * warnings.
 *
 * @param judge called with the status of the open file; it may warn or throw
 * @throws Error of the system; EFBIG for a file without an end
 */
export function readCfFile(path: string, judge: (stats: Stats) => void = () => undefined): ByteString {
  const fd = openCf(path);
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

/** Waits for the writer of a pipe, unless another user made it and its name. @throws Error of the system */
function openCf(path: string): number {
  // not opened for reading yet: a writer that is quick would be gone before it is waited for
  if (statSync(path).isFIFO()) return openPipe(path);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  if (!fstatSync(fd).isFIFO()) return fd;
  release(fd);
  throw Object.assign(new Error(), { code: 'EACCES' });
}

function openPipe(path: string): number {
  const held = openSync(path, O_PATH);
  try {
    const isOurs = [0, process.geteuid?.()].includes(fstatSync(held).uid);
    if (!isOurs && isNamed(held)) throw Object.assign(new Error(), { code: 'EACCES' });
    return openSync(existsSync(pathOf(held)) ? pathOf(held) : path, 'r');
  } finally {
    release(held);
  }
}

/** Linux gives a pipe of a shell no path: `pipe:[INODE]`. */
function isNamed(fd: number): boolean {
  try {
    return !readlinkSync(pathOf(fd)).startsWith('pipe:[');
  } catch {
    return true;
  }
}

/**
 * Reads a class file. Refuses it if a directory above it is group- or world-writable.
 *
 * @throws MapError as {@link readAliasFile}
 */
export function readClassFile(path: string, allowed: Allowed): ByteString {
  using directory = holdDirectory(path);
  const [found] = allowed.has('classfileinunsafedirpath') ? [] : [...writableDirectories(path, allowed, directory)];
  if (found !== undefined) throw refused('unsafe', path, found.reason);
  return readChecked({ path, file: fileIn(directory, path), flags: 0 }, () => undefined).toString('latin1');
}

/** A file: the name for messages, and the name to open it by. */
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
    // Without O_NONBLOCK a pipe in the place of the file would block this process.
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
  return new MapError(code, `cannot open ${file}: ${reason}`, {
    file,
    reason,
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * The directories on the path of a file that others may write. A sticky directory higher up, such as /tmp, does not count: in
 * it nobody can replace our directory.
 *
 * @param asDaemon as sendmail's daemon: sticky directories count too, and of a relative path only the directories in it
 * @throws MapError `missing`, `unreadable` for a path that leads nowhere, after the directories before that point
 */
export function* writableDirectories(
  file: string,
  allowed: Allowed,
  held?: OpenDirectory,
  asDaemon = false,
): Generator<WritableDirectory> {
  let last: PassedDirectory | undefined;
  try {
    for (const passed of directoriesTo(directoryOf(isAbsolute(file) || asDaemon ? file : `${process.cwd()}/${file}`))) {
      if (last !== undefined) yield* ifWritable(last, !asDaemon, allowed);
      last = passed;
    }
    if (held !== undefined && !isSame(last!.stats, held.stats)) throw refused('unsafe', file, EXCHANGED);
    if (!last!.stats.isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
  } catch (error) {
    if (error instanceof MapError) throw error;
    if (last !== undefined) yield* ifWritable(last, !asDaemon, allowed);
    // sendmail's word for a path component that is not a directory.
    const isFile = (error as NodeJS.ErrnoException).code === 'ENOTDIR';
    throw notReached(file, isFile ? Object.assign(new Error(), { code: 'EACCES' }) : error);
  }
  yield* ifWritable(last!, false, allowed);
}

function ifWritable({ path, stats }: PassedDirectory, trustsSticky: boolean, allowed: Allowed): WritableDirectory[] {
  if ((stats.mode & STICKY) !== 0 && (trustsSticky || allowed.has('truststickybit'))) return [];
  const writers = writersOf({ path, stats });
  if (writers === undefined || (writers === 'group' && allowed.has('groupwritabledirpathsafe'))) return [];
  return [{ path, reason: WRITABLE[writers] }];
}
