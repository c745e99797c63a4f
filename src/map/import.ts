/**
 * A Berkeley DB, CDB or LMDB map -> a map of ours with the same records, made as safely as any other. The source is only read;
 * damage in it is an error, and then no map is made.
 *
 * Differences from the source: in an LMDB map keys keep their trailing NUL. In a CDB map they lose it, because Exim finds no
 * key with a NUL there; if a key exists in both forms, the values of the form without NUL stay, because every lookup finds that
 * form. Several values of a key stay: in CDB in their order, in LMDB 1.0 in byte order, equal ones once. LMDB 0.9 keeps only
 * the first value. The report names every loss.
 */
import { pauseFor } from '../core/abort.ts';
import { checkOptions, FLAG, FUNCTION, type Kinds, oneOf, SIGNAL, TEXT } from '../core/arguments.ts';
import { decodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { Problem } from '../core/problem.ts';
import { safePlace } from '../files/safe-open.ts';
import { openSource } from '../files/source-file.ts';
import type { MapFile } from '../store/map-file.ts';
import { openMapOf } from '../store/open-map-file.ts';
import { RecordArena } from '../store/records/arena.ts';
import { dropDuplicates } from '../store/records/equal-keys.ts';
import { LIMITS, type WrittenFormat } from '../store/records/limits.ts';
import { type SortedRecords, sortRecords } from '../store/records/sort.ts';
import type { MapLock } from '../store/replace/lock.ts';
import { MakerClues } from './maker-clues.ts';
import { replaceRecords, withMap } from './write-map.ts';

/** How `importMap` makes the new map. */
export interface ImportOptions {
  /** LMDB `'1.0'` (default) or `'0.9'`, which Postfix, Exim and mdb_dump read, or `'cdb'`. */
  readonly format?: WrittenFormat;
  /** Name of the database to read, for a Berkeley DB file with several. */
  readonly database?: string;
  /** Reads the new map back before it replaces the old one. Default true. */
  readonly verify?: boolean;
  /** Ends the run with the reason of the signal, until the new map takes the place of an old one. */
  readonly signal?: AbortSignal;
  /** Called for every problem; the report then has none. */
  readonly onProblem?: (problem: Problem) => void;
}

const OPTIONS: Kinds<ImportOptions> = {
  format: oneOf('1.0', '0.9', 'cdb'),
  database: TEXT,
  verify: FLAG,
  signal: SIGNAL,
  onProblem: FUNCTION,
};

/** The result of an import. */
export interface ImportReport {
  /** The file that was read. */
  readonly file: string;
  /** Format of the source: `Berkeley DB hash, version 9`. */
  readonly what: string;
  /** The program that made the source, as its records show it: `sendmail's newaliases`. */
  readonly maker: string;
  /** The map file that was made. */
  readonly path: string;
  readonly format: WrittenFormat;
  /** Number of records of the source, and of the map. */
  readonly read: number;
  readonly records: number;
  /** Size of the map file. */
  readonly bytes: number;
  /** Losses and warnings. */
  readonly problems: readonly Problem[];
}

/** Most keys that one message names. */
const KEYS_NAMED = 5;

/**
 * Makes a map from the records of another.
 *
 * @param file a Berkeley DB, CDB or LMDB file, recognised by its bytes
 * @param mapName `/etc/mail/access` makes `/etc/mail/access.lmdb`, or `.cdb` in that format
 * @throws MapError `missing`, `unreadable`, `notAMap`, `damaged` for the file; `badInput` for keys that are too long for the
 * format; any error of making a map. The old map is then unchanged.
 * @throws the reason of an aborted `signal`; the old map is then unchanged
 * @throws TypeError for an unknown option, or one of the wrong type
 * @example
 * ```js
 * await makeMap([Buffer.from('a.example RELAY\n')], '/etc/mail/old', { format: 'cdb' });
 * const report = await importMap('/etc/mail/old.cdb', '/etc/mail/new');
 * report.what; // => 'CDB'
 * report.records; // => 1
 * ```
 */
export async function importMap(file: string, mapName: string, options: ImportOptions = {}): Promise<ImportReport> {
  checkOptions(options, OPTIONS);
  const { format = '1.0', database, verify, signal, onProblem } = options;
  signal?.throwIfAborted();
  using source = openMapOf(openSource(file), file, { database });
  const problems: Problem[] = [];
  const said = new Set<string>();
  const report = (problem: Problem): void => {
    // Two checks find the same unsafe directory.
    if (said.has(problem.text)) return;
    said.add(problem.text);
    if (onProblem === undefined) problems.push(problem);
    else onProblem(problem);
  };
  using place = safePlace(mapName, 'create', { isCdb: format === 'cdb', onProblem: report });
  const clues = new MakerClues(source.format);
  const arena = readAll(source, format, clues);
  const read = arena.count;
  await pauseFor(signal);
  const { records, duplicates } = settle(sortRecords(arena), source, (text) =>
    report({ severity: 'warning', code: 'imported', file, text, ours: true }),
  );
  await pauseFor(signal);
  const { mode, uid: owner, gid: newGroup } = source.stats;
  const how = { newMode: mode & 0o777, owner, newGroup, verify, mark: source.mark, duplicates, signal };
  const write = (lock: MapLock): Promise<number> => replaceRecords(lock, records, { ...how, onProblem: report });
  const bytes = await withMap(place, report, write, signal);
  return {
    file,
    what: source.what,
    maker: clues.maker(),
    path: place.path,
    format,
    read,
    records: records.addresses.length,
    bytes,
    problems,
  };
}

function readAll(source: MapFile, format: WrittenFormat, clues: MakerClues): RecordArena {
  const arena = new RecordArena(format);
  const { maxKey } = LIMITS[format];
  const isCdb = format === 'cdb';
  const tooLong: string[] = [];
  source.forEachRecord((keys, keyStart, keyEnd, values, valueStart, valueEnd) => {
    clues.see(keys, keyStart, keyEnd);
    if (keyEnd - keyStart > maxKey) {
      tooLong.push(shown(keys, keyStart, keyEnd));
      return;
    }
    const hasNul = isCdb && keyEnd > keyStart && keys[keyEnd - 1] === 0;
    const valueHasNul = hasNul && valueEnd > valueStart && values[valueEnd - 1] === 0;
    // Line 1 marks a key that had a NUL.
    arena.addRaw(
      keys,
      keyStart,
      keyEnd - Number(hasNul),
      values,
      valueStart,
      valueEnd - Number(valueHasNul),
      Number(hasNul),
    );
  });
  if (tooLong.length === 0) return arena;
  const text = `${tooLong.length} keys are longer than ${maxKey} bytes (${named(tooLong)}); a CDB file has room for them`;
  throw new MapError('badInput', `${source.path}: ${text}`, { file: source.path });
}

interface Settled {
  readonly records: SortedRecords;
  readonly duplicates: boolean;
}

/** Settles keys that exist several times. */
function settle(records: SortedRecords, source: MapFile, lose: (text: string) => void): Settled {
  const { arena, equalRuns } = records;
  if (equalRuns.length === 0) return { records, duplicates: false };
  const keys = Array.from({ length: equalRuns.length / 2 }, (_, run) => {
    const key = arena.keyBytesAt(records.addresses[equalRuns[2 * run]!]!);
    return shown(key, 0, key.length);
  });
  const several = `${keys.length} keys have several values (${named(keys)})`;
  if (source.format === 'cdb') {
    lose(`${several}: the first one of each stays, which every lookup in a CDB file gives`);
    return { records: dropDuplicates(records, 'first'), duplicates: false };
  }
  switch (arena.format) {
    case 'cdb':
      return { records: withoutNulForms(records, keys, lose), duplicates: true };
    case '0.9':
      lose(`${several}: the first one of each stays; LMDB 1.0 and CDB keep all`);
      return { records: dropDuplicates(records, 'first'), duplicates: false };
    case '1.0':
      if (source.format === 'bdb') {
        lose(
          `${several}: in an LMDB map they are in the order of their bytes, equal ones once; CDB keeps them as they are`,
        );
      }
      return { records, duplicates: true };
  }
}

/** If a key exists with and without a NUL, the values of the form without stay. */
function withoutNulForms(
  records: SortedRecords,
  names: readonly string[],
  lose: (text: string) => void,
): SortedRecords {
  const { arena, addresses, equalRuns } = records;
  const dropped = new Set<number>();
  const lost: string[] = [];
  for (let run = 0; run < equalRuns.length; run += 2) {
    const ofKey = addresses.subarray(equalRuns[run], equalRuns[run + 1]);
    const withNul = ofKey.filter((address) => arena.lineAt(address) === 1);
    if (withNul.length === 0 || withNul.length === ofKey.length) continue;
    lost.push(names[run / 2]!);
    for (const address of withNul) dropped.add(address);
  }
  if (lost.length === 0) return records;
  lose(
    `${lost.length} keys are there with a NUL and without (${named(lost)}): the value without stays, as lookups give it`,
  );
  return { arena, addresses: addresses.filter((address) => !dropped.has(address)), equalRuns: [] };
}

function named(keys: readonly string[]): string {
  const more = keys.length > KEYS_NAMED ? ', ...' : '';
  return keys.slice(0, KEYS_NAMED).join(', ') + more;
}

function shown(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.subarray(start, Math.min(end, start + 60))).toString('latin1');
  return decodeText(text.replace(/\0$/, ''));
}
