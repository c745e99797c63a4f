/**
 * An existing map -> the properties that a new version keeps: its format, and whether its keys end with a NUL. Programs that
 * read the map while it is replaced (a Postfix with LMDB 0.9, for example) can read nothing else.
 *
 * A new map is a CDB file if its name ends in `.cdb`. The first page of a damaged map still gives its format. A map with keys
 * of both kinds counts as having neither.
 */
import { basename } from 'node:path';
import { MapError } from '../core/errors.ts';
import type { OpenDirectory } from '../store/directory.ts';
import type { MapFile } from '../store/map-file.ts';
import { openMapOf } from '../store/open-map-file.ts';
import type { WrittenFormat } from '../store/records/limits.ts';
import { formatOfMap, openRegular } from '../store/replace/target.ts';

export interface MapForm {
  readonly format: WrittenFormat;
  /** Every key ends with a NUL, and there is at least one key. */
  readonly keyNul: boolean;
}

const NEW_FORM: MapForm = { format: '1.0', keyNul: false };

/** The form of an open map. @throws MapError `damaged`, `unreadable` */
export function formOf(map: MapFile): MapForm {
  let keyNul = false;
  for (const { key } of map.entries()) {
    keyNul = key.endsWith('\0');
    if (!keyNul) break;
  }
  return { format: writtenFormat(map), keyNul };
}

/** The format of a new version: the map's own, if we write that. */
export function writtenFormat({ format }: MapFile): WrittenFormat {
  return format === 'bdb' ? NEW_FORM.format : format;
}

/**
 * The form of a map, or of a new one. A fault that prevents replacing the map is reported later.
 *
 * @param directory the open directory of the map; undefined: it cannot be opened
 */
export function formAt(path: string, directory: OpenDirectory | undefined): MapForm {
  if (directory === undefined) return NEW_FORM;
  try {
    const file = openRegular(directory, basename(path));
    if (file === undefined) return { ...NEW_FORM, format: newFormat(path) };
    using map = openMapOf(file.fd, path);
    return formOf(map);
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
    return { ...NEW_FORM, format: formatAt(path, directory) };
  }
}

/** The format of a new version if none is requested: that of the first page of the existing file. */
export function formatAt(path: string, directory: OpenDirectory | undefined): WrittenFormat {
  try {
    return (directory && formatOfMap(directory, basename(path))) ?? newFormat(path);
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
    return newFormat(path);
  }
}

function newFormat(path: string): WrittenFormat {
  return path.endsWith('.cdb') ? 'cdb' : NEW_FORM.format;
}
