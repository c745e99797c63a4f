/**
 * Helps every reader and writer of files: names the type of a file in messages, closes a file without an error, and makes files
 * under another umask.
 */
import { close, closeSync, type Stats } from 'node:fs';

/** "a directory", "a symbolic link" and so on, for messages. */
export function nameType(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** Closes a descriptor that was only read, or has been synced: a failure has no effect. */
export function release(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // The descriptor is closed in any case.
  }
}

/** As `release`, soon after and in another thread: to free a large file that was replaced takes the system 15 ms. */
export function releaseSoon(fd: number): void {
  close(fd, () => {});
}

/** Runs `work`, which ends before it returns, with another umask. */
export function withUmask<T>(mask: number, work: () => T): T {
  const before = process.umask(mask);
  try {
    return work();
  } finally {
    process.umask(before);
  }
}
