/**
 * `text` maps: columns of the lines of a file.
 */
import type { ByteString } from '../../core/bytes.ts';
import { foldCase, isSpace } from '../../core/fold.ts';
import { EX_UNAVAILABLE } from '../../core/sysexits.ts';
import { parseFileMap } from './flags.ts';
import type { MapContext } from './map-context.ts';
import { answer, answerKey, type MapAnswer, type MapClass, NOT_FOUND, type RuleMap } from './rule-map.ts';

/** Most bytes of a line, and of a column. */
const MAX_LINE = 2047;
const MAX_COLUMN = 256;

export const textMap: MapClass = { parse: parseFileMap, open: openText, lookup: lookUpText };

/** Columns of a text map. */
interface Columns {
  readonly key: number;
  readonly value: number;
}

function openText(map: RuleMap, context: MapContext): boolean {
  const file = map.file ?? '';
  const complain = (what: string): false => {
    context.reports.system(`text map "${map.name}"${what}`);
    return false;
  };
  if (!file.startsWith('/')) return complain(': file name must be fully qualified');
  const read = context.machine.readFile(file, context.safety('map'));
  if ('cause' in read) {
    if (!map.flags.optional) context.reports.system(`text map "${map.name}": unsafe map file ${file}`);
    return false;
  }
  const key = column(map.flags.keyColumn);
  if (key === undefined) return complain(`, file ${file}: -k should specify a number, not ${map.flags.keyColumn}`);
  const value = column(map.flags.valueColumn);
  if (value === undefined) return complain(`, file ${file}: -v should specify a number, not ${map.flags.valueColumn}`);
  map.data = { key, value } satisfies Columns;
  return true;
}

function column(words: ByteString | undefined): number | undefined {
  if (words === undefined) return 0;
  return /^[0-9]/.test(words) ? Number.parseInt(words, 10) : undefined;
}

function lookUpText(
  map: RuleMap,
  key: ByteString,
  args: readonly ByteString[] | undefined,
  context: MapContext,
): MapAnswer {
  const read = context.machine.readFile(map.file ?? '', context.safety('map'));
  context.reports.lastCause = undefined;
  if ('cause' in read) {
    map.state = 'invalid';
    return { status: EX_UNAVAILABLE };
  }
  const columns = map.data as Columns;
  const { delimiter } = map.flags;
  const wanted = foldCase(key.slice(0, MAX_COLUMN));
  for (const line of cLines(read.text)) {
    if (line.startsWith('#')) continue;
    const found = columnOf(line, columns.key, delimiter);
    if (found === undefined || foldCase(found) !== wanted) continue;
    const value = columnOf(line, columns.value, delimiter);
    if (value === undefined) return NOT_FOUND;
    return map.flags.keyOnly ? answerKey(map, key) : answer(map, value, key, args);
  }
  return NOT_FOUND;
}

/** The lines of a file as fgets gives them to sendmail: long ones in pieces, ending at a zero byte. */
export function* cLines(text: ByteString): Generator<ByteString> {
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = Math.min(newline < 0 ? text.length : newline, start + MAX_LINE);
    const line = text.slice(start, end);
    const zero = line.indexOf('\0');
    yield zero < 0 ? line : line.slice(0, zero);
    start = end === newline ? end + 1 : end;
  }
}

/** A column of a line, from 0; white space separates where there is no delimiter. */
export function columnOf(line: ByteString, number: number, delimiter: string | undefined): ByteString | undefined {
  if (line === '') return undefined;
  const spaces = delimiter === undefined || delimiter === '';
  if (!spaces && line[0] === delimiter && number === 0) return undefined;
  const separators = spaces ? /[\n\t ]/g : undefined;
  let start = number === 0 && spaces ? skipSpace(line, 0) : 0;
  for (let i = 0; i < number; i++) {
    const at = nextSeparator(line, start, separators, delimiter);
    if (at < 0) return undefined;
    start = spaces ? skipSpace(line, at + 1) : at + 1;
  }
  const end = nextSeparator(line, start, separators, delimiter);
  return line.slice(start, end < 0 ? undefined : end).slice(0, MAX_COLUMN);
}

function nextSeparator(line: ByteString, start: number, spaces: RegExp | undefined, delimiter = ''): number {
  if (spaces === undefined) return line.indexOf(delimiter, start);
  spaces.lastIndex = start;
  return spaces.exec(line)?.index ?? -1;
}

function skipSpace(line: ByteString, start: number): number {
  let at = start;
  while (at < line.length && isSpace(line.charCodeAt(at))) at++;
  return at;
}
