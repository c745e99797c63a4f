/**
 * Puts records in the place of a map: who may write it when, and what owner and mode the new file gets. The old file's,
 * when there is one; else 0640 less the umask, TrustedUser when root makes it, and the group of a setgid directory.
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
  /** Permissions of a map that is made; absent: 0640 less the umask. A map that is replaced keeps its own. */
  readonly newMode?: number;
  /** Group of a map that root makes; absent: that which the directory gives it. */
  readonly newGroup?: number;
  /** User id that the map is given to. */
  readonly owner?: number | undefined;
  readonly verify?: boolean | undefined;
  readonly mark: BuildMark;
  /** The records may hold a key several times. */
  readonly duplicates?: boolean;
  /** Told what verification has to say. */
  readonly onProblem?: ((problem: Problem) => void) | undefined;
}

/** Does `work` while no other writer touches the map; says so when it has to wait for one. */
export function withMap<T>(
  { path, directory }: Pick<MapPlace, 'path' | 'directory'>,
  onProblem: ((problem: Problem) => void) | undefined,
  work: (lock: MapLock) => T | Promise<T>,
): Promise<T> {
  const onWait = ({ pid }: { readonly pid: number }): void =>
    onProblem?.({
      severity: 'warning',
      file: path,
      text: `${path}: waiting for process ${pid}, which writes it`,
      ours: true,
    });
  return withMapLock(path, { onWait, directory }, work);
}

/** Replaces the map whose lock is held; gives the size of its file. */
export async function replaceRecords(lock: MapLock, records: SortedRecords, options: PlaceOptions): Promise<number> {
  const { newMode = NEW_MAP_MODE & ~process.umask(), newGroup, owner, verify, mark, duplicates, onProblem } = options;
  const isRoot = process.geteuid?.() === 0;
  const problems = await replaceMap(lock, records, {
    attributes: (old) => {
      const uid = owner ?? old?.uid ?? process.geteuid?.() ?? 0;
      // A new file has its group already: that of a setgid directory, else that of whoever makes it.
      const gid = old?.gid ?? newGroup ?? KEEP_GROUP;
      return { mode: old === undefined ? newMode : old.mode & 0o7777, ...(isRoot ? { owner: { uid, gid } } : {}) };
    },
    mark,
    ...(verify === undefined ? {} : { verify }),
    ...(duplicates ? { duplicates } : {}),
  });
  for (const problem of problems) onProblem?.(problem);
  return lock.directory.look(lock.name)?.size ?? 0;
}

/** The records of a map that exists, in an arena to add to; those of `without` are left out. */
export function loadRecords(map: MapFile, arena: RecordArena, without?: string): void {
  map.forEachRecord((keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd) => {
    if (without !== undefined && isKey(keyBytes, keyStart, keyEnd, without)) return;
    arena.addRaw(keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd, 0);
  });
}

/** Whether a range of bytes is this byte string. */
export function isKey(bytes: Uint8Array, start: number, end: number, key: string): boolean {
  if (end - start !== key.length) return false;
  for (let i = 0; i < key.length; i++) if (bytes[start + i] !== key.charCodeAt(i)) return false;
  return true;
}
