/**
 * Map names -> files. A map is made as `NAME.lmdb`, or as `NAME.cdb` when CDB is asked for. A map that is read is the first
 * that is there of `NAME.lmdb`, `NAME.db` and `NAME.cdb`: so the maps of a running sendmail or Postfix answer as they
 * stand, and a map of ours takes their place as soon as it is made. A program that says `cdb` looks for `NAME.cdb`
 * before `NAME.db`.
 */
import { statSync } from 'node:fs';
import { assertKind, TEXT } from '../core/arguments.ts';
import { MapError } from '../core/errors.ts';

/** A name that ends in one of these is taken as it stands. */
const EXTENSION = /\.(?:lmdb|db|cdb)$/;
/** Extensions of the files that a name may stand for, in the order in which they are looked for. */
const READ_ORDER: readonly string[] = ['lmdb', 'db', 'cdb'];
const CDB_READ_ORDER: readonly string[] = ['lmdb', 'cdb', 'db'];

/**
 * The file in which a map of this name is made.
 *
 * @param isCdb it is to be a CDB file
 * @throws MapError `badInput` for a name that is no UTF-8: Node would open a file of another name
 */
export function mapFile(mapName: string, isCdb = false): string {
  assertKind('the name of a map', mapName, TEXT);
  if (!mapName.isWellFormed()) throw new MapError('badInput', 'the name of a map must be UTF-8');
  return EXTENSION.test(mapName) ? mapName : `${mapName}.${isCdb ? 'cdb' : 'lmdb'}`;
}

/** The file that is read for a map of this name; where there is none, the one in which it is made. Throws as `mapFile`. */
export function mapFileToRead(mapName: string, isCdb = false): string {
  const made = mapFile(mapName, isCdb);
  if (made === mapName) return made;
  const extension = (isCdb ? CDB_READ_ORDER : READ_ORDER).find((each) => !isAbsent(`${mapName}.${each}`));
  return extension === undefined ? made : `${mapName}.${extension}`;
}

/** Whether nothing stands at a path. What may not be looked at (EACCES) is not absent: a map there cannot be told. */
export function isAbsent(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** The text that a map is made of: its name without the ending of a file. */
export function textOfMap(mapName: string): string {
  return mapName.replace(/\.(?:lmdb|db|cdb)$/, '');
}
