/**
 * The path of a map -> a descriptor to read it by, its first bytes, what stands at the path now. Nothing waits for a named
 * pipe.
 */
import { constants, openSync, readSync, type Stats, statSync } from 'node:fs';
import { MapError, type MapErrorCode } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';

/** @throws MapError `missing`, `unreadable` */
export function openDescriptor(path: string): number {
  try {
    // Not to hang on a named pipe.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const code: MapErrorCode = missing ? 'missing' : 'unreadable';
    const text = missing ? `${path} does not exist` : `cannot open ${path}: ${systemText(cause)}${whoMay(path, cause)}`;
    throw new MapError(code, text, { file: path, cause });
  }
}

/** Of a file that may not be read: its mode and owner, and who asks. */
export function whoMay(path: string, cause: unknown): string {
  if ((cause as NodeJS.ErrnoException).code !== 'EACCES') return '';
  const stats = statusOf(path);
  const asking = `user ${process.geteuid?.()}, groups ${process.getgroups?.().join(' ')}`;
  if (stats === undefined) return ` (a directory on the way may not be entered by ${asking})`;
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
  return ` (mode ${mode}, owner ${stats.uid}, group ${stats.gid}; asked by ${asking})`;
}

/** A path that leads to an open file, whatever has the file's name by now; not every system has such paths. */
export function pathOf(fd: number): string {
  return `/dev/fd/${fd}`;
}

/** Another descriptor of the file that a descriptor is of; undefined where there is no path to it. */
export function openAgain(fd: number): number | undefined {
  try {
    return openSync(pathOf(fd), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/** The beginning of a file. */
export function readHead(fd: number, size: number): Uint8Array {
  const head = new Uint8Array(size);
  const length = readSync(fd, head, 0, size, 0);
  return head.subarray(0, length);
}

/** undefined: nothing that may be looked at is there. */
export function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
