/**
 * The way to a file -> every folder on it, from the top, through links, named by as much of the path as leads to it: of
 * `./w//e` these are `.`, `./w`, `./w/` and `./w//e`.
 *
 * The walk opens nothing. Defined by the walk of sendmail 8.17, which names folders in its warnings.
 */
import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { isAbsolute } from 'node:path';
import { MapError } from '../core/errors.ts';
import { OpenDirectory } from '../store/directory.ts';

/** As many links as the kernel follows in one path. */
const MAX_LINKS = 40;

export interface PassedFolder {
  readonly path: string;
  readonly stats: Stats;
}

/** @throws the system's errors */
export function* foldersTo(folder: string): Generator<PassedFolder> {
  let links = 0;
  let passed: string[] = [];
  const pending = folder.split('/');
  while (pending.length > 0) {
    passed.push(pending.shift()!);
    const path = passed.join('/');
    if (path === '') continue;
    const stats = lstatSync(path);
    if (!stats.isSymbolicLink()) {
      yield { path, stats };
      continue;
    }
    if (++links > MAX_LINKS) throw Object.assign(new Error('too many links'), { code: 'ELOOP' });
    const target = readlinkSync(path);
    pending.unshift(...withoutLastSlashes(target).split('/'));
    passed = isAbsolute(target) ? [] : passed.slice(0, -1);
  }
}

/** The folder that a path names, as it is written there. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : withoutLastSlashes(path.slice(0, slash + 1));
}

/** Opens the directory of a file; undefined: it cannot be opened. @throws MapError `unsafe` where it cannot be held */
export function holdDirectory(path: string): OpenDirectory | undefined {
  try {
    return OpenDirectory.open(folderOf(path));
  } catch (error) {
    if (error instanceof MapError) throw error;
    return undefined;
  }
}

/** `/` stays. */
export function withoutLastSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end--;
  return path.slice(0, end);
}

/** What is said of a folder that others may write: `World writable directory`; `.` and `..` are not looked at. */
export function writersOf({ path, stats }: PassedFolder): string | undefined {
  if (!stats.isDirectory() || /\/\.\.?$/.test(path)) return undefined;
  if ((stats.mode & 0o002) !== 0) return 'World writable directory';
  return (stats.mode & 0o020) !== 0 ? 'Group writable directory' : undefined;
}
