/**
 * C, T and F lines -> members of classes.
 *
 * An F line names a file, in which each line not beginning with `#` is read by a scanf format (`%s`: its first word), or a map
 * lookup (`key@class:file`). Programs (`|`) are not run: the class is as if the program had printed nothing, and this is
 * reported.
 */
import type { ByteString } from '../../core/bytes.ts';
import type { Configuration } from '../configuration.ts';
import type { NameId } from '../macros.ts';
import { RuleMap } from '../maps/rule-map.ts';
import { cLines } from '../maps/text.ts';
import { IN_CLASS } from '../symbols.ts';
import { scanLine } from './scanf.ts';

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
  const { id, next } = configuration.macros.parseName(line, 0);
  if (id === 0) return;
  let text = line.slice(next).replace(/^[ \t\n\v\f\r]+/, '');
  const isOptional = text.startsWith('-o');
  if (isOptional) text = text.replace(/^[^ \t\n\v\f\r]*[ \t\n\v\f\r]*/, '');
  if (isMap(text)) {
    readMap(id, text, isOptional, configuration);
    return;
  }
  const name = fileName(text);
  if (name === undefined) {
    configuration.reports.system(`illegal filename '${text}'`);
    return;
  }
  const format = text.slice(name.end + 1).replace(/^[ \t\n\v\f\r]+/, '');
  readFile(id, name.file, name.end >= text.length ? '%s' : format, isOptional, configuration);
}

/** `key@class:file`, `@LDAP` */
function isMap(text: ByteString): boolean {
  const at = text.indexOf('@');
  if (/^[/|]/.test(text) || at < 0) return false;
  const rest = text.slice(at + 1);
  return rest === 'LDAP' || (rest[0] !== ':' && rest.includes(':'));
}

/** The file's name up to a blank; quotes and backslashes keep blanks in it. */
function fileName(text: ByteString): { readonly file: ByteString; readonly end: number } | undefined {
  let file = '';
  let [isQuoted, isEscaped] = [false, false];
  let i = 0;
  for (; i < text.length; i++) {
    const character = text[i]!;
    if (isEscaped) {
      isEscaped = false;
      if (character !== ' ') file += '\\';
    }
    if (character === '\\') isEscaped = true;
    else if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted || character !== ' ') file += character;
    else break;
  }
  return isQuoted || isEscaped ? undefined : { file, end: i };
}

function readFile(
  id: NameId,
  file: ByteString,
  format: ByteString,
  isOptional: boolean,
  configuration: Configuration,
): void {
  const { reports, machine, context } = configuration;
  if (file === '') {
    reports.system('fileclass: missing file name');
    return;
  }
  if (file.startsWith('|')) {
    reports.system(`fileclass: program '${file.slice(1)}' is not run`);
    return;
  }
  const read = machine.readFile(file, context.safety('class'));
  if ('cause' in read) {
    if (!isOptional) reports.classFile(`fileclass: cannot open '${file}'`, read.cause);
    return;
  }
  for (const line of cLines(read.text)) {
    if (line.startsWith('#')) continue;
    const found = scanLine(`${line}\n`, format);
    if (found !== undefined) addWords(id, found, configuration);
  }
}

function readMap(id: NameId, text: ByteString, isOptional: boolean, configuration: Configuration): void {
  const { reports, macros, context } = configuration;
  const name = macros.name(id);
  const at = text.indexOf('@');
  const [key, rest] = [text.slice(0, at), text.slice(at + 1)];
  const isLdap = rest === 'LDAP';
  const className = isLdap ? 'ldap' : rest.slice(0, rest.indexOf(':'));
  const mapClass = configuration.mapClass(className);
  if (mapClass === undefined) {
    reports.system(`fileclass: F{${name}}: class ${className} not available`);
    return;
  }
  const map = new RuleMap(name, className, mapClass);
  if (!mapClass.parse(map, isLdap ? '-k x' : rest.slice(className.length + 1), context)) return;
  if (mapClass.open?.(map, context) === false) {
    if (!isOptional && !map.flags.optional) reports.system(`fileclass: F{${name}}: map open failed`);
    return;
  }
  const found = mapClass.lookup(map, key, undefined, context);
  if (found.value !== undefined) addWords(id, found.value, configuration);
  else if (found.status !== 0 && found.status !== 68 && !isOptional)
    reports.system(`fileclass: F{${name}}: map lookup failed`);
}
