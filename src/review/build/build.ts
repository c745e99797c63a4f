/**
 * A directory of source files -> its maps, each made only if it differs: compiled in a temporary directory, compared with the
 * existing map, and judged before anything is replaced.
 *
 * The access map and the tables are made from the bytes that were judged. An aliases file is read again under newaliases' own
 * rules; if it changed meanwhile, a problem says so.
 *
 * Errors: MapError of reading a source file, of opening the existing map, and of making a map.
 */
import { futimesSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { MapError } from '../../core/errors.ts';
import type { Problem } from '../../core/problem.ts';
import { mapAge } from '../../files/map-age.ts';
import { mapPath, mapPathToRead } from '../../files/map-path.ts';
import { openSource, readSource } from '../../files/source-file.ts';
import { hasName } from '../../files/status.ts';
import { compareMaps, type Difference } from '../../map/compare.ts';
import { makeAliases } from '../../map/make-aliases.ts';
import { type MakeMapReport, makeMap } from '../../map/make-map.ts';
import { parseClassFile } from '../../source/class-file.ts';
import { scanFormat } from '../../source/scan-format.ts';
import { release } from '../../store/file.ts';
import type { MapFormat } from '../../store/lmdb/layout.ts';
import type { MapFile } from '../../store/map-file.ts';
import { openMapFile, openMapOf } from '../../store/open-map-file.ts';
import { makeScratch } from '../../store/scratch.ts';

export interface BuildOptions {
  readonly dryRun: boolean;
  /** Leaves the map as it is if there are bad lines. */
  readonly strict: boolean;
  /** The largest loss of records, in percent, that a map may have. */
  readonly maxShrink?: number;
  readonly hostName?: string;
  /** As `makemap --cidr`, in all maps but aliases. */
  readonly cidr?: boolean;
  /** The LMDB format of all maps; default: that of the existing map, 1.0 for a new one. A CDB file stays one. */
  readonly format?: MapFormat;
}

export interface Built {
  readonly text: string;
  readonly map: string;
  /** `refused`: the map is unchanged. */
  readonly outcome: 'made' | 'changed' | 'unchanged' | 'refused';
  /** The outcome for people. */
  readonly words: string;
  readonly records: number;
  /** Networks in the source file, and the records that were made of them. */
  readonly networks: number;
  readonly networkKeys: number;
  readonly errors: number;
  readonly problems: readonly Problem[];
}

export const MAPS = [
  'access',
  'aliases',
  'virtusertable',
  'genericstable',
  'mailertable',
  'domaintable',
  'bitdomain',
  'uudomain',
] as const;
export const ALIASES = 'aliases';
const HOST_NAMES = 'local-host-names';

export async function* buildDirectory(directory: string, options: BuildOptions): AsyncGenerator<Built> {
  const names = MAPS.filter((name) => hasName(join(directory, name)));
  if (names.length === 0)
    throw new MapError('missing', `${directory} has none of ${MAPS.join(', ')}`, { file: directory });
  for (const name of names) yield await build(new Source(directory, name, options), options);
}

type Compiled = Pick<MakeMapReport, 'path' | 'errors' | 'networks' | 'networkKeys'>;

/** A source file, read once, and its compiler. */
class Source {
  readonly path: string;
  readonly #bytes: Buffer;
  readonly #directory: string;
  readonly #name: string;
  readonly #isAliases: boolean;
  readonly #hostName: string;
  readonly #cidr: boolean;
  readonly #format: { readonly format?: MapFormat };

  constructor(directory: string, name: string, options: BuildOptions) {
    const { hostName: named = hostname(), cidr = false, format } = options;
    this.path = join(directory, name);
    this.#directory = directory;
    this.#name = name;
    this.#isAliases = name === ALIASES;
    this.#hostName = named;
    this.#cidr = cidr;
    this.#format = format === undefined ? {} : { format };
    this.#bytes = readSource(this.path);
  }

  /** Makes its map beside a copy. */
  async compileIn(scratch: string, onProblem: (problem: Problem) => void): Promise<Compiled> {
    const copy = join(scratch, this.#name);
    if (!this.#isAliases) return makeMap([this.#bytes], copy, { verify: false, cidr: this.#cidr, onProblem });
    writeFileSync(copy, this.#bytes);
    const options = { ...this.#hosts(), verify: false, onProblem, dontBlame: ['MapInUnsafeDirPath'] } as const;
    return { ...(await makeAliases(copy, options)), networks: 0, networkKeys: 0 };
  }

  /** Makes its map. */
  async make(onProblem: (problem: Problem) => void): Promise<void> {
    if (this.#isAliases) await makeAliases(this.path, { ...this.#hosts(), ...this.#format, onProblem });
    else await makeMap([this.#bytes], this.path, { cidr: this.#cidr, ...this.#format, onProblem });
  }

  /** The number of records from the source file in a map: newaliases adds one of its own. */
  recordsIn({ size }: { readonly size: number }): number {
    return this.#isAliases ? size - 1 : size;
  }

  isAsRead(): boolean {
    return this.#bytes.equals(readSource(this.path));
  }

  #hosts(): { localHostNames: string[]; hostName: string } {
    const path = join(this.#directory, HOST_NAMES);
    const words = hasName(path) ? parseClassFile(readSource(path).toString('latin1'), scanFormat('%s')) : [];
    return { localHostNames: [this.#hostName, 'localhost', ...words], hostName: this.#hostName };
  }
}

async function build(source: Source, options: BuildOptions): Promise<Built> {
  using scratch = makeScratch('mailmaps-build.');
  const problems: Problem[] = [];
  const compiled = await source.compileIn(scratch.path, (problem) => {
    // A problem without a line is about the scratch directory.
    if (problem.line !== undefined) problems.push(problem);
  });
  const { errors, networks, networkKeys } = compiled;
  using ours = openMapFile(compiled.path);
  const present = mapPathToRead(source.path);
  const before = statSync(present, { throwIfNoEntry: false });
  const records = source.recordsIn(ours);
  const about = { text: source.path, map: mapPath(source.path), records, networks, networkKeys, errors, problems };
  const would = before === undefined ? firstTime(records) : compared(present, ours, source, options.format);
  const refusal = refusalOf(would, errors, options);
  if (refusal !== undefined) return { ...about, outcome: 'refused', words: `left as it was: ${refusal}` };
  const made = networks === 0 ? '' : `; networks: ${networks}, keys of networks: ${networkKeys}`;
  const words = `${options.dryRun && would.outcome !== 'unchanged' ? 'would be ' : ''}${would.words}${made}`;
  if (!options.dryRun) await put(source, would, present, problems);
  return { ...about, outcome: would.outcome, words };
}

interface Would {
  readonly outcome: 'made' | 'changed' | 'unchanged';
  readonly words: string;
  /** Records that the map had, and that it would have. */
  readonly before: number;
  readonly after: number;
}

const firstTime = (records: number): Would => ({
  outcome: 'made',
  words: `made, ${records} records`,
  before: 0,
  after: records,
});

function compared(present: string, ours: MapFile, source: Source, format: MapFormat | undefined): Would {
  using theirs = openMapOf(openSource(present), present);
  const differences = compareMaps(ours, theirs);
  const sizes = { before: source.recordsIn(theirs), after: source.recordsIn(ours) };
  if (differences.length === 0 && isOtherLmdb(theirs, format))
    return { ...sizes, outcome: 'changed', words: `changed: LMDB ${format}, ${sizes.after} records` };
  if (differences.length === 0) return { ...sizes, outcome: 'unchanged', words: `unchanged, ${sizes.after} records` };
  const count = (is: (difference: Difference) => boolean): number => differences.filter(is).length;
  const added = count(({ theirs: old }) => old === undefined);
  const removed = count(({ ours: now }) => now === undefined);
  const counts = `${added} added, ${removed} removed, ${differences.length - added - removed} with another value`;
  return { ...sizes, outcome: 'changed', words: `changed: ${counts}` };
}

function isOtherLmdb({ format }: MapFile, wanted: MapFormat | undefined): boolean {
  return wanted !== undefined && (format === '0.9' || format === '1.0') && format !== wanted;
}

function refusalOf({ before, after }: Would, errors: number, { strict, maxShrink }: BuildOptions): string | undefined {
  if (strict && errors > 0) return `its source file has ${errors} bad lines`;
  if (maxShrink === undefined || before - after <= (before * maxShrink) / 100) return undefined;
  return `it would have ${after} records instead of ${before}, and may lose ${maxShrink}%`;
}

async function put(source: Source, { outcome }: Would, present: string, problems: Problem[]): Promise<void> {
  if (outcome === 'unchanged') {
    // The map has the content of its source file: its time must show that.
    if (mapAge(source.path) !== undefined) touch(present);
    return;
  }
  await source.make((problem) => {
    if (problem.line === undefined) problems.push(problem);
  });
  if (!source.isAsRead())
    problems.push({ severity: 'warning', code: 'changed', text: 'was changed while its map was made: build it again' });
}

function touch(path: string): void {
  const fd = openSource(path);
  try {
    futimesSync(fd, new Date(), new Date());
  } finally {
    release(fd);
  }
}
