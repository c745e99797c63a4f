/**
 * kill -9 at random moments of makemap, newaliases, editmap, build and import, on small and on large maps, LMDB and CDB.
 * After each, the map is the whole old one or the whole new one. After all, a normal run succeeds and leaves no file beside the
 * map, or among its temporary files.
 *
 * In the long form sendmail's makemap is killed in the same way, for comparison; the state of its map is a figure, not a
 * promise.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Random, random } from '../conformance/random.ts';
import { oracleAvailable, realProgram } from '../oracle/client.ts';
import type { Family, Round } from './fault.ts';
import {
  buildMaker,
  cdbMaker,
  cidrMaker,
  editmapMaker,
  ended,
  entryLines,
  importMaker,
  isSilent,
  type Maker,
  makeDirectory,
  makemapMaker,
  newaliasesMaker,
} from './generations.ts';
import { withDirectory } from './map-images.ts';

const SMALL = 200;
const LARGE = 60_000;
const LONG_KILLS = 1400;
const SENDMAILS_KILLS = 1000;
const SHORT_KILLS = 18;
/** Moments are drawn from a little more than a whole run. */
const BEYOND_END = 1.1;

const makers = (): readonly Maker[] =>
  [SMALL, LARGE].flatMap((count) => [
    makemapMaker(count),
    newaliasesMaker(count),
    editmapMaker(count),
    cdbMaker(count),
    cidrMaker(count),
    buildMaker(count),
    importMaker(count, 'lmdb'),
    importMaker(count, 'cdb'),
  ]);

export const crash: Family = {
  name: 'crash',
  promise: 'kill -9 at any moment leaves the old map or the new one, whole, and the next run needs no help',
  run: (round) =>
    withDirectory(async (directory) => {
      const tried = makers();
      const kills = Math.ceil((round.long ? LONG_KILLS : SHORT_KILLS) / tried.length);
      const left = { old: 0, new: 0 };
      for (const [index, maker] of tried.entries()) {
        const own = makeDirectory(join(directory, String(index)));
        await killOften(round, maker, own, kills, left);
      }
      round.figure(`the old map ${left.old} times, the new one ${left.new} times`);
      if (round.long && oracleAvailable) await killSendmail(round, makeDirectory(join(directory, 'sendmail')));
    }),
};

async function killOften(
  round: Round,
  maker: Maker,
  directory: string,
  kills: number,
  left: { old: number; new: number },
): Promise<void> {
  const r = random(round.seed);
  await ended(maker.start(directory, 0));
  let last = 0;
  let runMs = await measured(maker.start(directory, ++last));
  const pids = new Set<number>();
  for (let kill = 0; kill < kills; kill++) {
    const next = last + 1;
    const child = maker.start(directory, next);
    pids.add(child.pid!);
    const { delay, status } = await killed(child, r, runMs);
    try {
      const now = maker.read(directory);
      if (now !== next && (now !== last || status === 0)) throw new Error(`generation ${now} after ${last}`);
      left[now === next ? 'new' : 'old']++;
      last = now;
      round.held();
    } catch (error) {
      round.broke({ tried: { program: maker.name, kill, delay, status }, got: String(error) });
    }
  }
  const began = Date.now();
  const run = await ended(maker.start(directory, ++last));
  runMs = Date.now() - began;
  const temporary = maker.temporary === undefined ? [] : readdirSync(maker.temporary(directory));
  const files = [...readdirSync(directory), ...temporary, ...inMemory(pids)].sort();
  const helped = run.status !== 0 || !isSilent(maker, run.stderr) || files.join() !== [...maker.files].sort().join();
  if (helped) round.broke({ tried: { program: maker.name, next: 'run' }, got: { ...run, files } });
}

/** Files that these processes have left where lmdb finds their maps: mailmaps-BOOT-NAMESPACE-PID-... */
function inMemory(pids: ReadonlySet<number>): string[] {
  return readdirSync('/dev/shm').filter((name) => pids.has(Number(/^mailmaps-\w*-\w*-(\d+)-/.exec(name)?.[1])));
}

async function measured(child: ChildProcess): Promise<number> {
  const began = Date.now();
  await ended(child);
  return Date.now() - began;
}

/** Kills a process at a random moment of the time that it takes; status 0 when it was faster. */
async function killed(
  child: ChildProcess,
  r: Random,
  runMs: number,
): Promise<{ delay: number; status: number | null }> {
  const delay = Math.round((r.int(0, 10_000) / 10_000) * runMs * BEYOND_END);
  const timer = setTimeout(() => child.kill('SIGKILL'), delay);
  const { status } = await ended(child);
  clearTimeout(timer);
  return { delay, status };
}

/** sendmail's makemap, from a good map to the next generation each time. */
async function killSendmail(round: Round, directory: string): Promise<void> {
  const r = random(round.seed);
  const makemap = realProgram('makemap');
  writeFileSync(join(directory, 'empty.cf'), '');
  const left: Record<string, number> = {};
  for (const count of [SMALL, LARGE]) {
    const start = (generation: number): ChildProcess => {
      writeFileSync(join(directory, 'text'), entryLines(count, '\t', generation));
      const stdin = openSync(join(directory, 'text'), 'r');
      const child = spawn(makemap, ['-C', 'empty.cf', 'hash', 'map'], {
        cwd: directory,
        stdio: [stdin, 'ignore', 'ignore'],
      });
      closeSync(stdin);
      return child;
    };
    await ended(start(0));
    const runMs = await measured(start(0));
    for (let kill = 0; kill < SENDMAILS_KILLS / 2; kill++) {
      await killed(start(1), r, runMs);
      const state = stateOf(makemap, directory, count);
      left[state] = (left[state] ?? 0) + 1;
      if (state === 'the old map') continue;
      rmSync(join(directory, 'map.db'), { force: true });
      await ended(start(0));
    }
  }
  const states = Object.entries(left).map(([state, times]) => `${state} ${times} times`);
  round.figure(`sendmail's makemap, killed ${SENDMAILS_KILLS} times, left ${states.join(', ')}`);
}

function stateOf(makemap: string, directory: string, count: number): string {
  const dump = spawnSync(makemap, ['-C', 'empty.cf', '-u', 'hash', 'map'], {
    cwd: directory,
    encoding: 'latin1',
    maxBuffer: 2 ** 28,
  });
  const values = dump.stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t')[1]);
  if (dump.status !== 0) return 'no readable map';
  if (values.length < count) return values.length === 0 ? 'an empty map' : 'a part of the map';
  const kinds = new Set(values);
  if (kinds.size > 1) return 'a mixture';
  return kinds.has('0') ? 'the old map' : 'the new map';
}
