/**
 * A user owns the directory in which root works, and exchanges names there all the time: temporary files for links to a file of
 * root, and the exchanges of race-scenes.ts. The file of root does not change, nor do its owner and mode. The files in the
 * user's own directory do not count.
 */
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundled } from '../bundled.ts';
import type { Family, Round } from './fault.ts';
import { ended, makeDirectory, makemapMaker } from './generations.ts';
import { withDirectory } from './map-images.ts';
import { SCENES, type Scene, type SceneMaker, USER } from './race-scenes.ts';

/** So many that the tree of the map has a branch. */
const RECORDS = 2500;
const LONG_RUNS = 300;
const SHORT_RUNS = 9;
const LONG_SCENE_RUNS = 100;
const SHORT_SCENE_RUNS = 6;

export const race: Family = {
  name: 'race',
  promise: "whoever owns a directory cannot make root's programs write through it into files of root's",
  lacks: () => (process.getuid?.() === 0 ? undefined : "root's rights"),
  run: (round) =>
    withDirectory(async (directory) => {
      chmodSync(directory, 0o755);
      const safe = makeDirectory(join(directory, 'safe'));
      const victim = join(safe, 'access.lmdb');
      await ended(makemapMaker(RECORDS).start(safe, 7));
      const own = makeDirectory(join(directory, 'own'));
      chownSync(own, USER, USER);
      chmodSync(own, 0o777);
      // not the tickets: without its own, a writer stops before it writes
      const swapped = await attacked(['replace', own, '^\\.access.*\\.new$', victim], () =>
        beAttacked(round, own, victim),
      );
      round.figure(`${swapped} files exchanged`);
      for (const scene of SCENES)
        await play(round, scene, makeDirectory(join(directory, String(SCENES.indexOf(scene)))));
    }),
};

async function play(round: Round, { name, make }: SceneMaker, directory: string): Promise<void> {
  const scene = await make(directory);
  const runs = round.long ? LONG_SCENE_RUNS : SHORT_SCENE_RUNS;
  const swapped = await attacked(scene.attacker, async () => {
    for (let run = 0; run < runs; run++) {
      const got = await scene.work(run);
      const loot = scene.loot();
      if (loot === undefined) round.held();
      else round.broke({ tried: name, got: { loot, got } });
    }
  });
  round.figure(`${name}: ${runs} runs, ${swapped} exchanges`);
}

/** Works while the user exchanges; how often he did. */
async function attacked([action, ...rest]: Scene['attacker'], work: () => Promise<void>): Promise<number> {
  const attacker = spawn(process.execPath, [bundled('test/faults/attacker-program.ts'), action, String(USER), ...rest]);
  let swapped = '';
  attacker.stdout.setEncoding('utf8').on('data', (text) => {
    swapped = text;
  });
  const over = ended(attacker);
  await new Promise((ready) => attacker.stdout.once('data', ready));
  await work();
  attacker.kill();
  const { status, stderr } = await over;
  if (status !== 0) throw new Error(`the attacker gave up: ${stderr}`);
  return Number(swapped);
}

async function beAttacked(round: Round, directory: string, victim: string): Promise<void> {
  const before = look(victim);
  const makers = [makemapMaker(RECORDS), makemapMaker(RECORDS, ['-d']), makemapMaker(RECORDS, ['--no-verify'])];
  const statuses = new Map<number | null, number>();
  for (let run = 0; run < (round.long ? LONG_RUNS : SHORT_RUNS); run++) {
    const maker = makers[run % makers.length]!;
    rmSync(join(directory, 'access.lmdb'), { force: true });
    const { status, stderr } = await ended(maker.start(directory, run));
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const crashed = status === null || status > 128;
    if (look(victim) === before && !crashed) round.held();
    else
      round.broke({
        tried: maker.name,
        got: { status, stderr, victim: look(victim) === before ? 'whole' : 'changed' },
      });
  }
  round.figure([...statuses].map(([status, times]) => `status ${status} ${times} times`).join(', '));
}

function look(path: string): string {
  const { mode, uid, gid, nlink, size } = lstatSync(path);
  return JSON.stringify([mode, uid, gid, nlink, size, readFileSync(path, 'latin1')]);
}
