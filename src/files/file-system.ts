/**
 * The few file system calls that the safety rules need; tests pass a table instead. A failure throws an error with the system's
 * code in `code`.
 */
import { constants, fstatSync, lstatSync, openSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { release } from '../store/file.ts';

const MIN_READ = 4096;

export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** The permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
}

export interface FileSystem {
  lstat(path: string): FileStatus;
  readLink(path: string): string;
  /** The bytes of a regular file, at most `limit`; undefined if there are more. Never waits for a device or FIFO. */
  read(path: string, limit: number): string | undefined;
  /** A view in which each name leads to the file of the first look, until it is released. Absent if nothing changes. */
  hold?(): HeldFileSystem;
}

export type HeldFileSystem = Omit<FileSystem, 'hold'> & Disposable;

export const nodeFileSystem: FileSystem = {
  lstat: (path) => statusOf(lstatSync(pathBytes(path))),
  readLink: (path) => readlinkSync(pathBytes(path), 'latin1'),
  read: (path, limit) => readRegularFile(path, limit),
};

/** A file system in which relative paths start in a directory. */
export function startingIn(directory: string, fs: FileSystem): FileSystem {
  const whole = (path: string): string => (path === '' || path.startsWith('/') ? path : `${directory}/${path}`);
  return {
    lstat: (path) => fs.lstat(whole(path)),
    readLink: (path) => fs.readLink(whole(path)),
    read: (path, limit) => fs.read(whole(path), limit),
    ...(fs.hold && { hold: () => heldIn(whole, fs.hold!()) }),
  };
}

function heldIn(whole: (path: string) => string, held: HeldFileSystem): HeldFileSystem {
  return {
    lstat: (path) => held.lstat(whole(path)),
    readLink: (path) => held.readLink(whole(path)),
    read: (path, limit) => held.read(whole(path), limit),
    [Symbol.dispose]: () => held[Symbol.dispose](),
  };
}

export function pathBytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

export function statusOf(stats: Stats): FileStatus {
  return { kind: kindOf(stats), mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid, links: stats.nlink };
}

function kindOf(stats: Stats): FileStatus['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

/** @param isJudged whether the open file is the one that was judged; if not, the read is a temporary failure */
export function readRegularFile(
  path: string,
  limit: number,
  isJudged: (stats: Stats) => boolean = () => true,
): string | undefined {
  const fd = openSync(pathBytes(path), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw Object.assign(new Error('not a regular file'), { code: 'EINVAL' });
    if (!isJudged(stats)) throw Object.assign(new Error('exchanged'), { code: 'EAGAIN' });
    return stats.size > limit ? undefined : readToEnd(fd, stats.size, limit);
  } finally {
    release(fd);
  }
}

/** The reported size is not enough: files of /proc report 0, other files grow. */
function readToEnd(fd: number, size: number, limit: number): string | undefined {
  let buffer = Buffer.allocUnsafe(size + 1);
  let length = 0;
  for (;;) {
    const count = readSync(fd, buffer, length, buffer.length - length, null);
    if (count === 0) return buffer.toString('latin1', 0, length);
    length += count;
    if (length > limit) return undefined;
    if (length === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(length + MIN_READ)]);
  }
}
