/** Map names -> files: `/etc/mail/access` is kept in `/etc/mail/access.lmdb`. */
import { statSync } from 'node:fs';
import { assertKind, TEXT } from '../core/arguments.ts';
import { MapError } from '../core/errors.ts';

/**
 * A name that already ends in `.lmdb` or `.db` is taken as it stands.
 *
 * @throws MapError `badInput` for a name that is no UTF-8: Node would open a file of another name
 */
export function mapFile(mapName: string): string {
  assertKind('the name of a map', mapName, TEXT);
  if (!mapName.isWellFormed()) throw new MapError('badInput', 'the name of a map must be UTF-8');
  return /\.(?:lmdb|db)$/.test(mapName) ? mapName : `${mapName}.lmdb`;
}

/** Whether nothing stands at a path. What may not be looked at (EACCES) is not absent: a map there cannot be told. */
export function isAbsent(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}
