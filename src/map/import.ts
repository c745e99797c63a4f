/**
 * A map of Berkeley DB, CDB or LMDB -> a map of ours with the same records, made as safely as any. The file is read and
 * never changed; damage in it is an error, and then no map is made.
 *
 * In an LMDB map keys keep their trailing NUL. In a CDB file they have none, for Exim finds no key with one there; of a
 * key that is there in both forms the value of the one without stays, which every lookup finds. Several values of a key
 * stay several values: in CDB in their order, in LMDB 1.0 in the order of their bytes, equal ones once; LMDB 0.9 keeps the
 * first. A CDB file is asked for the first value of a key, so that one stays. The report has all that is lost.
 */
import { checkOptions, FLAG, FUNCTION, type Kinds, oneOf, TEXT } from '../core/arguments.ts';
import { decodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { Problem } from '../core/problem.ts';
import { safePlace } from '../files/safe-open.ts';
import type { MapFile } from '../store/map-file.ts';
import { openMapFile } from '../store/open.ts';
import { RecordArena } from '../store/records/arena.ts';
import { dropDuplicates } from '../store/records/equal-keys.ts';
import { LIMITS, type WrittenFormat } from '../store/records/limits.ts';
import { type SortedRecords, sortRecords } from '../store/records/sort.ts';
import { MakerClues } from './maker.ts';
import { replaceRecords, withMap } from './replace.ts';

export interface ImportOptions {
  /** LMDB `'1.0'` (default) or `'0.9'`, which Postfix, Exim and mdb_dump read, or `'cdb'`. */
  readonly format?: WrittenFormat;
  /** Name of the database to read, in a Berkeley DB file that holds several. */
  readonly database?: string;
  /** Read the new map back before it is put in place. Default true. */
  readonly verify?: boolean;
  /** Told every problem; the report then holds none. */
  readonly onProblem?: (problem: Problem) => void;
}

const OPTIONS: Kinds<ImportOptions> = {
  format: oneOf('1.0', '0.9', 'cdb'),
  database: TEXT,
  verify: FLAG,
  onProblem: FUNCTION,
};

/** What became of the file. */
export interface ImportReport {
  /** The file that was read. */
  readonly file: string;
  /** What it is: `Berkeley DB hash, version 9`. */
  readonly what: string;
  /** The program that made it, as far as its records show: `sendmail's newaliases`. */
  readonly maker: string;
  /** The map file that was made. */
  readonly path: string;
  readonly format: WrittenFormat;
  /** Records of the file, and of the map. */
  readonly read: number;
  readonly records: number;
  /** Size of the map file. */
  readonly bytes: number;
  /** What the map has no room for, in words. */
  readonly problems: readonly Problem[];
}

/** Keys that a message names. */
const KEYS_NAMED = 5;

/**
 * Makes a map of the records of another.
 *
 * @param file a Berkeley DB, CDB or LMDB file, told by its bytes
 * @param mapName `/etc/mail/access` makes `/etc/mail/access.lmdb`, or `.cdb` in that format
 * @throws MapError `missing`, `unreadable`, `notAMap`, `damaged` for the file; `badInput` for keys that are too long for the
 * format; what the making of a map throws. The old map is then as it was.
 * @throws TypeError for an option that there is not, or that is something else than it must be
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
  const { format = '1.0', database, verify, onProblem } = options;
  using source = openMapFile(file, { database });
  const problems: Problem[] = [];
  const said = new Set<string>();
  const tell = (problem: Problem): void => {
    // An unsafe directory is found twice.
    if (said.has(problem.text)) return;
    said.add(problem.text);
    if (onProblem === undefined) problems.push(problem);
    else onProblem(problem);
  };
  using place = safePlace(mapName, 'create', { isCdb: format === 'cdb', onProblem: tell });
  const clues = new MakerClues(source.format);
  const arena = readAll(source, format, clues);
  const read = arena.count;
  const { records, duplicates } = settle(sortRecords(arena), source, (text) =>
    tell({ severity: 'warning', file, text, ours: true }),
  );
  const bytes = await withMap(place, tell, (lock) =>
    replaceRecords(lock, records, {
      newMode: source.stats.mode & 0o777,
      owner: source.stats.uid,
      newGroup: source.stats.gid,
      verify,
      mark: source.mark,
      duplicates,
      onProblem: tell,
    }),
  );
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

/** What stays of keys that are there several times. */
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

/** Of a key that was there with and without a NUL the values of the form without stay. */
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
