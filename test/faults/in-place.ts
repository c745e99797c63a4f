/**
 * Programs that rewrite a map in place, by `cp`, by writing after they emptied it, and by LMDB's own transactions, while others
 * look keys up. All generations have the same keys. A reader that has opened the file finds each key in one generation, or cannot
 * tell; it never misses one.
 */
import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KeyedMap, MapError, openMap } from '../../src/index.ts';
import { bundled } from '../bundled.ts';
import type { Family, Round } from './fault.ts';
import { numbers } from './fuzz.ts';
import { ended } from './generations.ts';
import { GENERATIONS, KEYS, writeGeneration } from './in-place-maps.ts';
import { withDirectory } from './map-images.ts';

const LONG_MS = 30_000;
const SHORT_MS = 1500;
/** Lookups before the pause in which the file changes: by the tree, while the table of keys grows, and by the table. */
const BEFORE = [0, 3, 40, 400, 2_000] as const;
const AFTER = 300;
const PAUSE_MS = 40;

const WRITERS = [
  ['copy', 'lmdb'],
  ['truncate', 'lmdb'],
  ['slowly', 'lmdb'],
  ['transactions', 'lmdb'],
  ['copy', 'cdb'],
  ['slowly', 'cdb'],
] as const;

type Below = (below: number) => number;

/** Counts of the answers of all readers. */
interface Seen {
  found: number;
  unknown: number;
}

export const inPlace: Family = {
  name: 'in-place',
  promise: 'while a map is rewritten in place, a key is found in the generation that was opened, or its lookup fails',
  run: (round) =>
    withDirectory(async (directory) => {
      const program = bundled('test/faults/in-place-program.ts');
      const below = numbers(round.seed);
      const seen: Seen = { found: 0, unknown: 0 };
      for (const [way, format] of WRITERS) {
        const path = join(directory, `${way}.${format}`);
        for (let i = 0; i < GENERATIONS; i++) writeGeneration(`${path}.${i}`, i, format);
        copyFileSync(`${path}.0`, path);
        const child = spawn(process.execPath, [program, way, path, String(round.long ? LONG_MS : SHORT_MS)]);
        const ending = ended(child);
        while (child.exitCode === null && child.signalCode === null) await read(round, path, below, seen);
        const { status, stderr } = await ending;
        if (status !== 0) round.broke({ tried: `${way} ${format}`, got: stderr });
      }
      round.figure(`${seen.found} found, ${seen.unknown} could not be told`);
    }),
};

/** Opens the map, asks some keys, waits, and asks more. */
async function read(round: Round, path: string, below: Below, seen: Seen): Promise<void> {
  const map = openedOrNone(path);
  if (map === undefined) return sleep(1);
  using _ = map;
  const generations = new Set<string>();
  const before = BEFORE[below(BEFORE.length)]!;
  ask(round, map, before, below, generations, seen);
  await sleep(below(PAUSE_MS));
  ask(round, map, AFTER, below, generations, seen);
  if (generations.size > 1)
    round.broke({ tried: `${path}, ${before} lookups before`, got: `generations ${[...generations]}` });
}

/** undefined: the file is in no state that can be opened. */
function openedOrNone(path: string): KeyedMap | undefined {
  try {
    return openMap(path, { reloadCheckMs: Number.POSITIVE_INFINITY });
  } catch (error) {
    if (error instanceof MapError) return undefined;
    throw error;
  }
}

function ask(round: Round, map: KeyedMap, lookups: number, below: Below, generations: Set<string>, seen: Seen): void {
  for (let i = 0; i < lookups; i++) {
    const key = KEYS[below(KEYS.length)]!;
    const answer = map.lookup(key);
    if (answer.status === 'notFound') round.broke({ tried: `${map.path} ${key}`, got: answer });
    else round.held();
    if (answer.status === 'found') generations.add(answer.value.split(' ')[0]!);
    if (answer.status === 'found') seen.found++;
    else seen.unknown++;
  }
}
