/** Processes that read one large map at the same time: the memory of each, and of all together with the file that they share. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { NODE } from '../command.ts';
import type { Bench } from '../group.ts';
import { ownBytes, sum } from '../process-cost.ts';

const PROCESSES = 4;
/** Of one process, with the memory of Node and of the keys that it asks. */
const MOST_MB = 192;

export async function reportReaders(bench: Bench, map: string, keys: string, mapBytes: number): Promise<void> {
  const arguments_ = ['--expose-gc', '.cache/bench/call-program.mjs', 'held', JSON.stringify({ map, keys })];
  const readers = Array.from({ length: PROCESSES }, () =>
    spawn(NODE, arguments_, { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  try {
    // each writes a line when it has asked
    await Promise.all(readers.map(({ stdout }) => once(stdout, 'data')));
    const own = readers.map(({ pid }) => ownBytes(pid!) / 2 ** 20);
    const copies = (PROCESSES * mapBytes) / 2 ** 20;
    bench.report({
      work: `${PROCESSES} processes on one map of ${Math.round(mapBytes / 2 ** 20)} MB: own memory of the largest`,
      against: 'a bound; the map is in the system’s cache once',
      ours: `${Math.round(sum(own))} MB together`,
      theirs: `${Math.round(copies)} MB for copies of the map`,
      figure: Math.max(...own),
      target: { is: 'atMost', figure: MOST_MB, unit: 'MB' },
      samples: {},
    });
  } finally {
    for (const { stdin } of readers) stdin.end();
    await Promise.all(readers.map((reader) => once(reader, 'close')));
  }
}
