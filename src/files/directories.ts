/**
 * The path of a file -> every directory on it, from the top, through links, named by the part of the path that leads to it: of
 * `./w//e` these are `.`, `./w`, `./w/` and `./w//e`.
 *
 * Opens nothing. Source: the directory walk of sendmail 8.17, which names directories in its warnings.
 */
import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { isAbsolute } from 'node:path';
import { MapError } from '../core/errors.ts';
import { OpenDirectory } from '../store/directory.ts';

/** Linux follows at most this many links in one path. */
const MAX_LINKS = 40;

export interface PassedDirectory {
  readonly path: string;
  readonly stats: Stats;
}

/** @throws the system's errors */
export function* directoriesTo(directory: string): Generator<PassedDirectory> {
  let links = 0;
  let passed: string[] = [];
  const pending = directory.split('/');
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

/** The directory part of a path, as written there. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : withoutLastSlashes(path.slice(0, slash + 1));
}

/**
 * Opens the directory of a file; undefined if that fails. @throws MapError `unsafe` if the open directory is not the named one
 */
export function holdDirectory(path: string): OpenDirectory | undefined {
  try {
    return OpenDirectory.open(directoryOf(path));
  } catch (error) {
    if (error instanceof MapError) throw error;
    return undefined;
  }
}

/** `/` itself stays. */
export function withoutLastSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end--;
  return path.slice(0, end);
}

/** Those who may write a directory beside its owner. */
export type Writers = 'group' | 'world';

/** sendmail's words for a directory that they may write. */
export const WRITABLE: Readonly<Record<Writers, string>> = {
  group: 'Group writable directory',
  world: 'World writable directory',
};

/** The other users that may write a directory. `.` and `..` are not checked. */
export function writersOf({ path, stats }: PassedDirectory): Writers | undefined {
  if (!stats.isDirectory() || /\/\.\.?$/.test(path)) return undefined;
  if ((stats.mode & 0o002) !== 0) return 'world';
  return (stats.mode & 0o020) !== 0 ? 'group' : undefined;
}
