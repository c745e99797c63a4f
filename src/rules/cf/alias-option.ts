/**
 * `O AliasFile=class:file, file ...` -> the maps `Alias0`, `Alias1` ..., and the sequence `aliases.files` of them, which the
 * map `aliases` asks. Without a class, a map is of class `implicit`: if there is no database, it reads the source file.
 */
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { aliasItems } from '../../source/cf/map-spec.ts';
import type { Configuration } from '../configuration.ts';
import type { RuleMap } from '../maps/rule-map.ts';

const SEQUENCE = 'aliases.files';

/** Classes that may hold aliases. */
const FOR_ALIASES: ReadonlySet<string> = new Set([
  'hash',
  'btree',
  'cdb',
  'dbm',
  'implicit',
  'text',
  'stab',
  'sequence',
  'switch',
  'null',
  'program',
  'socket',
  'nis',
  'nisplus',
  'ldap',
]);

/** Adds the maps of an option's value. */
export function addAliasFiles(value: ByteString, configuration: Configuration): void {
  const { context } = configuration;
  for (const { mapClass, spec } of aliasItems(value)) {
    const sequence = context.map(SEQUENCE) ?? configuration.addMap(SEQUENCE, 'sequence')!;
    sequence.data ??= [];
    const members = sequence.data as RuleMap[];
    const added = addAliasFile(`Alias${members.length}`, mapClass, spec, configuration);
    if (added !== undefined) members.push(added);
  }
}

function addAliasFile(
  name: string,
  className: string,
  file: ByteString,
  configuration: Configuration,
): RuleMap | undefined {
  const { reports, context } = configuration;
  const isKnown = configuration.mapClass(className) !== undefined;
  const map = configuration.addMap(name, isKnown ? className : 'null')!;
  map.isAlias = true;
  if (!isKnown) reports.system(`setalias: unknown alias class ${className}`);
  else if (!FOR_ALIASES.has(foldCase(className)))
    reports.system(`setalias: map class ${className} can't handle aliases`);
  else if (map.mapClass.parse(map, file, context)) return map;
  map.state = 'invalid';
  return undefined;
}
