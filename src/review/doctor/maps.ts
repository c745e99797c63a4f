/**
 * The settings of a configuration -> facts about its maps: file, format, records, age, owner. Each map is read to its end, so
 * that damage is found before a lookup meets it.
 *
 * Errors: none; a map that cannot be read has the reason in `error`.
 */
import type { Settings } from '../../config/settings.ts';
import { MapError } from '../../core/errors.ts';
import type { Table } from '../../core/lookup.ts';
import { directoriesTo, directoryOf, WRITABLE, writersOf } from '../../files/directories.ts';
import { mapPathToRead, textOfMap } from '../../files/map-path.ts';
import type { MapSetting } from '../../map/followed-map.ts';
import { openMapFile } from '../../store/open-map-file.ts';
import type { FileReader } from './file-facts.ts';
import type { MapFacts, WritableDirectory } from './machine.ts';

const EXTENSIONS = ['lmdb', 'db', 'cdb'] as const;
/** `authinfo:` in lower case, as keys are stored. */
const SECRET = Buffer.from('authinfo:');

export function mapsOf({ access, aliases, route }: Settings, files: FileReader): MapFacts[] {
  const all: readonly (readonly [string, MapSetting | Table | undefined])[] = [
    ['access', access],
    ...aliases.map((map) => ['aliases', map] as const),
    ...Object.entries(route.tables),
  ];
  return all.flatMap(([role, map]) => (typeof map === 'object' ? mapFacts(role, map, files) : []));
}

function mapFacts(role: string, { name, absence, isCdb }: MapSetting, files: FileReader): MapFacts[] {
  const text = textOfMap(name);
  const file = mapPathToRead(name, isCdb);
  const [textFile, mapFile] = [files.factsOf(text), files.factsOf(file)];
  const isExpected = absence === 'named' || absence === 'expected';
  if (textFile === undefined && mapFile === undefined && !isExpected) return [];
  const others = EXTENSIONS.map((extension) => `${text}.${extension}`).flatMap((other) =>
    other === file ? [] : (files.factsOf(other) ?? []),
  );
  const writable = writableDirectories(file);
  return [
    {
      ...{ role, isExpected, text, file, others, writable },
      ...(textFile && { textFile }),
      ...(mapFile && { mapFile }),
      ...contentOf(file, mapFile !== undefined),
    },
  ];
}

function writableDirectories(file: string): readonly WritableDirectory[] {
  try {
    return [...directoriesTo(directoryOf(file))].flatMap((passed) => {
      const writers = writersOf(passed);
      return writers === undefined ? [] : [{ path: passed.path, text: `${WRITABLE[writers]} ${passed.path}` }];
    });
  } catch {
    // a directory that is missing or cannot be searched: another check reports the map
    return [];
  }
}

type Content = Pick<MapFacts, 'format' | 'records' | 'error' | 'hasSecrets'>;

function contentOf(file: string, isThere: boolean): Content {
  if (!isThere) return { hasSecrets: false };
  try {
    using map = openMapFile(file);
    let records = 0;
    let hasSecrets = false;
    map.forEachRecord((bytes, start) => {
      records++;
      hasSecrets ||= SECRET.equals(bytes.subarray(start, start + SECRET.length));
    });
    return { format: map.what, records, hasSecrets };
  } catch (error) {
    if (error instanceof MapError) return { error: error.message, hasSecrets: false };
    throw error;
  }
}

/** The format of any map file in words; undefined: it cannot be opened. */
export function formatOf(file: string): string | undefined {
  try {
    using map = openMapFile(file);
    return map.what;
  } catch (error) {
    if (error instanceof MapError) return undefined;
    throw error;
  }
}
