/**
 * Opens a map for a program that prints or edits it, after the checks and with the answers of sendmail's programs: what
 * they refuse to touch is refused, unsafe folders are warned of.
 */
import { MapError, type MapErrorCode } from '../core/errors.ts';
import type { Problem } from '../core/problem.ts';
import type { MapFile } from '../store/map-file.ts';
import { openMapFile } from '../store/open.ts';
import { mapFile, mapFileToRead } from './map-file.ts';
import { checkMapFile, followLink, type SafetyOptions } from './map-safety.ts';

export interface AccessOptions {
  /** User id whose files count as one's own, and to whom maps are given (TrustedUser). */
  readonly owner?: number | undefined;
  /** `-s`: a symbolic link in the place of the map is followed, and other names of its file do not matter. */
  readonly allowLinks?: boolean | undefined;
  /** `implicit`: a map of any type will do. */
  readonly anyType?: boolean | undefined;
  /** It is to be a CDB file, or one is looked for before a Berkeley DB file. */
  readonly isCdb?: boolean | undefined;
  /** Told of unsafe folders on the way to the map. */
  readonly onProblem?: ((problem: Problem) => void) | undefined;
}

/**
 * The file of a map, if it is safe to do this with it.
 *
 * @throws MapError whose text is sendmail's or the system's alone: `Symbolic links not allowed`
 */
export function safeMapFile(mapName: string, purpose: SafetyOptions['purpose'], options: AccessOptions): string {
  const { allowLinks = false, anyType, owner, isCdb, onProblem } = options;
  const path = (purpose === 'read' || purpose === 'print' ? mapFileToRead : mapFile)(mapName, isCdb);
  const { warnings, refusal } = checkMapFile(path, { purpose, allowLinks, anyType, trustedUid: owner });
  for (const text of warnings) onProblem?.({ severity: 'warning', file: path, text });
  if (refusal !== undefined) throw new MapError(CODES[refusal] ?? 'unsafe', refusal, { file: path });
  return allowLinks ? followLink(path) : path;
}

const CODES: Readonly<Record<string, MapErrorCode>> = {
  'No such file or directory': 'missing',
  'Permission denied': 'unreadable',
};

/** @throws MapError */
export function openForReading(mapName: string, options: AccessOptions, purpose: 'read' | 'print' = 'read'): MapFile {
  return openMapFile(safeMapFile(mapName, purpose, options));
}
