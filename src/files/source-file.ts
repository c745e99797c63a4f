/**
 * The path of a source file -> the open file; the path of the directory for a new file -> the open directory. A link that
 * another user made is followed only to a file or directory of that user. So a user cannot make root's programs read or write
 * a file that is closed to this user.
 *
 * Nothing waits for a pipe. Errors: MapError `missing`, `unreadable`, `unsafe`.
 */
import { fstatSync, mkdirSync, readFileSync, type Stats } from 'node:fs';
import { basename, dirname } from 'node:path';
import { encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';
import { canExchange, isSame, OpenDirectory } from '../store/directory.ts';
import { release, withUmask } from '../store/file.ts';
import { openDescriptor, statusOf } from '../store/input-file.ts';
import { HeldFiles } from './held-files.ts';

/** The open file; the caller closes it. */
export function openSource(path: string): number {
  return opened(path, (stats) => foreignLink(path, stats));
}

export function readSource(path: string): Buffer {
  return contentOf(path, openSource(path));
}

/** The directory in which a file is made. @throws the system's error; MapError `unsafe` */
export function openPlace(path: string): OpenDirectory {
  return judged(OpenDirectory.open(path));
}

/** As {@link openPlace}; makes the directory, and those above it, unless it is there. */
export function openMadePlace(path: string, mode: number): OpenDirectory {
  make(path, mode);
  return openPlace(path);
}

/**
 * Makes a directory for files of this user alone, unless it is there.
 *
 * @param mode its exact permissions; the umask does not count
 * @throws MapError `unsafe`, also if a user other than root and this one can write in it; the system's error
 */
export function openOwnPlace(path: string, mode: number): OpenDirectory {
  const directory = openMadePlace(path, mode);
  if (!canExchange(directory.stats, 'new')) return directory;
  directory.close();
  const text = `${path} is not used: other users may write in it, and lead our files elsewhere (chown; chmod go-w)`;
  throw new MapError('unsafe', text, { file: path });
}

function make(path: string, mode: number): void {
  if (statusOf(path) !== undefined) return;
  make(dirname(path), mode);
  using above = openPlace(dirname(path));
  withUmask(0, () => mkdirSync(above.at(basename(path)), { recursive: true, mode }));
}

function judged(directory: OpenDirectory): OpenDirectory {
  const { path, stats } = directory;
  try {
    const reason = foreignLink(path, stats);
    if (reason === undefined) return directory;
    throw new MapError('unsafe', `nothing is made in ${path}: ${reason}`, { file: path });
  } catch (error) {
    directory.close();
    throw error;
  }
}

/** A file that is only shown to whoever runs the program: links are followed. @throws MapError, also if it has more bytes */
export function readShown(path: string, mostBytes: number = Number.POSITIVE_INFINITY): Buffer {
  const refusal = ({ size }: Stats): string | undefined =>
    size > mostBytes ? `it has more than ${mostBytes} bytes` : undefined;
  return contentOf(path, opened(path, refusal));
}

function contentOf(path: string, fd: number): Buffer {
  try {
    return readFileSync(fd);
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    release(fd);
  }
}

function opened(path: string, refusal: (stats: Stats) => string | undefined): number {
  const fd = openDescriptor(path);
  try {
    const stats = fstatSync(fd);
    const reason = stats.isFile() || path === '/dev/null' ? refusal(stats) : 'it is no regular file';
    if (reason === undefined) return fd;
    throw new MapError('unsafe', `${path} is not read: ${reason}`, { file: path });
  } catch (error) {
    release(fd);
    throw error instanceof MapError ? error : unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): MapError {
  return new MapError('unreadable', `${path} cannot be read: ${systemText(error)}`, { file: path, cause: error });
}

/**
 * Why the links on a path may not be followed to the open file; undefined: they may. The path is walked once more, by
 * descriptors; it must lead to that file still. @throws the system's error
 */
export function foreignLink(path: string, stats: Stats): string | undefined {
  using held = new HeldFiles();
  const passed = held.passed(encodeText(path));
  if (!isSame(passed.stats, stats)) return 'it was exchanged while it was looked at';
  const trusted = [0, process.geteuid?.(), stats.uid];
  const link = passed.links.find(({ uid }) => !trusted.includes(uid));
  return (
    link &&
    `the link ${link.path} of user ${link.uid} leads to a ${stats.isDirectory() ? 'directory' : 'file'} of user ${stats.uid}`
  );
}
