/**
 * `O AliasFile=class:file, file ...` -> the maps `Alias0`, `Alias1` ..., and the sequence `aliases.files` of them, which the
 * map `aliases` asks. Without a class, a map is of class `implicit`: if there is no database, it reads the source file.
 */
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
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
  for (let rest = skipSpace(value); rest !== ''; ) {
    const sequence = context.map(SEQUENCE) ?? configuration.addMap(SEQUENCE, 'sequence')!;
    sequence.data ??= [];
    const { className, file, next } = nextFile(rest);
    const members = sequence.data as RuleMap[];
    const added = addAliasFile(`Alias${members.length}`, className, file, configuration);
    if (added !== undefined) members.push(added);
    rest = skipSpace(next);
  }
}

/** The first file, with its class; a comma in quotes does not end it. */
function nextFile(text: ByteString): { className: string; file: ByteString; next: ByteString } {
  const mark = text.search(/[ ,/:]/);
  const hasClass = text[mark] === ':';
  const start = hasClass ? mark + 1 : 0;
  let end = mark < 0 ? text.length : Math.max(mark, start);
  for (let isQuoted = false; end < text.length && (isQuoted || text[end] !== ','); end++)
    if (text[end] === '"') isQuoted = !isQuoted;
  const className = hasClass ? text.slice(0, mark) : 'implicit';
  return { className, file: text.slice(start, end), next: text.slice(end + 1) };
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

function skipSpace(text: ByteString): ByteString {
  return text.replace(/^[ \t-\r]+/, '');
}
