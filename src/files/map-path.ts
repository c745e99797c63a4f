/**
 * Map names -> paths of files. A map is written to `NAME.lmdb`, or to `NAME.cdb` for CDB. A map is read from the first of
 * `NAME.lmdb`, `NAME.db` and `NAME.cdb` that exists: so the maps of a running sendmail or Postfix answer unchanged, and a map of
 * ours replaces them as soon as it is made. For map class `cdb`, `NAME.cdb` comes before `NAME.db`.
 */
import { assertKind, TEXT } from '../core/arguments.ts';
import { MapError } from '../core/errors.ts';
import { hasName } from './status.ts';

/** A name with one of these endings is used unchanged. */
const EXTENSION = /\.(?:lmdb|db|cdb)$/;
/** Extensions that are tried, in this order. */
const READ_ORDER: readonly string[] = ['lmdb', 'db', 'cdb'];
const CDB_READ_ORDER: readonly string[] = ['lmdb', 'cdb', 'db'];

/**
 * The path that a map of this name is written to.
 *
 * @param isCdb write a CDB file
 * @throws MapError `badInput` for a name that is not UTF-8: Node would open a file of another name
 */
export function mapPath(mapName: string, isCdb = false): string {
  assertKind('the name of a map', mapName, TEXT);
  if (!mapName.isWellFormed()) throw new MapError('badInput', 'the name of a map must be UTF-8');
  return EXTENSION.test(mapName) ? mapName : `${mapName}.${isCdb ? 'cdb' : 'lmdb'}`;
}

/** The path that a map of this name is read from; if no such file exists, the one it would be written to. Throws as `mapPath`. */
export function mapPathToRead(mapName: string, isCdb = false): string {
  const made = mapPath(mapName, isCdb);
  if (made === mapName) return made;
  const extension = (isCdb ? CDB_READ_ORDER : READ_ORDER).find((each) => hasName(`${mapName}.${each}`));
  return extension === undefined ? made : `${mapName}.${extension}`;
}

/** The path of a map's source file: the name without the extension. */
export function textOfMap(mapName: string): string {
  return mapName.replace(/\.(?:lmdb|db|cdb)$/, '');
}
