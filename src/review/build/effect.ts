/**
 * The maps of a directory and its source files -> the effect of making the maps: the questions of diff, asked with the present
 * maps and with the maps that would be made.
 *
 * Class files count as they are. A map that is missing counts as empty.
 */
import { join } from 'node:path';
import type { Feature } from '../../access/features.ts';
import { decodeText } from '../../core/bytes.ts';
import { mapPathToRead } from '../../files/map-path.ts';
import { readShown } from '../../files/source-file.ts';
import { hasName } from '../../files/status.ts';
import { valuesOf } from '../../map/compare.ts';
import { openMapFile } from '../../store/open-map-file.ts';
import { type DiffResult, diff } from '../diff/diff.ts';
import { ALIASES, MAPS } from './build.ts';

export interface EffectOptions {
  /** As `makemap --cidr`, in all maps but aliases. */
  readonly cidr?: boolean;
  readonly features?: readonly Feature[];
  readonly hostName?: string;
}

const CLASS_FILES = ['local-host-names', 'relay-domains', 'virtuser-domains', 'generics-domains'] as const;

/** @throws MapError for a map or source file that cannot be read */
export function effectOfBuild(directory: string, { cidr = false, ...options }: EffectOptions): DiffResult {
  const names = MAPS.filter((name) => hasName(join(directory, name)));
  const same = textsOf(
    CLASS_FILES.filter((name) => hasName(join(directory, name))),
    (name) => textIn(directory, name),
  );
  const before = { ...same, ...textsOf(names, (name) => contentOf(join(directory, name), name === ALIASES)) };
  const directive = (name: string): string => (cidr && name !== ALIASES ? '#makemap --cidr\n' : '');
  const after = { ...same, ...textsOf(names, (name) => directive(name) + textIn(directory, name)) };
  return diff({ ...options, directory, texts: before }, { ...options, directory, texts: after });
}

function textsOf(names: readonly string[], read: (name: string) => string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}

function textIn(directory: string, name: string): string {
  return decodeText(readShown(join(directory, name)).toString('latin1'));
}

/** A map as a source file. */
function contentOf(name: string, isAliases: boolean): string {
  const path = mapPathToRead(name);
  if (!hasName(path)) return '';
  using map = openMapFile(path);
  const lines = [...valuesOf(map)].map(([key, value]) => `${key}${isAliases ? ': ' : '\t'}${value}\n`);
  return decodeText(lines.join(''));
}
