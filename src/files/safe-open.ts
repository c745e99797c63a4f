/**
 * A map name -> an open map for a program that prints or edits it. Makes the checks of sendmail's programs, with their texts:
 * refuses maps that they refuse, and warns of unsafe directories.
 */
import { constants, fstatSync, realpathSync, type Stats } from 'node:fs';
import { basename, dirname } from 'node:path';
import { MapError } from '../core/errors.ts';
import type { Problem } from '../core/problem.ts';
import { systemText } from '../core/system-error.ts';
import { OpenDirectory } from '../store/directory.ts';
import { release } from '../store/file.ts';
import type { MapFile } from '../store/map-file.ts';
import { openMapOf } from '../store/open-map-file.ts';
import type { MapLock } from '../store/replace/lock.ts';
import { holdDirectory } from './directories.ts';
import { mapPath, mapPathToRead } from './map-path.ts';
import { checkMapFile, type Refusal, refusalOf, type SafetyOptions } from './map-safety.ts';

export interface AccessOptions {
  /** User id whose files count as one's own and who owns new maps (TrustedUser). */
  readonly owner?: number | undefined;
  /** `-s`: follows a symbolic link in the place of the map, and allows other hard links to its file. */
  readonly allowLinks?: boolean | undefined;
  /** `implicit`: a map of any type is accepted. */
  readonly anyType?: boolean | undefined;
  /** Writes a CDB file, or looks for one before a Berkeley DB file. */
  readonly isCdb?: boolean | undefined;
  /** Called for each unsafe directory on the path of the map. */
  readonly onProblem?: ((problem: Problem) => void) | undefined;
}

/** The checked path of a map and its open directory: the one that was checked is the one that is used. */
export interface MapPlace extends Disposable {
  readonly path: string;
  readonly directory: OpenDirectory;
  /** Checks the file that was opened there. @throws MapError with the texts of {@link safePlace} */
  judge(stats: Stats): void;
}

/**
 * The place of a map, if it is safe for this purpose.
 *
 * @throws MapError whose text is that of sendmail or of the system: `Symbolic links not allowed`
 */
export function safePlace(mapName: string, purpose: SafetyOptions['purpose'], options: AccessOptions): MapPlace {
  const { allowLinks = false, anyType, owner, isCdb, onProblem } = options;
  const path = (purpose === 'read' || purpose === 'print' ? mapPathToRead : mapPath)(mapName, isCdb);
  const safety: SafetyOptions = { purpose, allowLinks, anyType, trustedUid: owner };
  const directory = holdDirectory(path);
  try {
    const { warnings, refusal } = checkMapFile(path, safety, directory);
    for (const text of warnings) onProblem?.({ severity: 'warning', code: 'unsafeDirectory', file: path, text });
    refuse(path, refusal);
    // A directory that cannot be opened was refused above, or was created since.
    if (directory === undefined) throw new MapError('missing', systemText({ code: 'ENOENT' }), { file: path });
  } catch (error) {
    directory?.close();
    throw error;
  }
  return allowLinks ? followLink(path, directory, safety) : placeOf(path, directory, safety);
}

function placeOf(path: string, directory: OpenDirectory, safety: SafetyOptions): MapPlace {
  return {
    path,
    directory,
    judge: (stats) => refuse(path, refusalOf(stats, safety)),
    [Symbol.dispose]: () => directory.close(),
  };
}

/** The target of a link in the place of a map; without a link, the place itself. */
function followLink(path: string, directory: OpenDirectory, safety: SafetyOptions): MapPlace {
  const name = basename(path);
  try {
    if (directory.look(name)?.isSymbolicLink() !== true) return placeOf(path, directory, safety);
    const real = realpathSync.native(directory.at(name));
    const target = OpenDirectory.open(dirname(real));
    directory.close();
    return placeOf(real, target, safety);
  } catch (cause) {
    directory.close();
    throw new MapError('unreadable', systemText(cause), { file: path, cause });
  }
}

function refuse(path: string, refusal: Refusal | undefined): void {
  if (refusal !== undefined) throw new MapError(refusal.code, refusal.text, { file: path });
}

/** @throws MapError */
export function openForReading(mapName: string, options: AccessOptions, purpose: 'read' | 'print' = 'read'): MapFile {
  using place = safePlace(mapName, purpose, options);
  const { path, directory } = place;
  return openMapOf(
    openJudged(place, () => directory.open(basename(path), constants.O_RDONLY)),
    path,
  );
}

function openJudged({ path, judge }: MapPlace, open: () => number): number {
  let fd: number | undefined;
  try {
    fd = open();
    judge(fstatSync(fd));
    return fd;
  } catch (cause) {
    if (fd !== undefined) release(fd);
    if (cause instanceof MapError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'unreadable';
    const text = code === 'missing' ? `${path} does not exist` : `cannot open ${path}: ${systemText(cause)}`;
    throw new MapError(code, text, { file: path, cause });
  }
}

/** Opens the map to be changed, under its lock, and checks the open file; undefined if there is no map. */
export function openExisting(lock: MapLock, { path, judge }: MapPlace): MapFile | undefined {
  const old = lock.openOld();
  if (old === undefined) return undefined;
  try {
    judge(old.stats);
  } catch (error) {
    release(old.fd);
    throw error;
  }
  return openMapOf(old.fd, path);
}
