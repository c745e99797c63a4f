/**
 * An aliases file -> its map: one record for each entry, its key with a trailing NUL; the last of equal names, or with `-A` the
 * values of all; and the pair `@`, `@`, by which sendmail knows that the map is complete.
 *
 * Errors: bad entries are left out and reported, the others are stored. A source file that is not safe to read, or a map that
 * is not safe to write, stops the run and leaves the old map unchanged. The map is replaced after all entries are read.
 * Differences: if a directory higher up is sticky (/tmp), sendmail stops and we go on. Source: newaliases(1) of sendmail 8.17.
 */
import { hostname } from 'node:os';
import { aliasNameReader } from '../address/alias-name.ts';
import { shortenBytes } from '../address/show.ts';
import { pauseFor } from '../core/abort.ts';
import { type ByteString, decodeText, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { foldCase } from '../core/fold.ts';
import type { Problem } from '../core/problem.ts';
import { EX_OK } from '../core/sysexits.ts';
import { holdDirectory } from '../files/directories.ts';
import { mapPath } from '../files/map-path.ts';
import { checkMapFile } from '../files/map-safety.ts';
import type { MapPlace } from '../files/safe-open.ts';
import { type Allowed, readAliasFile, type WritableDirectory, writableDirectories } from '../files/text-safety.ts';
import { type AliasEntry, type AliasSink, parseAliases, sevenBit } from '../source/aliases/parse.ts';
import type { PlainSink } from '../source/aliases/plain.ts';
import { aliasFindings } from '../source/warnings/aliases.ts';
import { type PlacedFinding, warningOf } from '../source/warnings/finding.ts';
import { RecordArena } from '../store/records/arena.ts';
import { dropDuplicates, joinDuplicates } from '../store/records/equal-keys.ts';
import { type SortedRecords, sortRecords } from '../store/records/sort.ts';
import { checkAliasOptions, type MakeAliasesOptions } from './alias-options.ts';
import { formatAt } from './form.ts';
import { NEW_MAP_MODE, replaceRecords, withMap } from './write-map.ts';

/** The result of a run. */
export interface MakeAliasesReport {
  /** The map file. */
  readonly path: string;
  /** Entries stored; equal names count each. */
  readonly aliases: number;
  /** Bytes of the longest value. */
  readonly longest: number;
  /** Bytes of all names and values; equal names count each. */
  readonly bytes: number;
  /** Entries that were not stored, and other problems that sendmail counts as errors. */
  readonly errors: number;
  /** The exit status of sendmail: that of the first error, else 0. */
  readonly status: number;
  /** In the order of the file; empty if `onProblem` is set. */
  readonly problems: readonly Problem[];
}

/** Longer than the longest line that the parser accepts. */
const SCRATCH_BYTES = 16_384;
const LAST_MARK = '@';

/**
 * Makes the map of an aliases file, as newaliases does.
 *
 * @param aliasFile `/etc/mail/aliases` makes `/etc/mail/aliases.lmdb`
 * @throws MapError `missing`, `unreadable`, `unsafe` (its file is the aliases file or the map), and any error of making a map;
 * the old map is then unchanged. Bad entries are in the report; with `strict` they are an error (`badLines`).
 * @throws the reason of an aborted `signal`; the old map is then unchanged
 * @throws TypeError for an unknown option, or one of the wrong type
 * @example
 * ```js
 * await makeAliases('/etc/mail/aliases');
 * openMap('/etc/mail/aliases').lookup('Sales'); // => { status: 'found', value: 'alice+sales, bob' }
 * ```
 */
export async function makeAliases(aliasFile: string, options: MakeAliasesOptions = {}): Promise<MakeAliasesReport> {
  checkAliasOptions(options);
  const { owner, verify, signal } = options;
  signal?.throwIfAborted();
  const path = mapPath(aliasFile, options.format === 'cdb');
  // Holds the directory open: source file and map stay in one directory, even if its path changes meanwhile.
  using directory = holdDirectory(aliasFile);
  const allowed = new Set((options.dontBlame ?? []).map((flag) => flag.toLowerCase()));
  const builder = new AliasBuilder(aliasFile, { ...options, format: options.format ?? formatAt(path, directory) });
  const notify = (problem: Problem): void => builder.notify(problem);
  const warn = ({ path: at, reason }: WritableDirectory): void =>
    notify({ severity: 'warning', code: 'unsafeDirectory', file: path, text: `${reason} ${at}` });
  const text = readAliasFile(aliasFile, allowed, warn, directory);
  await pauseFor(signal);
  if (directory === undefined)
    throw new MapError('unsafe', `${aliasFile}: its directory was exchanged`, { file: path });
  assertSafeTarget({ path, directory }, options.owner, allowed, warn);
  const hosts = new Set(
    [...(options.localHostNames ?? [])].map((name) => foldCase(encodeText(name, 'a name of a host'))),
  );
  const readAddress = aliasNameReader({
    hostName: encodeText(options.hostName ?? hostname()),
    isLocal: (host) => hosts.has(foldCase(host)),
    percentHack: options.percentHack ?? true,
    bangPath: options.bangPath ?? true,
    ...(options.blank !== undefined && { blank: encodeText(options.blank) }),
  });
  parseAliases(text, { file: aliasFile, readAddress, checkValues: options.checkAliases === true }, builder);
  await pauseFor(signal);
  const records = builder.finish(aliasFindings(text));
  const report = builder.report(path);
  if (options.strict && report.errors > 0) {
    throw new MapError('badLines', `bad entries: ${report.errors}; the map is as it was`, { file: aliasFile });
  }
  if (options.check) return report;
  await pauseFor(signal);
  // As sendmail: 0640 whatever the umask.
  const how = { newMode: NEW_MAP_MODE, owner, verify, mark: { keys: 'folded' }, signal, onProblem: notify } as const;
  await withMap({ path, directory }, notify, (lock) => replaceRecords(lock, records, how), signal);
  return report;
}

/**
 * Refuses a map file that may not be made or replaced. A directory that others may write is refused unless MapInUnsafeDirPath
 * allows it; then it is warned of, as for the source file.
 */
function assertSafeTarget({ path, directory }: Target, owner: number | undefined, allowed: Allowed, warn: Warn): void {
  const found = [...writableDirectories(path, allowed, directory)];
  const unsafe = allowed.has('mapinunsafedirpath') ? undefined : found[0];
  if (unsafe !== undefined) throw new MapError('unsafe', unsafe.reason, { file: path, directory: unsafe.path });
  const { refusal } = checkMapFile(path, { purpose: 'fill', trustedUid: owner }, directory);
  found.forEach(warn);
  if (refusal !== undefined) throw new MapError('unsafe', refusal.text, { file: path });
}

type Target = Pick<MapPlace, 'path' | 'directory'>;
type Warn = (found: WritableDirectory) => void;

/** A problem, and the end of the arena when it was found. */
interface Placed {
  readonly at: number;
  readonly problem: Problem;
}

/** Collects records, and counts as newaliases does. */
class AliasBuilder implements AliasSink {
  readonly #arena: RecordArena;
  readonly #scratch = Buffer.alloc(SCRATCH_BYTES);
  /** The spelling of names that differ from their keys, by address. */
  readonly #shown = new Map<number, ByteString>();
  readonly #found: Placed[] = [];
  readonly #problems: Problem[] = [];
  readonly #file: string;
  readonly #listener: ((problem: Problem) => void) | undefined;
  readonly #onLine: ((line: number) => void) | undefined;
  readonly #append: boolean;
  readonly #keyNul: 0 | 1;
  #aliases = 0;
  #longest = 0;
  #bytes = 0;
  #errors = 0;
  #status = EX_OK;

  constructor(file: string, options: MakeAliasesOptions & Required<Pick<MakeAliasesOptions, 'format'>>) {
    this.#file = file;
    this.#listener = options.onProblem;
    this.#onLine = options.onLine;
    this.#append = options.append === true;
    // sendmail's CDB alias maps have no NUL, and Exim finds no key with one there.
    this.#keyNul = options.format === 'cdb' ? 0 : 1;
    this.#arena = new RecordArena(options.format, { foldKeys: true, keyNul: this.#keyNul === 1 });
  }

  // A property, so that it can be called without the object.
  readonly plain: PlainSink = (bytes, nameStart, nameEnd, valueStart, valueEnd, line, hasUpper) => {
    this.#count(nameEnd - nameStart, valueEnd - valueStart, line);
    const address = this.#arena.add(bytes, nameStart, nameEnd, valueStart, valueEnd, line);
    if (hasUpper) this.#shown.set(address, Buffer.from(bytes.subarray(nameStart, nameEnd)).toString('latin1'));
  };

  entry({ name, value, shown, line }: AliasEntry): void {
    this.#count(name.length, value.length, line);
    const address = this.#store(name, value, line);
    if (shown !== name) this.#shown.set(address, shown);
  }

  /** Reports a problem in its turn, after all duplicate names are known. */
  problem(problem: Problem): void {
    this.#found.push({ at: this.#arena.end, problem });
  }

  notify(problem: Problem): void {
    if (problem.severity === 'error') {
      this.#errors++;
      this.#status ||= problem.status ?? EX_OK;
    }
    const inText = { ...problem, text: decodeText(problem.text) };
    if (this.#listener) this.#listener(inText);
    else this.#problems.push(inText);
  }

  #count(nameLength: number, valueLength: number, line: number): void {
    this.#onLine?.(line);
    this.#aliases++;
    this.#longest = Math.max(this.#longest, valueLength);
    this.#bytes += nameLength + valueLength;
  }

  #store(name: ByteString, value: ByteString, line: number): number {
    const nameEnd = this.#scratch.write(name, 0, 'latin1');
    const valueEnd = nameEnd + this.#scratch.write(value, nameEnd, 'latin1');
    return this.#arena.add(this.#scratch, 0, nameEnd, nameEnd, valueEnd, line);
  }

  /** All records and the final `@` pair, in key order. Reports all problems in the order of the file. */
  finish(findings: readonly PlacedFinding[]): SortedRecords {
    const mark = this.#store(LAST_MARK, LAST_MARK, 0);
    const records = sortRecords(this.#arena);
    const again = this.#append ? [] : repeated(records);
    for (const at of again) if (at !== mark) this.#found.push({ at, problem: this.#duplicate(at) });
    // A problem that was found before an entry was stored has its address or a lower one; the sort is stable.
    this.#found.sort((a, b) => a.at - b.at);
    this.#notifyAll(findings);
    return this.#append ? joinDuplicates(records) : dropDuplicates(records, 'last');
  }

  /** Reports the problems and our own findings, by line. */
  #notifyAll(findings: readonly PlacedFinding[]): void {
    let next = 0;
    const notifyUpTo = (line: number): void => {
      for (; (findings[next]?.line ?? Number.POSITIVE_INFINITY) <= line; next++) {
        this.notify({ file: this.#file, ...warningOf(findings[next]!) });
      }
    };
    for (const { problem } of this.#found) {
      notifyUpTo(problem.line ?? 0);
      this.notify(problem);
    }
    notifyUpTo(Number.MAX_SAFE_INTEGER);
  }

  #duplicate(address: number): Problem {
    const key = this.#arena.keyAt(address);
    const name = key.slice(0, key.length - this.#keyNul);
    const shown = shortenBytes(this.#shown.get(address) ?? name);
    const text = sevenBit(`${shown}... Warning: duplicate alias name ${name}`);
    return { severity: 'warning', code: 'MM416', file: this.#file, line: this.#arena.lineAt(address), text };
  }

  report(path: string): MakeAliasesReport {
    return {
      path,
      aliases: this.#aliases,
      longest: this.#longest,
      bytes: this.#bytes,
      errors: this.#errors,
      status: this.#status,
      problems: this.#problems,
    };
  }
}

/** The addresses of all records whose key came before. */
function* repeated({ addresses, equalRuns }: SortedRecords): Generator<number> {
  for (let run = 0; run < equalRuns.length; run += 2) {
    for (let i = equalRuns[run]! + 1; i < equalRuns[run + 1]!; i++) yield addresses[i]!;
  }
}
