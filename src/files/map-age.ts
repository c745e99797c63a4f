/**
 * A map name -> whether its map is missing or older than its source file. A newer source file was edited and not built; one
 * without a map was never built. Compares times only, as sendmail does for alias files; reads nothing.
 */
import { type BigIntStats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { mapPathToRead } from './map-path.ts';

export interface MapAge {
  readonly kind: 'missing' | 'older';
  readonly text: string;
  /** Milliseconds since the source file last changed. */
  readonly sinceMs: number;
}

/** Undefined if the map is as new as its source file, or if there is no source file. */
export function mapAge(mapName: string): MapAge | undefined {
  const path = mapPathToRead(mapName);
  const source = path.replace(/\.(?:lmdb|c?db)$/, '');
  const [text, map] = [statusOf(source), statusOf(path)];
  if (!text?.isFile() || (map !== undefined && map.mtimeNs >= text.mtimeNs)) return undefined;
  const build = basename(source).includes('aliases') ? 'newaliases' : 'makemap';
  const what = map === undefined ? 'does not exist beside' : 'is older than';
  return {
    kind: map === undefined ? 'missing' : 'older',
    text: `${path} ${what} its source file ${source}: build it with ${build}`,
    sinceMs: Date.now() - Number(text.mtimeMs),
  };
}

function statusOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
