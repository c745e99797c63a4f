/**
 * System calls of makemap, newaliases, editmap, build and import that fail, one at a time. The whole old map stays or, after the rename, the
 * whole new one; the message names the cause; the status is that of a failed write; and the next run removes the files left
 * beside the map.
 *
 * Each program runs once under strace, which lists the calls on files in the map's directory; then once for each of these calls
 * and each error, which replaces the result of the call. If another thread or another file made that call, the run does not
 * count. Calls of the package lmdb that end the process and do not reach a disk are left out: on its lock file, and those that
 * repeat our own call (it opens a map that it is to write, and reads the start of a file that was just written).
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { random } from '../conformance/random.ts';
import { program } from '../oracle/programs.ts';
import type { Family, Round } from './fault.ts';
import {
  buildMaker,
  cdbMaker,
  cidrMaker,
  editmapMaker,
  ended,
  importMaker,
  isSilent,
  type Maker,
  makeDirectory,
  makemapMaker,
  newaliasesMaker,
} from './generations.ts';
import { withDirectory } from './map-images.ts';

/** So many that the tree of the map has a branch. */
const RECORDS = 2500;
/** Ends a run, with its tracer, that a failed call holds up for ever: Node's own `close` of a pipe to a child, for one. */
const LIMIT = ['timeout', '-s', 'KILL', '120'];
const CALLS = 'openat,read,pread64,write,pwrite64,fsync,fdatasync,ftruncate,fchown,fchmod,rename,close';
/** By which the package lmdb opens the map. */
const LINK = /"\/dev\/shm\/mailmaps-[\w-]+\/map"/;
/** Its read of a map's head. */
const HEAD = /, 168, \d+\)/;
const WORDS: Readonly<Record<string, RegExp>> = {
  EIO: /Input\/output error|I\/O error/,
  ENOSPC: /No space left on device/,
  EDQUOT: /Disk quota exceeded/,
  EROFS: /Read-only file system/,
};

/** A system call of a program's main thread: the how-manieth of its name. */
interface Call {
  readonly name: string;
  readonly nth: number;
  /** Its arguments, without what differs from run to run. */
  readonly about: string;
}

const makers = (): readonly Maker[] => [
  makemapMaker(RECORDS),
  makemapMaker(RECORDS, ['-d']),
  makemapMaker(RECORDS, ['--lmdb-format', '0.9']),
  newaliasesMaker(RECORDS),
  editmapMaker(RECORDS),
  cdbMaker(RECORDS),
  cidrMaker(RECORDS),
  buildMaker(RECORDS),
  importMaker(RECORDS, 'lmdb'),
  importMaker(RECORDS, 'cdb'),
];

export const ioError: Family = {
  name: 'io-error',
  promise: 'whatever call fails, the map is whole, the message names the cause, and the next run clears what is left',
  lacks: () => (program('strace') === undefined ? 'strace' : undefined),
  run: (round) =>
    withDirectory(async (directory) => {
      const ends = { refused: 0, done: 0, late: 0 };
      for (const [index, maker] of makers().entries()) {
        await failEach(round, maker, makeDirectory(join(directory, String(index))), join(directory, 'trace'), ends);
      }
      round.figure(`the old map stayed ${ends.refused} times, the call did not matter ${ends.done} times`);
      round.figure(`the new map stood, and its directory could not be synced, ${ends.late} times`);
    }),
};

type Ends = Record<'refused' | 'done' | 'late', number>;

async function failEach(round: Round, maker: Maker, directory: string, trace: string, ends: Ends): Promise<void> {
  await ended(maker.start(directory, 0));
  await ended(maker.start(directory, 1, strace(trace)));
  let last = 1;
  for (const { call, error } of faults(callsIn(trace, directory), round)) {
    const injection = `inject=${call.name}:error=${error}:when=${call.nth}`;
    const { status, stderr } = await ended(maker.start(directory, last + 1, strace(trace, injection)));
    const left = readdirSync(directory).filter((file) => !maker.files.includes(file));
    try {
      const now = maker.read(directory);
      const end = ending(now - last, status, maker.refusals, WORDS[error]!.test(stderr));
      const isHit = hit(trace, directory);
      if (isHit && end === undefined) throw new Error(`status ${status}, generation ${now} after ${last}: ${stderr}`);
      last = now;
      if (left.length > 0) await nextRun(maker, directory, ++last);
      if (!isHit) continue;
      ends[end!]++;
      round.held();
    } catch (cause) {
      round.broke({ tried: { program: maker.name, call, error }, got: { cause: String(cause), left } });
      for (const file of left) rmSync(join(directory, file), { force: true });
      last = maker.read(directory);
    }
  }
}

function strace(trace: string, ...injections: readonly string[]): string[] {
  const tracing = [`trace=${CALLS}`, ...injections].flatMap((expression) => ['-e', expression]);
  const together = ['sh', '-c', 'exec "$@" >&2', 'sh'];
  return [...together, ...LIMIT, program('strace')!, '-f', '-y', '-qq', '-s', '300', '-o', trace, ...tracing];
}

/** The calls of the main thread on the map, the files beside it and their directory; opening only what is made there. */
function callsIn(trace: string, directory: string): Call[] {
  const lines = readFileSync(trace, 'latin1').split('\n');
  const main = /^\d+ /.exec(lines[0]!)![0];
  const counts: Record<string, number> = {};
  const calls: Call[] = [];
  for (const line of lines) {
    const [, name, args] = /^\d+ +(\w+)\((.*)/.exec(line) ?? [];
    if (name === undefined || args === undefined || !line.startsWith(main)) continue;
    const nth = (counts[name] ?? 0) + 1;
    counts[name] = nth;
    if (isOurs(args, directory) && isTried(name, args)) {
      calls.push({
        name,
        nth,
        about: args.replaceAll(/[0-9a-f]+-[0-9a-f]+-\d+-\d+-[0-9a-f]{16}/g, 'ID').slice(0, 120),
      });
    }
  }
  return calls;
}

/** Whether a call is about the map, a file of ours beside it, or the directory: by its descriptor, or by a name. */
function isOurs(args: string, directory: string): boolean {
  if (LINK.test(args)) return true;
  // a name in the directory that is held open
  if (/^(?:AT_FDCWD<[^>]*>, )?"\/proc\/self\/fd\/\d+\//.test(args)) return true;
  if (!/\.(?:lmdb|cdb)/.test(args) && !args.includes(`<${directory}>)`)) return false;
  const [, descriptor, name] = /^(?:\d+<([^>]*)>|(?:AT_FDCWD<[^>]*>, )?"([^"]*)")/.exec(args) ?? [];
  return (
    descriptor?.startsWith(directory) ?? (name !== undefined && (!name.startsWith('/') || name.startsWith(directory)))
  );
}

/** Every call with every error; in the short form one call of each name, with one of the errors. */
function faults(calls: readonly Call[], { long, seed }: Round): { readonly call: Call; readonly error: string }[] {
  const errors = Object.keys(WORDS);
  if (long) return calls.flatMap((call) => errors.map((error) => ({ call, error })));
  const r = random(seed, calls.length);
  return [...new Set(calls.map(({ name }) => name))].map((name) => ({
    call: r.pick(calls.filter((call) => call.name === name)),
    error: r.pick(errors),
  }));
}

/** Whether one call was failed, and was one on a file in the directory. */
function hit(trace: string, directory: string): boolean {
  const failed = readFileSync(trace, 'latin1')
    .split('\n')
    .filter((line) => line.endsWith('(INJECTED)'));
  const args = /\((.*)/.exec(failed[0] ?? '')?.[1];
  return failed.length === 1 && args !== undefined && isOurs(args, directory);
}

/** Openings of files that the run makes: those of lmdb, which end the process, name a mode of 0664 or other flags. */
function isTried(name: string, args: string): boolean {
  if (name === 'pread64') return !HEAD.test(args);
  if (name !== 'openat') return true;
  return !/O_DSYNC|, 0664/.test(args) && (LINK.test(args) || args.includes('O_CREAT') || args.includes('.new'));
}

/** The result of a run, by the number of generations that it advanced; undefined: a broken promise. */
function ending(
  steps: number,
  status: number | null,
  refusals: readonly number[],
  reported: boolean,
): keyof Ends | undefined {
  if (status === 0) return steps === 1 ? 'done' : undefined;
  if (!reported || status === null || !refusals.includes(status)) return undefined;
  return steps === 0 ? 'refused' : 'late';
}

/** @throws Error if a run without faults leaves a file or prints anything */
async function nextRun(maker: Maker, directory: string, generation: number): Promise<void> {
  const run = await ended(maker.start(directory, generation));
  const files = readdirSync(directory).sort();
  if (run.status !== 0 || !isSilent(maker, run.stderr) || files.join() !== [...maker.files].sort().join()) {
    throw new Error(`the next run: ${JSON.stringify({ ...run, files })}`);
  }
}
