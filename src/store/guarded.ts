/**
 * Can somebody put another file in the place of one that we have just made in a folder? Files that are opened by name,
 * as the `lmdb` package opens them, are safe only where nobody can.
 */
import { lstatSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** Whether the folder, and every one above it, is in the hands of root and of this user alone, or sticky. */
export function isGuarded(folder: string): boolean {
  const own = process.geteuid?.() ?? 0;
  for (let path = realpathSync(folder); ; path = dirname(path)) {
    const { uid, mode } = lstatSync(path);
    if (uid !== 0 && uid !== own) return false;
    if (mode & OTHERS_WRITE && !(mode & STICKY)) return false;
    if (path === dirname(path)) return true;
  }
}
