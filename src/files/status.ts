/** A path -> one word for the file there and its content. Errors: none; a failure gives the system's error code as the word. */
import { type BigIntStats, lstatSync, statSync } from 'node:fs';

/** The word for a path where nothing exists, or a link dangles. */
export const ABSENT = 'absent';

/** Changes whenever the path leads to another file or other content; {@link ABSENT}; or the code of the failure. */
export function statusWord(path: string): string {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? ABSENT : wordOf(stats);
  } catch (error) {
    return systemWord(error);
  }
}

export function wordOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

/** The directory that a path leads to: its device and inode. */
export function directoryWord(path: string): string {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? ABSENT : `${stats.dev}:${stats.ino}`;
  } catch (error) {
    return systemWord(error);
  }
}

/** True if anything has this name, also a dangling link, and also if this process may not look at it. */
export function hasName(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

export function systemWord(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
