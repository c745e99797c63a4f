/**
 * Is it safe to make or read this map file here? The checks that sendmail's map programs make before they open a map,
 * with their texts: folders on the way that others may write are warned of, links and anything but plain files refused,
 * permission bits taken as if root had no special rights.
 *
 * Nothing is opened or changed. Defined by the behaviour of sendmail 8.17's makemap and editmap.
 */
import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { MapError } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';
import { folderOf, foldersTo, writersOf } from './directories.ts';

const READ = 4;
const WRITE = 2;
const SEARCH = 1;
const NOTHING = 0;
/** What is asked for first. */
const FIRST_ACCESS = { create: WRITE, fill: WRITE, write: WRITE, read: READ, print: NOTHING } as const;
export interface SafetyOptions {
  /**
   * `create`: may be made, may be replaced; `write`: must be there; `fill`: may be made, and is
   * not read; `read`, and `print`: praliases looks whether it is there, and then reads.
   */
  readonly purpose: 'create' | 'fill' | 'write' | 'read' | 'print';
  /** `-s`: a symbolic link in the place of the map is followed, and other names of its file do not matter. */
  readonly allowLinks?: boolean;
  /** A map of any type will do: where there is none, sendmail has looked for two. */
  readonly anyType?: boolean | undefined;
  /** Users whose files count as one's own: TrustedUser. */
  readonly trustedUid?: number | undefined;
}

export interface Safety {
  /** `World writable directory /x`, each as often as sendmail says it. */
  readonly warnings: readonly string[];
  /** Why the map is not to be touched, in sendmail's or the system's words. */
  readonly refusal?: string;
}

const PERMISSION_DENIED = 'Permission denied';
const MISSING = systemText({ code: 'ENOENT' });

/** Looks at the folders and the file of one map; see {@link Safety}. */
export function checkMapFile(path: string, options: SafetyOptions): Safety {
  const uid = process.getuid?.() ?? 0;
  const may = (stats: Stats, access: number): boolean => {
    // What is TrustedUser's counts as one's own, but not on the way there.
    const isOwn = stats.uid === uid || (access !== SEARCH && stats.uid === options.trustedUid);
    return allows(stats, access, isOwn);
  };
  const warnings: string[] = [];
  const folder = walkFolders(folderOf(path), may, warnings);
  // sendmail looks twice, before it opens a map and while it does, and then asks for reading, too.
  const first = folder ?? judgeFile(path, options, may, FIRST_ACCESS[options.purpose]);
  const repeated = [...warnings, ...warnings];
  if (first === MISSING && options.anyType) return { warnings: repeated, refusal: first };
  if (first !== undefined || options.purpose === 'fill') return { warnings, ...(first && { refusal: first }) };
  const second = judgeFile(path, options, may, READ);
  return second === undefined ? { warnings: repeated } : { warnings: repeated, refusal: second };
}

type May = (stats: Stats, access: number) => boolean;

function allows(stats: Stats, access: number, isOwn: boolean): boolean {
  if (isOwn) return (stats.mode & (access << 6)) !== 0;
  if ((process.getgroups?.() ?? []).concat(process.getegid?.() ?? []).includes(stats.gid)) {
    return (stats.mode & (access << 3)) !== 0;
  }
  return (stats.mode & access) !== 0;
}

/** Looks at every folder on the way; says why it cannot be passed, or nothing. */
function walkFolders(folder: string, may: May, warnings: string[]): string | undefined {
  try {
    for (const passed of foldersTo(folder)) {
      const writers = writersOf(passed);
      if (writers !== undefined) warnings.push(`${writers} ${passed.path}`);
      if (!passed.stats.isDirectory() || !may(passed.stats, SEARCH)) return PERMISSION_DENIED;
    }
    return undefined;
  } catch (error) {
    return systemText(error);
  }
}

function judgeFile(path: string, { purpose, allowLinks }: SafetyOptions, may: May, access: number): string | undefined {
  let stats: Stats | undefined;
  let isDangling = false;
  try {
    stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() && allowLinks) {
      stats = statSync(path, { throwIfNoEntry: false });
      isDangling = stats === undefined;
    }
    const isMade = purpose === 'create' || purpose === 'fill';
    if (stats === undefined && !isMade) return MISSING;
    if (stats === undefined && !may(statSync(folderOf(path)), WRITE)) return PERMISSION_DENIED;
    // Noticed only when it is opened, which is the second look.
    if (stats === undefined) return isDangling && access === READ ? 'File exists' : undefined;
  } catch (error) {
    return systemText(error);
  }
  if (access === NOTHING) return undefined;
  if (stats.isSymbolicLink()) return 'Symbolic links not allowed';
  if (purpose === 'print' && stats.isDirectory()) return systemText({ code: 'EISDIR' });
  if (!stats.isFile()) return 'Regular files only';
  if (FIRST_ACCESS[purpose] === WRITE && (stats.mode & 0o111) !== 0) return 'Executable files not allowed';
  if (stats.nlink > 1 && !allowLinks) return 'Hard links not allowed';
  return may(stats, access) ? undefined : PERMISSION_DENIED;
}

/**
 * The file that a path leads to, when a symbolic link stands there; else the path itself.
 *
 * @throws MapError `unreadable` for one that leads nowhere by now
 */
export function followLink(path: string): string {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? realpathSync.native(path) : path;
  } catch (cause) {
    throw new MapError('unreadable', systemText(cause), { file: path, cause });
  }
}
