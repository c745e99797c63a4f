/**
 * Text -> map: reads makemap lines, settles what happens to keys that come twice, and replaces the map file in one step.
 *
 * Good lines are kept whatever the others are; problems are told in line order. Nothing is written before the input has
 * ended, so the old map stays until the new one is complete, and for good when anything fails. Memory is the records'
 * size and some 20 bytes each. Behaviour: makemap(8) of sendmail 8.17.
 */
import { basename } from 'node:path';
import { isUint8Array } from 'node:util/types';
import { checkOptions, FLAG, FUNCTION, type Kinds, NUMBER, oneOf, TEXT } from '../core/arguments.ts';
import { encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { foldCase } from '../core/fold.ts';
import type { Problem } from '../core/problem.ts';
import { EX_DATAERR } from '../core/sysexits.ts';
import { openExisting, safePlace } from '../files/safe-open.ts';
import { type LineRules, MakemapParser, type RecordSink } from '../source/makemap-input.ts';
import type { BuildMark } from '../store/lmdb/mark.ts';
import type { MapFile } from '../store/map-file.ts';
import { RecordArena } from '../store/records/arena.ts';
import { dropDuplicates } from '../store/records/equal-keys.ts';
import type { WrittenFormat } from '../store/records/limits.ts';
import { type SortedRecords, sortRecords } from '../store/records/sort.ts';
import type { MapLock } from '../store/replace/lock.ts';
import { formatOfMap } from '../store/replace/target.ts';
import { EntryWatch, type EntryWatchOptions, isAccessMap } from './entry-watch.ts';
import { formAt, formOf, type MapForm } from './form.ts';
import { ProblemLog } from './problem-log.ts';
import { loadRecords, replaceRecords, withMap } from './replace.ts';

/** How to make a map; the letters are makemap's options. */
export interface MakeMapOptions {
  /** `-t`: this character ends keys, instead of white space; of several, or of several bytes, the first. */
  readonly delimiter?: string;
  /** `-D`: lines that start with it are comments (its first byte counts); `''`: there are none. Default `'#'`. */
  readonly comment?: string;
  /** `-e`: a key without a value gets an empty one instead of a problem. */
  readonly emptyValues?: boolean;
  /** `-f`: keys keep their case. */
  readonly keepCase?: boolean;
  /** `-N`: keys are stored with a trailing NUL. Default: as in the map that exists; a new map has keys without. */
  readonly trailingNul?: boolean;
  /** What stays of a key that comes twice: the first, with a problem for each other (default), the last (`-r`), all (`-d`). */
  readonly duplicates?: 'first' | 'last' | 'all';
  /** `-o`: add to the map that exists. */
  readonly append?: boolean;
  /** Leave the map as it was when any line is bad. */
  readonly strict?: boolean;
  /**
   * LMDB `'1.0'`, or `'0.9'`, which Postfix, Exim and mdb_dump read, or `'cdb'`. Default: that of the map that exists; a new
   * map is of format 1.0, or CDB when its name ends in `.cdb`.
   */
  readonly format?: WrittenFormat;
  /** Read the new map back before it is put in place. Default true. */
  readonly verify?: boolean;
  /** `-s`: a symbolic link in the place of the map is followed; a file with other names leaves those what they were. */
  readonly allowLinks?: boolean;
  /** A map of any type is added to (`implicit`): where there is none, unsafe folders are warned of twice. */
  readonly anyType?: boolean;
  /** User id that the map is given to (TrustedUser). */
  readonly owner?: number | undefined;
  /** UseCompressedIPv6Addresses: which IPv6 addresses of an access map are warned of as never asked for. */
  readonly compressedAddresses?: boolean;
  /** Told every problem, in line order; the report then holds none. */
  readonly onProblem?: (problem: Problem) => void;
  /** `-v`: told every record as it is read, in bytes, key folded, before duplicates are looked for. */
  readonly onRecord?: (key: string, value: string) => void;
}

const OPTIONS: Kinds<MakeMapOptions> = {
  delimiter: TEXT,
  comment: TEXT,
  emptyValues: FLAG,
  keepCase: FLAG,
  trailingNul: FLAG,
  duplicates: oneOf('first', 'last', 'all'),
  append: FLAG,
  strict: FLAG,
  format: oneOf('1.0', '0.9', 'cdb'),
  verify: FLAG,
  allowLinks: FLAG,
  anyType: FLAG,
  owner: NUMBER,
  compressedAddresses: FLAG,
  onProblem: FUNCTION,
  onRecord: FUNCTION,
};

/** What became of the input. */
export interface MakeMapReport {
  /** The map file. */
  readonly path: string;
  /** Lines read. */
  readonly lines: number;
  /** Records that the map has now. */
  readonly records: number;
  /** Size of the map file. */
  readonly bytes: number;
  /** Lines that were not stored. */
  readonly errors: number;
  /** In line order; empty where `onProblem` was told. */
  readonly problems: readonly Problem[];
}

/**
 * Makes a map from `key value` lines.
 *
 * @param source the text, in chunks; a chunk is not looked at again after the next was asked for. What it throws is thrown
 * @param mapName `/etc/mail/access` makes `/etc/mail/access.lmdb`
 * @throws MapError for everything that keeps the map from being made; the old one is then as it was. Bad lines are no
 * such thing (they are in the report) unless `strict` is set (`badLines`).
 * @throws TypeError for chunks that are no bytes, and for an option that there is not or that is something else than it must
 * be
 * @example
 * ```js
 * const report = await makeMap([Buffer.from('a.example RELAY\nb.example\n')], '/etc/mail/access');
 * report.records; // => 1
 * report.problems.at(-1).text; // => 'no RHS for LHS b.example'
 * ```
 */
export async function makeMap(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  mapName: string,
  options: MakeMapOptions = {},
): Promise<MakeMapReport> {
  checkOptions(options, OPTIONS);
  const log = new ProblemLog(options.onProblem);
  const tell = (problem: Problem): void => log.tell(problem);
  const isCdb = options.format === 'cdb';
  using place = safePlace(mapName, options.append ? 'write' : 'create', { ...options, isCdb, onProblem: tell });
  // said before any input is read, and not in the end alone
  if (!options.append) formatOfMap(place.directory, basename(place.path), options.format);
  const watch = { isAccess: isAccessMap(mapName), compressedAddresses: options.compressedAddresses };
  const read = async (form: MapForm, existing?: MapFile): Promise<Reading> =>
    readRecords(source, withForm({ ...options, watch }, form), log, existing);
  const put = async (lock: MapLock, { records, lines, duplicates }: Reading): Promise<MakeMapReport> => {
    const mark: BuildMark = { keys: options.keepCase ? 'asWritten' : 'folded' };
    const { owner, verify } = options;
    const bytes = await replaceRecords(lock, records, { owner, verify, mark, duplicates, onProblem: tell });
    return {
      path: place.path,
      lines,
      records: records.addresses.length,
      bytes,
      errors: log.errors,
      problems: log.collected,
    };
  };
  if (options.append) {
    return await withMap(place, tell, async (lock) => {
      using existing = openExisting(lock, place);
      if (existing === undefined) throw new MapError('missing', `${place.path} does not exist`, { file: place.path });
      return put(lock, await read(formOf(existing), existing));
    });
  }
  // The lock is not held while input comes: it may be somebody who types.
  const reading = await read(formAt(place.path, place.directory));
  return await withMap(place, tell, (lock) => put(lock, reading));
}

/** What the input came to. */
interface Reading {
  readonly records: SortedRecords;
  readonly lines: number;
  /** The map may hold a key several times. */
  readonly duplicates: boolean;
}

/** What was not asked for stays as the map has it. */
function withForm(options: WatchedOptions, { format, keyNul }: MapForm): FormedOptions {
  return { ...options, format: options.format ?? format, trailingNul: options.trailingNul ?? keyNul };
}

type FormedOptions = WatchedOptions & Required<Pick<MakeMapOptions, 'format' | 'trailingNul'>>;
type WatchedOptions = MakeMapOptions & { readonly watch: EntryWatchOptions };

async function readRecords(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: FormedOptions,
  log: ProblemLog,
  existing: MapFile | undefined,
): Promise<Reading> {
  const duplicates = mayRepeat(options, existing);
  if (existing && options.duplicates === 'all' && !duplicates) {
    throw new MapError('badInput', 'Invalid argument', { file: existing.path });
  }
  const arena = new RecordArena(options.format, {
    foldKeys: options.keepCase !== true,
    keyNul: options.trailingNul,
  });
  if (existing) loadRecords(existing, arena);
  const store = recordSink(arena, options);
  const watch = new EntryWatch(options.watch, (problem) => log.add(problem));
  const record: RecordSink = (...entry) => {
    watch.record(...entry);
    store(...entry);
  };
  const parser = new MakemapParser(lineRules(options), record, (problem) => log.add(problem));
  for await (const chunk of source) {
    const bytes = bytesOf(chunk);
    watch.chunk(bytes);
    parser.push(bytes);
  }
  parser.end();
  watch.end();
  const records = settleDuplicates(sortRecords(arena), options, duplicates, log);
  log.flush();
  if (options.strict && log.errors > 0) {
    throw new MapError('badLines', `bad lines: ${log.errors}; the map is as it was`);
  }
  return { records, lines: parser.lines, duplicates };
}

/** Whether the map may hold a key several times. A CDB file does not say so, and loses none that it has. */
function mayRepeat({ duplicates, format }: FormedOptions, existing: MapFile | undefined): boolean {
  if (existing === undefined) return duplicates === 'all';
  return format === 'cdb' ? duplicates !== 'last' : existing.hasDuplicates;
}

/** What another thread may change while it is read is copied first. */
function bytesOf(chunk: Uint8Array): Uint8Array {
  if (!isUint8Array(chunk)) throw new TypeError('source must give chunks of bytes (Uint8Array)');
  return chunk.buffer instanceof SharedArrayBuffer ? new Uint8Array(chunk) : chunk;
}

function lineRules(options: MakeMapOptions): LineRules {
  const { delimiter, comment, emptyValues = false, keepCase = false } = options;
  return {
    emptyValues,
    keepCase,
    ...(delimiter ? { delimiter: encodeText(delimiter).charCodeAt(0) } : {}),
    ...(comment === undefined ? {} : { comment: comment === '' ? null : encodeText(comment).charCodeAt(0) }),
  };
}

function recordSink(arena: RecordArena, { onRecord, keepCase }: MakeMapOptions): RecordSink {
  if (onRecord === undefined) {
    return (bytes, keyStart, keyEnd, valueStart, valueEnd, line) =>
      arena.add(bytes, keyStart, keyEnd, valueStart, valueEnd, line);
  }
  return (bytes, keyStart, keyEnd, valueStart, valueEnd, line) => {
    const text = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString('latin1');
    const key = text(keyStart, keyEnd);
    onRecord(keepCase ? key : foldCase(key), text(valueStart, valueEnd));
    arena.add(bytes, keyStart, keyEnd, valueStart, valueEnd, line);
  };
}

/** @param keepsAll the map is one that may hold a key several times */
function settleDuplicates(
  records: SortedRecords,
  { duplicates = 'first', trailingNul }: MakeMapOptions,
  keepsAll: boolean,
  log: ProblemLog,
): SortedRecords {
  if (duplicates === 'all' || (keepsAll && duplicates === 'last')) return records;
  if (duplicates === 'last') return dropDuplicates(records, 'last');
  const { arena } = records;
  const refuse = (address: number): void => {
    const key = trailingNul ? arena.keyAt(address).slice(0, -1) : arena.keyAt(address);
    log.add({ severity: 'error', line: arena.lineAt(address), text: `key ${key}: duplicate key`, status: EX_DATAERR });
  };
  return keepsAll ? keepOld(records, refuse) : dropDuplicates(records, 'first', refuse);
}

/** Of equal keys keeps those that the map had already (line 0; they come first), or else the first. */
function keepOld({ arena, addresses, equalRuns }: SortedRecords, onDropped: (address: number) => void): SortedRecords {
  const dropped = new Set<number>();
  const runs: number[] = [];
  for (let run = 0; run < equalRuns.length; run += 2) {
    const keys = addresses.subarray(equalRuns[run], equalRuns[run + 1]);
    const kept = Math.max(1, keys.filter((address) => arena.lineAt(address) === 0).length);
    const start = equalRuns[run]! - dropped.size;
    if (kept > 1) runs.push(start, start + kept);
    for (const address of keys.subarray(kept)) dropped.add(address);
  }
  for (const address of dropped) onDropped(address);
  return { arena, addresses: addresses.filter((address) => !dropped.has(address)), equalRuns: runs };
}
