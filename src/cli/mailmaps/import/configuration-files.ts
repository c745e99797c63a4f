/** The files that may name maps, the usual ones of sendmail, Postfix, Exim, cron and systemd -> their texts. */
import { lstatSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { namesIn } from '../../../files/named-directory.ts';
import { readShown } from '../../../files/source-file.ts';

/** A directory, and the names in it that may contain the name of a map. */
const USUAL_PLACES: readonly (readonly [directory: string, names: RegExp])[] = [
  ['/etc/mail', /\.(?:cf|mc|m4)$|^Makefile$/],
  ['/etc/postfix', /\.cf$|^Makefile$/],
  ['/etc/exim', /\.conf$|^configure$/],
  ['/etc/exim4', /\.conf$|\.conf\.template$/],
  ['/etc/cron.d', /./],
  ['/etc/cron.daily', /./],
  ['/etc/cron.hourly', /./],
  ['/etc/systemd/system', /\.(?:service|path|timer)$/],
  ['/etc', /^(?:crontab|Makefile|sendmail\.cf)$/],
];
const OF_MAPS_DIRECTORY = /\.(?:cf|mc|m4)$|^Makefile$/;
/** Larger than any configuration file. */
const MAX_BYTES = 4 << 20;

/** The usual files, and those in the directory of a map; unreadable ones are skipped. */
export function usualFiles(mapName: string): string[] {
  const places = [...USUAL_PLACES, [dirname(mapName), OF_MAPS_DIRECTORY] as const];
  const files = places.flatMap(([directory, names]) =>
    namesThere(directory)
      .filter((name) => names.test(name))
      .map((name) => join(directory, name)),
  );
  return [...new Set(files)].sort();
}

function namesThere(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** The text of a regular file of usual size, as bytes; undefined: there is none, or it is unreadable. */
export function readUsual(path: string): string | undefined {
  try {
    return readShown(path, MAX_BYTES).toString('latin1');
  } catch {
    return undefined;
  }
}

/** The map files of a directory that are not LMDB. @throws MapError `missing`, `unreadable` */
export function mapFilesIn(directory: string): string[] {
  return namesIn(directory)
    .filter((name) => /\.c?db$/.test(name) && lstatSync(join(directory, name)).isFile())
    .sort()
    .map((name) => join(directory, name));
}
