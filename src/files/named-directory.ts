/** The directory with the maps, as somebody names it -> the names in it, or the reason why it is none. */
import { readdirSync, type Stats, statSync } from 'node:fs';
import { MapError } from '../core/errors.ts';
import { systemCode, systemText } from '../core/system-error.ts';

/** @throws MapError `missing`, `unreadable` */
export function assertDirectory(directory: string): void {
  if (directory === '') throw new MapError('missing', "the directory '' has no name: name the one with the maps");
  let stats: Stats | undefined;
  try {
    stats = statSync(directory, { throwIfNoEntry: false });
  } catch (cause) {
    throw unreadable(directory, cause);
  }
  if (stats?.isDirectory() !== true) throw missing(directory, stats === undefined);
}

/** @throws MapError `missing`, `unreadable` */
export function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (cause) {
    const code = systemCode(cause);
    throw code === 'ENOENT' || code === 'ENOTDIR'
      ? missing(directory, code === 'ENOENT')
      : unreadable(directory, cause);
  }
}

function missing(directory: string, isAbsent: boolean): MapError {
  const what = isAbsent ? 'does not exist' : 'is not a directory';
  return new MapError('missing', `${directory} ${what}: name the directory with the maps`, { file: directory });
}

function unreadable(directory: string, cause: unknown): MapError {
  return new MapError('unreadable', `cannot read ${directory}: ${systemText(cause)}`, { file: directory, cause });
}
