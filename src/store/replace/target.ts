/**
 * The name of a map in an open directory -> the file that a new map may replace: a map of the same kind (LMDB or
 * CDB), damaged or not, or none. Anything else is refused, also a link. Nothing blocks on a pipe.
 */
import { constants, fstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { MapError } from '../../core/errors.ts';
import { systemText } from '../../core/system-error.ts';
import type { OpenDirectory } from '../directory.ts';
import { nameType, release } from '../file.ts';
import { IDENTIFY_BYTES, identify } from '../identify.ts';
import { readHead } from '../input-file.ts';
import type { WrittenFormat } from '../records/limits.ts';

/** A regular file that is open. */
export interface OpenedFile {
  readonly fd: number;
  readonly stats: Stats;
}

/**
 * Opens the regular file of this name; undefined: there is none.
 *
 * @throws MapError `unsafe` for anything else, `unreadable`
 */
export function openRegular(directory: OpenDirectory, name: string): OpenedFile | undefined {
  const path = join(directory.path, name);
  let fd: number | undefined;
  try {
    refuseIrregular(path, directory.look(name));
    fd = directory.open(name, constants.O_RDONLY);
    const stats = fstatSync(fd);
    refuseIrregular(path, stats);
    return { fd, stats };
  } catch (cause) {
    if (fd !== undefined) release(fd);
    if (cause instanceof MapError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new MapError('unreadable', `cannot read ${path}: ${systemText(cause)}`, { file: path, cause });
  }
}

function refuseIrregular(path: string, stats: Stats | undefined): void {
  if (stats === undefined || stats.isFile()) return;
  throw new MapError('unsafe', `${path} is ${nameType(stats)}; only a map is replaced`, { file: path });
}

/**
 * The format of the map of this name; undefined: there is none.
 *
 * @param wanted the format of the map that will replace it; absent: any
 * @throws MapError `notAMap` if it is no map, or one of the other kind; as {@link openRegular}
 */
export function formatOfMap(directory: OpenDirectory, name: string, wanted?: WrittenFormat): WrittenFormat | undefined {
  const file = openRegular(directory, name);
  if (file === undefined) return undefined;
  try {
    return formatOfFile(file, join(directory.path, name), wanted);
  } finally {
    release(file.fd);
  }
}

/** The same for an open file. @throws MapError `notAMap`, `unreadable` */
export function formatOfFile({ fd, stats }: OpenedFile, path: string, wanted?: WrittenFormat): WrittenFormat {
  const identity = identify(headOf(fd, path), stats.size);
  const isCdb = wanted === undefined ? identity.kind === 'cdb' : wanted === 'cdb';
  if (identity.kind === 'lmdb' && !isCdb) return identity.layout.format;
  if (identity.kind === 'cdb' && isCdb) return 'cdb';
  const what = identity.kind === 'lmdb' ? 'an LMDB map' : identity.what;
  const kind = isCdb ? 'a CDB file' : 'an LMDB map';
  const advice = 'move it away or choose another name for the map';
  throw new MapError('notAMap', `${path} is ${what}, not ${kind}, and stays as it is; ${advice}`, { file: path });
}

function headOf(fd: number, path: string): Uint8Array {
  try {
    return readHead(fd, IDENTIFY_BYTES);
  } catch (cause) {
    throw new MapError('unreadable', `cannot read ${path}: ${systemText(cause)}`, { file: path, cause });
  }
}
