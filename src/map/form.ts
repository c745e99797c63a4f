/**
 * A map that exists -> what whoever makes it anew keeps: its format, and whether its keys end with a NUL. Programs that
 * read the map while it is replaced (a Postfix with LMDB 0.9, say) can read nothing else.
 *
 * A damaged map still says its format by its first page. A map with keys of both kinds has the form of neither.
 */
import { basename } from 'node:path';
import { MapError } from '../core/errors.ts';
import type { OpenDirectory } from '../store/directory.ts';
import type { MapFormat } from '../store/lmdb/layout.ts';
import type { MapFile } from '../store/map-file.ts';
import { openMapOf } from '../store/open.ts';
import { layoutAt, openRegular } from '../store/replace/target.ts';

export interface MapForm {
  readonly format: MapFormat;
  /** Every key ends with a NUL, and there is at least one. */
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

/** The format in which a map is written again: its own, if we write that. */
export function writtenFormat({ format }: MapFile): MapFormat {
  return format === '0.9' || format === '1.0' ? format : NEW_FORM.format;
}

/**
 * The form of a map, or that of a new map. What keeps the map from being replaced is reported later.
 *
 * @param directory the map's; undefined: it cannot be opened
 */
export function formAt(path: string, directory: OpenDirectory | undefined): MapForm {
  if (directory === undefined) return NEW_FORM;
  try {
    const file = openRegular(directory, basename(path));
    if (file === undefined) return NEW_FORM;
    using map = openMapOf(file.fd, path);
    return formOf(map);
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
    return error.code === 'damaged' ? { ...NEW_FORM, format: formatByHead(directory, basename(path)) } : NEW_FORM;
  }
}

function formatByHead(directory: OpenDirectory, name: string): MapFormat {
  try {
    return layoutAt(directory, name)?.format ?? NEW_FORM.format;
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
    return NEW_FORM.format;
  }
}
