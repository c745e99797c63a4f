/**
 * C, T and F lines -> members of classes.
 *
 * An F line names a file, in which each line not beginning with `#` is read by a scanf format (`%s`: its first word), or a map
 * lookup (`key@class:file`). Programs (`|`) are not run: the class is as if the program had printed nothing, and this is
 * reported.
 */
import type { ByteString } from '../../core/bytes.ts';
import { type ClassSourceOf, readClassSource } from '../../source/cf/class-file-line.ts';
import type { NameId } from '../../source/cf/macro-names.ts';
import { IN_CLASS } from '../../source/cf/symbols.ts';
import { scanAnyFormat } from '../../source/scan-format.ts';
import type { Configuration } from '../configuration.ts';
import { RuleMap } from '../maps/rule-map.ts';
import { cLines } from '../maps/text.ts';

/** Reads a C line, without its letter. */
export function readClassLine(line: ByteString, configuration: Configuration): void {
  const { id, next } = configuration.macros.parseName(line, 0);
  if (id !== 0) addWords(id, configuration.macros.expand(line.slice(next)), configuration);
}

/** Adds the words of a text; `$=x` stands for the members of x. */
export function addWords(id: NameId, text: ByteString, { words, macros }: Configuration): void {
  for (const word of text.split(/[ \t\n\v\f\r]+/)) {
    if (word === '') continue;
    if (word[0] !== IN_CLASS) words.add(id, word);
    else if (word.length > 1) words.copy(macros.parseName(word, 1).id, id);
  }
}

/** Reads an F line, without its letter. */
export function readClassFileLine(line: ByteString, configuration: Configuration): void {
  const { macros, reports } = configuration;
  const { id, next } = macros.parseName(line, 0);
  if (id === 0) return;
  const source = readClassSource(line.slice(next));
  if (source.is === 'invalid') reports.system(source.complaint);
  else if (source.is === 'program') reports.system(`fileclass: program '${source.command}' is not run`);
  else if (source.is === 'file') readFile(id, source, configuration);
  else readMap(id, source, configuration);
}

function readFile(id: NameId, { path, format, isOptional }: ClassSourceOf<'file'>, configuration: Configuration): void {
  const { reports, machine, context } = configuration;
  const read = machine.readFile(path, context.safety('class'));
  if ('cause' in read) {
    if (!isOptional) reports.classFile(`fileclass: cannot open '${path}'`, read.cause);
    return;
  }
  const scan = scanAnyFormat(format);
  for (const line of cLines(read.text)) if (!line.startsWith('#')) addWords(id, scan(line), configuration);
}

function readMap(
  id: NameId,
  { key, mapClass: className, spec, isOptional }: ClassSourceOf<'map'>,
  configuration: Configuration,
): void {
  const { reports, macros, context } = configuration;
  const name = macros.name(id);
  const mapClass = configuration.mapClass(className);
  if (mapClass === undefined) {
    reports.system(`fileclass: F{${name}}: class ${className} not available`);
    return;
  }
  const map = new RuleMap(name, className, mapClass);
  if (!mapClass.parse(map, spec, context)) return;
  if (mapClass.open?.(map, context) === false) {
    if (!isOptional && !map.flags.optional) reports.system(`fileclass: F{${name}}: map open failed`);
    return;
  }
  const found = mapClass.lookup(map, key, undefined, context);
  if (found.value !== undefined) addWords(id, found.value, configuration);
  else if (found.status !== 0 && found.status !== 68 && !isOptional)
    reports.system(`fileclass: F{${name}}: map lookup failed`);
}
