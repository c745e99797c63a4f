/**
 * Records -> the file of a map, replaced under a lock, with the owner and mode of the old file. A new file gets mode 0640 less
 * the umask, TrustedUser as owner if root makes it, and the group of a setgid directory.
 */
import type { Problem } from '../core/problem.ts';
import type { MapPlace } from '../files/safe-open.ts';
import type { BuildMark } from '../store/lmdb/mark.ts';
import type { MapFile } from '../store/map-file.ts';
import type { RecordArena } from '../store/records/arena.ts';
import type { SortedRecords } from '../store/records/sort.ts';
import { type MapLock, withMapLock } from '../store/replace/lock.ts';
import { replaceMap } from '../store/replace/replace.ts';

/** fchown(2). */
const KEEP_GROUP = -1;
/** sendmail's DBMMODE. */
export const NEW_MAP_MODE = 0o640;

export interface PlaceOptions {
  /** Permissions of a new map; absent: 0640 less the umask. A replaced map keeps its own. */
  readonly newMode?: number;
  /** Group of a new map that root makes; absent: the group that the directory gives. */
  readonly newGroup?: number;
  /** User id of the new owner of the map. */
  readonly owner?: number | undefined;
  readonly verify?: boolean | undefined;
  readonly mark: BuildMark;
  /** The records may hold a key several times. */
  readonly duplicates?: boolean;
  /** Ends the run with its reason, until the new map takes the place of the old one. */
  readonly signal?: AbortSignal | undefined;
  /** Called for problems of verification. */
  readonly onProblem?: ((problem: Problem) => void) | undefined;
}

/** Runs `work` while no other writer may change the map; reports if it has to wait for one. The signal ends the wait. */
export function withMap<T>(
  { path, directory }: Pick<MapPlace, 'path' | 'directory'>,
  onProblem: ((problem: Problem) => void) | undefined,
  work: (lock: MapLock) => T | Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const onWait = ({ pid }: { readonly pid: number }): void =>
    onProblem?.({
      severity: 'warning',
      code: 'waiting',
      file: path,
      text: `${path}: waiting for process ${pid}, which writes it`,
      ours: true,
    });
  return withMapLock(path, { onWait, directory, signal }, work);
}

/** Replaces the map whose lock is held. Returns the size of its file. */
export async function replaceRecords(lock: MapLock, records: SortedRecords, options: PlaceOptions): Promise<number> {
  const {
    newMode = NEW_MAP_MODE & ~process.umask(),
    newGroup,
    owner,
    verify,
    mark,
    duplicates,
    signal,
    onProblem,
  } = options;
  const isRoot = process.geteuid?.() === 0;
  const problems = await replaceMap(lock, records, {
    attributes: (old) => {
      const uid = owner ?? old?.uid ?? process.geteuid?.() ?? 0;
      // A new file has its group already: that of a setgid directory, or of this process.
      const gid = old?.gid ?? newGroup ?? KEEP_GROUP;
      return { mode: old === undefined ? newMode : old.mode & 0o7777, ...(isRoot ? { owner: { uid, gid } } : {}) };
    },
    mark,
    signal,
    ...(verify === undefined ? {} : { verify }),
    ...(duplicates ? { duplicates } : {}),
  });
  for (const problem of problems) onProblem?.(problem);
  return lock.directory.look(lock.name)?.size ?? 0;
}

/** Loads the records of an existing map into an arena, except those with key `without`. */
export function loadRecords(map: MapFile, arena: RecordArena, without?: string): void {
  map.forEachRecord((keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd) => {
    if (without !== undefined && isKey(keyBytes, keyStart, keyEnd, without)) return;
    arena.addRaw(keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd, 0);
  });
}

/** Whether a range of bytes equals this byte string. */
export function isKey(bytes: Uint8Array, start: number, end: number, key: string): boolean {
  if (end - start !== key.length) return false;
  for (let i = 0; i < key.length; i++) if (bytes[start + i] !== key.charCodeAt(i)) return false;
  return true;
}
