/**
 * Is it safe to make or read this map file here? The checks that sendmail's map programs make before they open a map,
 * with their texts: folders on the way that others may write are warned of, links and anything but plain files refused,
 * permission bits taken as if root had no special rights.
 *
 * Nothing is opened or changed. Defined by the behaviour of sendmail 8.17's makemap and editmap.
 */
import { lstatSync, type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { systemText } from '../core/system-error.ts';
import { isSame, type OpenDirectory } from '../store/directory.ts';
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
const EXCHANGED = 'its directory was exchanged while it was looked at';
const MISSING = systemText({ code: 'ENOENT' });

/**
 * Looks at the directories and the file of one map; see {@link Safety}.
 *
 * @param directory the map's, held open: the walk has to end there, and the file is looked for there
 */
export function checkMapFile(path: string, options: SafetyOptions, directory?: OpenDirectory): Safety {
  const may = permissions(options);
  const warnings: string[] = [];
  const file = directory === undefined ? path : directory.at(basename(path));
  const folder = walkFolders(folderOf(path), may, warnings, directory);
  // sendmail looks twice, before it opens a map and while it does, and then asks for reading, too.
  const first = folder ?? judgeFile(file, options, may, FIRST_ACCESS[options.purpose]);
  const repeated = [...warnings, ...warnings];
  if (first === MISSING && options.anyType) return { warnings: repeated, refusal: first };
  if (first !== undefined || options.purpose === 'fill') return { warnings, ...(first && { refusal: first }) };
  const second = judgeFile(file, options, may, READ);
  return second === undefined ? { warnings: repeated } : { warnings: repeated, refusal: second };
}

/** Why a map that is open is not to be read or replaced: the same that was looked at by its name. */
export function refusalOf(stats: Stats, options: SafetyOptions): string | undefined {
  const may = permissions(options);
  return refusal(stats, options, may, FIRST_ACCESS[options.purpose]) ?? refusal(stats, options, may, READ);
}

type May = (stats: Stats, access: number) => boolean;

function permissions({ trustedUid }: SafetyOptions): May {
  const uid = process.getuid?.() ?? 0;
  // What is TrustedUser's counts as one's own, but not on the way there.
  return (stats, access) => {
    const isOwn = stats.uid === uid || (access !== SEARCH && stats.uid === trustedUid);
    return allows(stats, access, isOwn);
  };
}

function allows(stats: Stats, access: number, isOwn: boolean): boolean {
  if (isOwn) return (stats.mode & (access << 6)) !== 0;
  if ((process.getgroups?.() ?? []).concat(process.getegid?.() ?? []).includes(stats.gid)) {
    return (stats.mode & (access << 3)) !== 0;
  }
  return (stats.mode & access) !== 0;
}

/** Looks at every folder on the way; says why it cannot be passed, or nothing. */
function walkFolders(folder: string, may: May, warnings: string[], held?: OpenDirectory): string | undefined {
  try {
    let last: Stats | undefined;
    for (const passed of foldersTo(folder)) {
      const writers = writersOf(passed);
      if (writers !== undefined) warnings.push(`${writers} ${passed.path}`);
      if (!passed.stats.isDirectory() || !may(passed.stats, SEARCH)) return PERMISSION_DENIED;
      last = passed.stats;
    }
    return held === undefined || isSame(last, held.stats) ? undefined : EXCHANGED;
  } catch (error) {
    return systemText(error);
  }
}

function judgeFile(path: string, options: SafetyOptions, may: May, access: number): string | undefined {
  const { purpose, allowLinks } = options;
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
  return refusal(stats, options, may, access);
}

function refusal(stats: Stats, { purpose, allowLinks }: SafetyOptions, may: May, access: number): string | undefined {
  if (access === NOTHING) return undefined;
  if (stats.isSymbolicLink()) return 'Symbolic links not allowed';
  if (purpose === 'print' && stats.isDirectory()) return systemText({ code: 'EISDIR' });
  if (!stats.isFile()) return 'Regular files only';
  if (FIRST_ACCESS[purpose] === WRITE && (stats.mode & 0o111) !== 0) return 'Executable files not allowed';
  if (stats.nlink > 1 && !allowLinks) return 'Hard links not allowed';
  return may(stats, access) ? undefined : PERMISSION_DENIED;
}
