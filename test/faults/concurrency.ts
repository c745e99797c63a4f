/**
 * 8 writers and 16 readers on one map: six makemap and two editmap, one run after another, and processes that look keys
 * up and walk all the while. No reader sees an error, a missing key or two generations in one map; no run fails; and no file is
 * left beside the map.
 */
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundled } from '../bundled.ts';
import type { Family, Round } from './fault.ts';
import { ended, entryLines, generationIn, startProgram } from './generations.ts';
import { withDirectory } from './map-images.ts';

/** So many that the tree of the map has a branch. */
const RECORDS = 2500;
const MAKEMAPS = 6;
const EDITMAPS = 2;
const READERS = 16;
const LONG_MS = 60_000;
const SHORT_MS = 5000;

/** A reader's counts. */
interface Seen {
  readonly lookups: number;
  readonly walks: number;
  readonly generations: number;
  readonly wrong: readonly string[];
}

export const concurrency: Family = {
  name: 'concurrency',
  promise: 'of 8 writers and 16 readers on one map none sees an error, a missing key or a mixture of generations',
  run: (round) =>
    withDirectory(async (directory) => {
      const ms = round.long ? LONG_MS : SHORT_MS;
      const reader = bundled('test/faults/reader-program.ts');
      await makeGeneration(directory, 0);
      const end = Date.now() + ms;
      const writers = [
        ...Array.from({ length: MAKEMAPS }, (_, i) =>
          writeUntil(round, end, (run) => makeGeneration(directory, run * MAKEMAPS + i)),
        ),
        ...Array.from({ length: EDITMAPS }, (_, i) => writeUntil(round, end, (run) => edit(directory, `${i} ${run}`))),
      ];
      const readers = Array.from({ length: READERS }, () => read(reader, directory, ms));
      const seen = await Promise.all(readers);
      const runs = (await Promise.all(writers)).reduce((sum, count) => sum + count, 0);
      for (const { lookups, walks, wrong } of seen) {
        round.held(lookups + walks - wrong.length);
        for (const each of wrong) round.broke({ tried: 'reading', got: each });
      }
      const files = readdirSync(directory).filter((name) => name !== 'access.lmdb' && !name.startsWith('text'));
      if (files.length > 0) round.broke({ tried: 'a look at the directory', got: files });
      generationIn(join(directory, 'access.lmdb'), RECORDS, 'edited');
      const total = (of: 'lookups' | 'walks'): number => seen.reduce((sum, each) => sum + each[of], 0);
      const most = Math.max(...seen.map((each) => each.generations));
      round.figure(`${runs} maps written, ${total('lookups')} lookups, ${total('walks')} walks`);
      round.figure(`up to ${most} generations seen by one reader in ${ms / 1000} s`);
    }),
};

async function read(program: string, directory: string, ms: number): Promise<Seen> {
  const child = spawn(process.execPath, [program, join(directory, 'access'), String(RECORDS), String(ms)]);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  const { status, stderr } = await ended(child);
  if (status === 0) return JSON.parse(stdout) as Seen;
  return { lookups: 0, walks: 0, generations: 0, wrong: [`a reader ended with ${status}: ${stderr}`] };
}

/** Runs one program after another; how many. */
async function writeUntil(round: Round, end: number, run: (index: number) => Promise<Ending>): Promise<number> {
  let runs = 0;
  while (Date.now() < end) {
    const { status, stderr } = await run(++runs);
    const said = stderr.replace(/^warning: \S+: waiting for process \d+, which writes it\n/, '');
    if (status === 0 && said === '') round.held();
    else round.broke({ tried: 'writing', got: { status, said } });
  }
  return runs;
}

type Ending = Awaited<ReturnType<typeof ended>>;

function makeGeneration(directory: string, generation: number): Promise<Ending> {
  const text = join(directory, `text${generation % MAKEMAPS}`);
  writeFileSync(text, entryLines(RECORDS, '\t', generation));
  return ended(startProgram('makemap', ['hash', 'access'], directory, text));
}

function edit(directory: string, value: string): Promise<Ending> {
  return ended(startProgram('editmap', ['-u', 'hash', 'access', 'edited', value], directory));
}
