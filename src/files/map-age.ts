/**
 * A map and the text beside it -> whether the map is what somebody reads who looks at the text: a text that is newer was
 * edited and not built, and one without a map never was. By times alone, as sendmail looks at alias files; nothing is read.
 */
import { type BigIntStats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { mapFileToRead } from './map-file.ts';

export interface MapAge {
  readonly kind: 'missing' | 'older';
  readonly text: string;
  /** How long the text has been what it is, in milliseconds. */
  readonly sinceMs: number;
}

/** Undefined: the map is as new as its text, or no text is there. */
export function mapAge(mapName: string): MapAge | undefined {
  const path = mapFileToRead(mapName);
  const source = path.replace(/\.(?:lmdb|c?db)$/, '');
  const [text, map] = [statusOf(source), statusOf(path)];
  if (!text?.isFile() || (map !== undefined && map.mtimeNs >= text.mtimeNs)) return undefined;
  const build = basename(source).includes('aliases') ? 'newaliases' : 'makemap';
  const what = map === undefined ? 'does not exist beside' : 'is older than';
  return {
    kind: map === undefined ? 'missing' : 'older',
    text: `${path} ${what} its text ${source}: build it with ${build}`,
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
