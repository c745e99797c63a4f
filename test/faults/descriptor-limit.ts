/**
 * makemap, newaliases and editmap with one descriptor more each time, from the number that Node needs to start up to enough. A
 * run that cannot open a file reports it, also by its status, and leaves the old map and no file beside it.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Family, Round } from './fault.ts';
import {
  editmapMaker,
  ended,
  type Maker,
  makeDirectory,
  makemapMaker,
  newaliasesMaker,
  startProgram,
} from './generations.ts';
import { withDirectory } from './map-images.ts';

/** So many that the tree of the map has a branch. */
const RECORDS = 2500;
/** Programs that have enough of them do not notice a few more. */
const ENOUGH = 3;
const MOST = 200;
/** sysexits for: no input, internal and system errors, cannot create, input or output error. */
const STATUSES: readonly (number | null)[] = [66, 70, 71, 73, 74];

export const descriptorLimit: Family = {
  name: 'descriptor-limit',
  promise: 'a program that runs out of descriptors says so and leaves the old map, with nothing beside it',
  run: (round) =>
    withDirectory(async (directory) => {
      const first = await leastForNode(directory);
      const makers = [
        makemapMaker(RECORDS),
        makemapMaker(RECORDS, ['-d']),
        newaliasesMaker(RECORDS),
        editmapMaker(RECORDS),
      ];
      for (const [index, maker] of makers.entries()) {
        await runOut(round, maker, makeDirectory(join(directory, String(index))), first);
      }
    }),
};

function limited(limit: number): string[] {
  return ['sh', '-c', `ulimit -n ${limit} && exec "$@"`, 'sh'];
}

/** The descriptors that a program needs to start and to load all of its code. */
async function leastForNode(directory: string): Promise<number> {
  for (let limit = 10; limit < MOST; limit++) {
    const { status } = await ended(startProgram('makemap', ['--version'], directory, undefined, limited(limit)));
    if (status === 0) return limit;
  }
  throw new Error(`a program that does not start with ${MOST} descriptors`);
}

async function runOut(round: Round, maker: Maker, directory: string, first: number): Promise<void> {
  await ended(maker.start(directory, 0));
  let last = 0;
  for (let limit = first, enough = 0; enough < ENOUGH; limit++) {
    const run = await ended(maker.start(directory, last + 1, limited(limit)));
    const left = readdirSync(directory).filter((file) => !maker.files.includes(file));
    const now = maker.read(directory);
    const refused = STATUSES.includes(run.status) && now === last && /too many open files/i.test(run.stderr);
    const done = run.status === 0 && now === last + 1;
    if (left.length === 0 && limit < MOST && (refused || done)) round.held();
    else round.broke({ tried: { program: maker.name, limit }, got: { ...run, last, now, left } });
    if (limit >= MOST) return;
    last = now;
    enough = done ? enough + 1 : 0;
  }
}
