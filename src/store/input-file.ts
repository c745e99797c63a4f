/**
 * The path of a map -> a descriptor for reading, its first bytes, and the present status of the path. Nothing blocks
 * on a named pipe.
 */
import { constants, openSync, readSync, type Stats, statSync } from 'node:fs';
import { MapError, type MapErrorCode } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';

/** @throws MapError `missing`, `unreadable` */
export function openDescriptor(path: string): number {
  try {
    // O_NONBLOCK: not to block on a named pipe.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const code: MapErrorCode = missing ? 'missing' : 'unreadable';
    const text = missing
      ? `${path} does not exist`
      : `cannot open ${path}: ${systemText(cause)}${describeAccess(path, cause)}`;
    throw new MapError(code, text, { file: path, cause });
  }
}

/** For a file that may not be read: its mode and owner, and the user and groups of this process. */
export function describeAccess(path: string, cause: unknown): string {
  if ((cause as NodeJS.ErrnoException).code !== 'EACCES') return '';
  const stats = statusOf(path);
  const asking = `user ${process.geteuid?.()}, groups ${process.getgroups?.().join(' ')}`;
  if (stats === undefined) return ` (a directory in the path may not be entered by ${asking})`;
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
  return ` (mode ${mode}, owner ${stats.uid}, group ${stats.gid}; asked by ${asking})`;
}

/** A path to an open file, even if its name goes to another file; not every system has such paths. */
export function pathOf(fd: number): string {
  return `/dev/fd/${fd}`;
}

/** Another descriptor of an open file; undefined: there is no path to it. */
export function openAgain(fd: number): number | undefined {
  try {
    return openSync(pathOf(fd), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/** The first bytes of a file. */
export function readHead(fd: number, size: number): Uint8Array {
  const head = new Uint8Array(size);
  const length = readSync(fd, head, 0, size, 0);
  return head.subarray(0, length);
}

/** undefined: nothing is there, or its status cannot be read. */
export function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
