/**
 * A user owns the folder in which root makes maps, and exchanges the temporary files for links to a file of root's, all
 * the time: the file, a map itself, stays as it is to the byte, with its owner and mode. What becomes of the map in the
 * user's folder is the user's own doing.
 */
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Family, Round } from './fault.ts';
import { ended, makeFolder, makemapMaker, PROJECT } from './generations.ts';
import { withFolder } from './map-images.ts';

const USER = 65534;
const RECORDS = 400;
const LONG_RUNS = 300;
const SHORT_RUNS = 9;

export const race: Family = {
  name: 'race',
  promise: "whoever owns a folder cannot make root's programs write through it into files of root's",
  lacks: () => (process.getuid?.() === 0 ? undefined : "root's rights"),
  run: (round) =>
    withFolder(async (folder) => {
      chmodSync(folder, 0o755);
      const safe = makeFolder(join(folder, 'safe'));
      const victim = join(safe, 'access.lmdb');
      await ended(makemapMaker(RECORDS).start(safe, 7));
      const own = makeFolder(join(folder, 'own'));
      chownSync(own, USER, USER);
      chmodSync(own, 0o777);
      const attacker = spawn(process.execPath, [builtAttacker(), own, victim, String(USER)]);
      let swapped = '';
      attacker.stdout.setEncoding('utf8').on('data', (text) => {
        swapped = text;
      });
      const over = ended(attacker);
      await new Promise((ready) => attacker.stdout.once('data', ready));
      await beAttacked(round, own, victim);
      attacker.kill();
      const { status, stderr } = await over;
      if (status !== 0) throw new Error(`the attacker gave up: ${stderr}`);
      round.figure(`${swapped.trim()} files exchanged`);
    }),
};

function builtAttacker(): string {
  const outfile = join(PROJECT, 'node_modules/.cache/mailmaps-attacker-program.mjs');
  const entryPoints = [join(PROJECT, 'test/faults/attacker-program.ts')];
  buildSync({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
  return outfile;
}

async function beAttacked(round: Round, folder: string, victim: string): Promise<void> {
  const before = look(victim);
  const makers = [makemapMaker(RECORDS), makemapMaker(RECORDS, ['-d']), makemapMaker(RECORDS, ['--no-verify'])];
  const statuses = new Map<number | null, number>();
  for (let run = 0; run < (round.long ? LONG_RUNS : SHORT_RUNS); run++) {
    const maker = makers[run % makers.length]!;
    rmSync(join(folder, 'access.lmdb'), { force: true });
    const { status, stderr } = await ended(maker.start(folder, run));
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
