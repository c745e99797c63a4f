/**
 * makemap's input -> a map: parses lines, settles duplicate keys, and replaces the map file in one step.
 *
 * Bad lines do not affect good ones; problems are reported in line order. Nothing is written before the input ends: the old map
 * stays until the new one is complete, and stays for good if anything fails. Limits: memory is the size of the records and
 * about 20 bytes for each. Source: makemap(8) of sendmail 8.17.
 */
import { basename } from 'node:path';
import { isUint8Array } from 'node:util/types';
import { abortable, pauseFor } from '../core/abort.ts';
import { checkOptions, FLAG, FUNCTION, type Kinds, NUMBER, oneOf, SIGNAL, TEXT } from '../core/arguments.ts';
import { encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { foldCase } from '../core/fold.ts';
import type { Problem } from '../core/problem.ts';
import { EX_DATAERR } from '../core/sysexits.ts';
import { openExisting, safePlace } from '../files/safe-open.ts';
import { type LineRules, MakemapParser, type RecordSink } from '../source/makemap-input.ts';
import { warningOf } from '../source/warnings/finding.ts';
import type { BuildMark } from '../store/lmdb/mark.ts';
import type { MapFile } from '../store/map-file.ts';
import { openMapFile } from '../store/open-map-file.ts';
import { RecordArena } from '../store/records/arena.ts';
import { dropDuplicates } from '../store/records/equal-keys.ts';
import type { WrittenFormat } from '../store/records/limits.ts';
import { type SortedRecords, sortRecords } from '../store/records/sort.ts';
import type { MapLock } from '../store/replace/lock.ts';
import { formatOfMap } from '../store/replace/target.ts';
import { NetworkKeys } from './cidr.ts';
import { EntryWatch, type EntryWatchOptions, isAccessMap } from './entry-watch.ts';
import { formAt, formOf, type MapForm } from './form.ts';
import { ProblemLog } from './problem-log.ts';
import { loadRecords, replaceRecords, withMap } from './write-map.ts';

/** How to make a map; each letter is an option of makemap. */
export interface MakeMapOptions {
  /** `-t`: this character ends keys, instead of white space. Only its first byte counts. */
  readonly delimiter?: string;
  /** `-D`: lines that start with it are comments (only its first byte counts); `''`: no comments. Default `'#'`. */
  readonly comment?: string;
  /** `-e`: a key without a value gets an empty one, without a problem. */
  readonly emptyValues?: boolean;
  /** `-f`: keys keep their case. */
  readonly keepCase?: boolean;
  /** `-N`: keys are stored with a trailing NUL. Default: as in the existing map; in a new map without. */
  readonly trailingNul?: boolean;
  /** Duplicate keys: keep the first and report the others (default), keep the last (`-r`), or keep all (`-d`). */
  readonly duplicates?: 'first' | 'last' | 'all';
  /** `-o`: adds to the existing map. */
  readonly append?: boolean;
  /** If any line is bad, leaves the map as it was. */
  readonly strict?: boolean;
  /** Reads the input and judges the place of the map, and writes nothing; `bytes` of the report is 0. */
  readonly check?: boolean;
  /**
   * LMDB `'1.0'`, or `'0.9'`, which Postfix, Exim and mdb_dump read, or `'cdb'`. Default: the format of the existing map; for a
   * new map 1.0, or CDB if its name ends in `.cdb`.
   */
  readonly format?: WrittenFormat;
  /** Reads the new map back before it replaces the old one. Default true. */
  readonly verify?: boolean;
  /** `-s`: follows a symbolic link in the place of the map; other hard links to a replaced file keep the old content. */
  readonly allowLinks?: boolean;
  /** The map type is `implicit`. For a new map, sendmail warns of unsafe directories twice. */
  readonly anyType?: boolean;
  /** User id of the new owner of the map (TrustedUser). */
  readonly owner?: number | undefined;
  /** UseCompressedIPv6Addresses: decides which IPv6 addresses in an access map are warned of as never looked up. */
  readonly compressedAddresses?: boolean;
  /**
   * Networks in CIDR form (`192.0.2.0/23`, `2001:db8::/32`), any spelling of IPv6 and Unicode domains become the keys that
   * sendmail looks up. The line `#makemap --cidr` in the input does the same for the lines after it. A network that needs more
   * than 4096 keys is a bad line.
   */
  readonly cidr?: boolean;
  /** Ends the run with the reason of the signal, until the new map takes the place of the old one. */
  readonly signal?: AbortSignal;
  /** Called for every problem, in line order; the report then has none. */
  readonly onProblem?: (problem: Problem) => void;
  /** `-v`: called for every record as it is read, in bytes, key folded, before duplicates are settled. */
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
  check: FLAG,
  format: oneOf('1.0', '0.9', 'cdb'),
  verify: FLAG,
  allowLinks: FLAG,
  anyType: FLAG,
  owner: NUMBER,
  compressedAddresses: FLAG,
  cidr: FLAG,
  signal: SIGNAL,
  onProblem: FUNCTION,
  onRecord: FUNCTION,
};

/** The result of a run. */
export interface MakeMapReport {
  /** The map file. */
  readonly path: string;
  /** Lines read. */
  readonly lines: number;
  /** Records in the map now. */
  readonly records: number;
  /** Size of the map file. */
  readonly bytes: number;
  /** Lines that were not stored. */
  readonly errors: number;
  /** Networks in the input, and the records that were made of them. */
  readonly networks: number;
  readonly networkKeys: number;
  /** In line order; empty if `onProblem` is set. */
  readonly problems: readonly Problem[];
}

/**
 * Makes a map from `key value` lines.
 *
 * @param source the input, in chunks; a chunk is not used after the next one is requested. Its errors are passed on.
 * @param mapName `/etc/mail/access` makes `/etc/mail/access.lmdb`
 * @throws MapError if the map cannot be made; the old map is then unchanged. Bad lines are in the report; with `strict` they
 * are an error (`badLines`).
 * @throws the reason of an aborted `signal`; the old map is then unchanged
 * @throws TypeError for chunks that are not bytes, for an unknown option, or one of the wrong type
 * @example
 * ```js
 * const report = await makeMap([Buffer.from('a.example RELAY\nb.example\n')], '/etc/mail/access');
 * report.records; // => 1
 * report.problems.at(-1)?.text; // => 'no RHS for LHS b.example'
 * ```
 */
export async function makeMap(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  mapName: string,
  options: MakeMapOptions = {},
): Promise<MakeMapReport> {
  checkOptions(options, OPTIONS);
  const log = new ProblemLog(options.onProblem);
  const report = (problem: Problem): void => log.report(problem);
  const isCdb = options.format === 'cdb';
  using place = safePlace(mapName, options.append ? 'write' : 'create', { ...options, isCdb, onProblem: report });
  // A wrong format is reported before any input is read, not after.
  if (!options.append) formatOfMap(place.directory, basename(place.path), options.format);
  const watch = { isAccess: isAccessMap(mapName), compressedAddresses: options.compressedAddresses };
  const read = async (form: MapForm, existing?: MapFile): Promise<Reading> =>
    readRecords(abortable(source, options.signal), withForm({ ...options, watch }, form), log, existing);
  const reportOf = ({ records, lines, networks }: Reading, bytes: number): MakeMapReport => ({
    path: place.path,
    lines,
    records: records.addresses.length,
    bytes,
    errors: log.errors,
    networks: networks.networks,
    networkKeys: networks.keys,
    problems: log.collected,
  });
  const put = async (lock: MapLock, reading: Reading): Promise<MakeMapReport> => {
    const { records, duplicates } = reading;
    const mark: BuildMark = { keys: options.keepCase ? 'asWritten' : 'folded' };
    const { owner, verify, signal } = options;
    await pauseFor(signal);
    const bytes = await replaceRecords(lock, records, { owner, verify, mark, duplicates, signal, onProblem: report });
    return reportOf(reading, bytes);
  };
  if (options.check) {
    using existing = options.append ? openMapFile(place.path) : undefined;
    return reportOf(
      await read(existing === undefined ? formAt(place.path, place.directory) : formOf(existing), existing),
      0,
    );
  }
  if (options.append) {
    const add = async (lock: MapLock): Promise<MakeMapReport> => {
      using existing = openExisting(lock, place);
      if (existing === undefined) throw new MapError('missing', `${place.path} does not exist`, { file: place.path });
      return put(lock, await read(formOf(existing), existing));
    };
    return await withMap(place, report, add, options.signal);
  }
  // The lock is not held while input arrives: somebody may be typing it.
  const reading = await read(formAt(place.path, place.directory));
  return await withMap(place, report, (lock) => put(lock, reading), options.signal);
}

/** The result of reading the input. */
interface Reading {
  readonly records: SortedRecords;
  readonly lines: number;
  readonly networks: NetworkKeys;
  /** The map may hold a key several times. */
  readonly duplicates: boolean;
}

/** Options that are absent take their value from the existing map. */
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
  const add = (problem: Problem): void => log.add(problem);
  const watch = new EntryWatch(options.watch, (finding) => add(warningOf(finding)));
  const networks = new NetworkKeys(recordSink(arena, options), add, {
    isOn: options.cidr,
    compressedAddresses: options.compressedAddresses,
    onEntry: watch.record,
  });
  const parser = new MakemapParser(lineRules(options), networks.record, add, networks.comment);
  for await (const chunk of source) {
    const bytes = bytesOf(chunk);
    watch.chunk(bytes);
    parser.push(bytes);
  }
  parser.end();
  networks.end();
  watch.end();
  const records = settleDuplicates(sortRecords(arena), options, duplicates, log);
  log.flush();
  if (options.strict && log.errors > 0) {
    throw new MapError('badLines', `bad lines: ${log.errors}; the map is as it was`);
  }
  return { records, lines: parser.lines, networks, duplicates };
}

/** Whether the map may hold a key several times. A CDB file does not record this, and keeps the duplicates it has. */
function mayRepeat({ duplicates, format }: FormedOptions, existing: MapFile | undefined): boolean {
  if (existing === undefined) return duplicates === 'all';
  return format === 'cdb' ? duplicates !== 'last' : existing.hasDuplicates;
}

/** Copies a chunk that another thread may change. */
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

/** @param keepsAll whether the map may hold a key several times */
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
    log.add({
      severity: 'error',
      code: 'MM303',
      line: arena.lineAt(address),
      text: `key ${key}: duplicate key`,
      status: EX_DATAERR,
    });
  };
  return keepsAll ? keepOld(records, refuse) : dropDuplicates(records, 'first', refuse);
}

/** Keeps, of equal keys, those of the old map (line 0; they come first), or else the first. */
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
