/**
 * A map file and a purpose -> warnings, and a refusal if it is not safe: the checks that sendmail's map programs make before
 * they open a map, with their texts. A directory on the path that others may write is a warning; a symbolic link, or anything
 * but a regular file, is a refusal. Permission bits are judged as if root had no special rights.
 *
 * Changes nothing. Difference: no map is made or changed behind a link on its path that another user made, unless that user owns
 * the directory to which it leads. Source: sendmail 8.17's makemap and editmap.
 */
import { lstatSync, type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { MapErrorCode } from '../core/errors.ts';
import { systemCode, systemText } from '../core/system-error.ts';
import { isSame, type OpenDirectory } from '../store/directory.ts';
import { directoriesTo, directoryOf, WRITABLE, writersOf } from './directories.ts';
import { foreignLink } from './source-file.ts';

const READ = 4;
const WRITE = 2;
const SEARCH = 1;
const NOTHING = 0;
/** The access that is checked first. */
const FIRST_ACCESS = { create: WRITE, fill: WRITE, write: WRITE, read: READ, print: NOTHING } as const;
/** They change nothing. */
const READS: ReadonlySet<SafetyOptions['purpose']> = new Set(['read', 'print']);

export interface SafetyOptions {
  /**
   * `create`: makes or replaces a map; `write`: changes a map that exists; `fill`: makes a map without reading the old one;
   * `read`: reads a map; `print`: checks that the map exists, and then reads it (praliases).
   */
  readonly purpose: 'create' | 'fill' | 'write' | 'read' | 'print';
  /** `-s`: follows a symbolic link in the place of the map, and allows other hard links to its file. */
  readonly allowLinks?: boolean;
  /** Accepts a map of any type: if none exists, sendmail has looked for two. */
  readonly anyType?: boolean | undefined;
  /** TrustedUser: its files count as one's own. */
  readonly trustedUid?: number | undefined;
}

export interface Safety {
  /** `World writable directory /x`, each as often as sendmail prints it. */
  readonly warnings: readonly string[];
  /** Why the map may not be used. */
  readonly refusal?: Refusal;
}

export interface Refusal {
  readonly code: Extract<MapErrorCode, 'missing' | 'unreadable' | 'unsafe'>;
  /** In the words of sendmail or of the system. */
  readonly text: string;
}

const PERMISSION_DENIED: Refusal = { code: 'unreadable', text: 'Permission denied' };
const EXCHANGED = unsafe('its directory was exchanged while it was looked at');
const MISSING = refusedBySystem({ code: 'ENOENT' });

function unsafe(text: string): Refusal {
  return { code: 'unsafe', text };
}

function refusedBySystem(error: unknown): Refusal {
  return { code: systemCode(error) === 'ENOENT' ? 'missing' : 'unreadable', text: systemText(error) };
}

/**
 * Checks the directories and the file of one map; see {@link Safety}.
 *
 * @param directory the open directory of the map: the walk must end there, and the file is looked up there
 */
export function checkMapFile(path: string, options: SafetyOptions, directory?: OpenDirectory): Safety {
  const safety = checkAsSendmail(path, options, directory);
  const isKept = READS.has(options.purpose) || options.allowLinks === true || directory === undefined;
  if (isKept || safety.refusal !== undefined) return safety;
  const refusal = linkRefusal(directory);
  return refusal === undefined ? safety : { ...safety, refusal };
}

/** Why no map is made behind a link on the path; sendmail follows all of them. */
function linkRefusal({ path, stats }: OpenDirectory): Refusal | undefined {
  try {
    const reason = foreignLink(path, stats);
    return reason === undefined ? undefined : unsafe(`nothing is made in ${path}: ${reason}`);
  } catch (error) {
    return refusedBySystem(error);
  }
}

function checkAsSendmail(path: string, options: SafetyOptions, directory?: OpenDirectory): Safety {
  const may = permissions(options);
  const warnings: string[] = [];
  const file = directory === undefined ? path : directory.at(basename(path));
  const refusal = walkDirectories(directoryOf(path), may, warnings, directory);
  // sendmail checks twice: before it opens a map, and while it opens it, then for reading as well.
  const first = refusal ?? judgeFile(file, options, may, FIRST_ACCESS[options.purpose]);
  const repeated = [...warnings, ...warnings];
  if (first?.code === 'missing' && options.anyType) return { warnings: repeated, refusal: first };
  if (first !== undefined || options.purpose === 'fill') return { warnings, ...(first && { refusal: first }) };
  const second = judgeFile(file, options, may, READ);
  return second === undefined ? { warnings: repeated } : { warnings: repeated, refusal: second };
}

/** Why an open map may not be read or replaced: the check of its name, on the open file. */
export function refusalOf(stats: Stats, options: SafetyOptions): Refusal | undefined {
  const may = permissions(options);
  return refusal(stats, options, may, FIRST_ACCESS[options.purpose]) ?? refusal(stats, options, may, READ);
}

type May = (stats: Stats, access: number) => boolean;

function permissions({ trustedUid }: SafetyOptions): May {
  const uid = process.getuid?.() ?? 0;
  // A file of TrustedUser counts as one's own; a directory of TrustedUser does not.
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

/** Checks every directory on the path. Returns why one cannot be searched, or undefined. */
function walkDirectories(path: string, may: May, warnings: string[], held?: OpenDirectory): Refusal | undefined {
  try {
    let last: Stats | undefined;
    for (const passed of directoriesTo(path)) {
      const writers = writersOf(passed);
      if (writers !== undefined) warnings.push(`${WRITABLE[writers]} ${passed.path}`);
      if (!passed.stats.isDirectory() || !may(passed.stats, SEARCH)) return PERMISSION_DENIED;
      last = passed.stats;
    }
    return held === undefined || isSame(last, held.stats) ? undefined : EXCHANGED;
  } catch (error) {
    return refusedBySystem(error);
  }
}

function judgeFile(path: string, options: SafetyOptions, may: May, access: number): Refusal | undefined {
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
    if (stats === undefined && !may(statSync(directoryOf(path)), WRITE)) return PERMISSION_DENIED;
    // sendmail notices this only when it opens the file, in the second check.
    if (stats === undefined) return isDangling && access === READ ? unsafe('File exists') : undefined;
  } catch (error) {
    return refusedBySystem(error);
  }
  return refusal(stats, options, may, access);
}

function refusal(stats: Stats, { purpose, allowLinks }: SafetyOptions, may: May, access: number): Refusal | undefined {
  if (access === NOTHING) return undefined;
  if (stats.isSymbolicLink()) return unsafe('Symbolic links not allowed');
  if (purpose === 'print' && stats.isDirectory()) return unsafe(systemText({ code: 'EISDIR' }));
  if (!stats.isFile()) return unsafe('Regular files only');
  if (FIRST_ACCESS[purpose] === WRITE && (stats.mode & 0o111) !== 0) return unsafe('Executable files not allowed');
  if (stats.nlink > 1 && !allowLinks) return unsafe('Hard links not allowed');
  return may(stats, access) ? undefined : PERMISSION_DENIED;
}
