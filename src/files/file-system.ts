/**
 * The few calls of a file system that the safety rules are written over; tests give them a table instead.
 * Failures are thrown with the system's code in `code`.
 */
import { constants, fstatSync, lstatSync, openSync, readlinkSync, readSync, type Stats, statSync } from 'node:fs';
import { release } from '../store/identify.ts';

export interface FileStatus {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** The permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
}

export interface FileSystem {
  lstat(path: string): FileStatus;
  stat(path: string): FileStatus;
  readLink(path: string): string;
  /** The bytes of a regular file, at most `limit`; undefined when there are more. Never waits for a device or FIFO. */
  read(path: string, limit: number): string | undefined;
}

export const nodeFileSystem: FileSystem = {
  lstat: (path) => statusOf(lstatSync(bytes(path))),
  stat: (path) => statusOf(statSync(bytes(path))),
  readLink: (path) => readlinkSync(bytes(path), 'latin1'),
  read: readRegularFile,
};

/** A file system in which relative paths start in a folder. */
export function startingIn(folder: string, fs: FileSystem): FileSystem {
  const whole = (path: string): string => (path === '' || path.startsWith('/') ? path : `${folder}/${path}`);
  return {
    lstat: (path) => fs.lstat(whole(path)),
    stat: (path) => fs.stat(whole(path)),
    readLink: (path) => fs.readLink(whole(path)),
    read: (path, limit) => fs.read(whole(path), limit),
  };
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

function statusOf(stats: Stats): FileStatus {
  return { kind: kindOf(stats), mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid, links: stats.nlink };
}

function kindOf(stats: Stats): FileStatus['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

function readRegularFile(path: string, limit: number): string | undefined {
  const fd = openSync(bytes(path), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw Object.assign(new Error('not a regular file'), { code: 'EINVAL' });
    if (stats.size > limit) return undefined;
    const buffer = Buffer.allocUnsafe(stats.size + 1);
    let length = 0;
    for (let n = 1; n > 0 && length < buffer.length; length += n)
      n = readSync(fd, buffer, length, buffer.length - length, null);
    return buffer.toString('latin1', 0, Math.min(length, limit));
  } finally {
    release(fd);
  }
}
