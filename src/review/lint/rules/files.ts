/**
 * The files of a configuration on disk: a map that differs from its source file, a source file that others may write, a file
 * that does not exist. A configuration in memory has only findings about class files that do not exist.
 */

import { statSync } from 'node:fs';
import type { ByteString } from '../../../core/bytes.ts';
import type { FILE_CODES } from '../../../core/codes/files.ts';
import { MapError } from '../../../core/errors.ts';
import { foldCase } from '../../../core/fold.ts';
import { directoriesTo, directoryOf, WRITABLE, writersOf } from '../../../files/directories.ts';
import { mapAge } from '../../../files/map-age.ts';
import { mapPathToRead, textOfMap } from '../../../files/map-path.ts';
import { valuesOf } from '../../../map/compare.ts';
import { eachAlias, eachEntry } from '../../../map/text-lookup.ts';
import { isCidrDirective } from '../../../source/cidr-directive.ts';
import { openMapFile } from '../../../store/open-map-file.ts';
import type { SourceLines } from '../../source-text.ts';
import type { LintContext } from '../context.ts';
import type { Found, Place } from '../finding.ts';
import type { RulesOf } from '../rule.ts';

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;
const AT_TOP = { line: 1, column: 1, length: 1 } as const;
/** A key from which makemap --cidr makes other keys, also if the file does not ask for it. */
const NETWORK = /^(?:[A-Za-z]+:)?(?:ipv6:)?[\da-f.:]+\/\d+$/i;

export const FILE_RULES: RulesOf<typeof FILE_CODES> = {
  *MM306(context: LintContext): Iterable<Found> {
    for (const { name } of context.maps) {
      const file = textOfMap(name);
      const source = context.sources.find((each) => each.file === file);
      const age = mapAge(name);
      if (age?.kind === 'missing') yield { file, ...AT_TOP, severity: 'info', text: age.text };
      else if (source !== undefined) {
        const text = differenceOf(mapPathToRead(name), source, context) ?? (isByTime(source) ? age?.text : undefined);
        if (text !== undefined) yield { file, ...AT_TOP, text };
      }
    }
  },
  *MM505({ maps, sources }: LintContext): Iterable<Found> {
    if (maps.length === 0) return;
    for (const { file } of sources) {
      const mode = statSync(file, QUIET)?.mode ?? 0;
      if ((mode & OTHERS_WRITE) !== 0) yield { file, ...AT_TOP, text: 'anybody may write this file' };
      else if ((mode & GROUP_WRITES) !== 0)
        yield { file, ...AT_TOP, severity: 'warning', text: 'its group may write this file' };
    }
    yield* writableDirectories(sources);
  },
  *MM509(context: LintContext): Iterable<Found> {
    const cf = context.sources.find(({ kind }) => kind === 'cf');
    if (cf === undefined) return;
    for (const { path, className, line = 1 } of context.missing)
      yield { ...wholeLine(cf, line), text: `there is no file ${path}: class ${className} needs it`, help: EMPTY };
    const read = new Set(context.sources.map(({ file }) => file));
    for (const { name, absence } of context.maps) {
      if (absence !== 'expected' || read.has(textOfMap(name)) || statSync(mapPathToRead(name), QUIET)) continue;
      const line = cf.lines.findIndex((text) => /^[KO]/.test(text) && text.includes(textOfMap(name))) + 1;
      yield { ...wholeLine(cf, line), severity: 'warning', text: `neither ${textOfMap(name)} nor its map exists` };
    }
  },
};

const EMPTY = 'create it, it may be empty';
const QUIET = { throwIfNoEntry: false } as const;

function wholeLine({ file, lines }: SourceLines, line: number): Place {
  return { file, line: Math.max(line, 1), column: 1, length: lines[line - 1]?.length ?? 1 };
}

/** Directories on the paths of source files in which others may exchange these; in a sticky one they may not. */
function* writableDirectories(sources: readonly SourceLines[]): Iterable<Found> {
  const seen = new Set<string>();
  for (const { file } of sources) {
    for (const passed of directoriesTo(directoryOf(file))) {
      const { path, stats } = passed;
      const writers = (stats.mode & STICKY) === 0 ? writersOf(passed) : undefined;
      if (writers === undefined || seen.has(path)) continue;
      seen.add(path);
      const severity = writers === 'world' ? 'error' : 'warning';
      yield { file, ...AT_TOP, severity, text: `${WRITABLE[writers]} ${path}` };
    }
  }
}

/** True if the map may have been made of other keys than those of the source file: only times can be compared. */
function isByTime({ lines }: SourceLines): boolean {
  const isSaid = lines.some((line) => line.startsWith('#') && isCidrDirective(line.slice(1)));
  return !isSaid && lines.some((line) => NETWORK.test(line.split(/[ \t]/, 1)[0]!));
}

/** The difference of a map from its source file; undefined: there is none. */
function differenceOf(path: string, source: SourceLines, context: LintContext): string | undefined {
  if (isByTime(source)) return undefined;
  try {
    using map = openMapFile(path);
    const made = new Map([...valuesOf(map)].map(([key, value]) => [foldCase(key), value] as const));
    const written = entriesOf(source, context);
    const keys = new Set([...made.keys(), ...written.keys()]);
    const other = [...keys].filter((key) => !(written.get(key)?.includes(made.get(key) ?? '\0') ?? false));
    if (other.length === 0) return undefined;
    const build = source.kind === 'aliases' ? 'newaliases' : 'makemap';
    return `${path} differs in ${other.length} keys, such as ${other[0]}: make it with ${build}`;
  } catch (error) {
    if (error instanceof MapError) return error.message;
    throw error;
  }
}

/** All values of each key: which of several counts is a matter of makemap's options. */
function entriesOf(
  { kind, text, file }: SourceLines,
  { rules, compressedAddresses }: LintContext,
): Map<ByteString, ByteString[]> {
  const entries = new Map<ByteString, ByteString[]>();
  const add = (key: ByteString, value: ByteString): void => {
    if (entries.has(key)) entries.get(key)!.push(value);
    else entries.set(key, [value]);
  };
  if (kind === 'aliases') eachAlias(text, file, rules, add);
  else eachEntry(text, compressedAddresses === true, add);
  return entries;
}
