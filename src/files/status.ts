/** A path -> in one word which file stands there and which content it has. Errors: none, the system's code is the word. */
import { type BigIntStats, lstatSync, statSync } from 'node:fs';

/** Nothing stands at the path, or a link that leads nowhere. */
export const ABSENT = 'absent';

/** Changes whenever another file, or another content, is at the path; {@link ABSENT}; or why it cannot be looked at. */
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

/** Which directory a path leads to: its device and inode. */
export function directoryWord(path: string): string {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? ABSENT : `${stats.dev}:${stats.ino}`;
  } catch (error) {
    return systemWord(error);
  }
}

/** Whether a link is there that leads nowhere. */
export function isDangling(path: string): boolean {
  try {
    return statusWord(path) === ABSENT && lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

export function systemWord(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
