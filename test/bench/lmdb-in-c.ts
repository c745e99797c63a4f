/** lookup-lmdb.c -> a program in the benchmark's cache that measures the processor time of a lookup by the C library of LMDB. */
import { spawnSync } from 'node:child_process';
import { runCommand } from './command.ts';
import type { Bench } from './group.ts';
import type { Contestant, Sample } from './sample.ts';

const SOURCE = 'test/bench/lookup-lmdb.c';
const PROGRAM = '.cache/bench/lookup-lmdb';

/** Its lookups of `keys` in a map of format 0.9, after those of `warm`; undefined, and noted, without gcc or liblmdb-dev. */
export function lmdbInC(bench: Bench, map: string, keys: string, warm?: string): Contestant | undefined {
  try {
    runCommand({ argv: ['gcc', '-O2', '-o', PROGRAM, SOURCE, '-llmdb'] });
  } catch {
    bench.leaveOut('LMDB in C', 'gcc or liblmdb-dev is not installed');
    return undefined;
  }
  const args = [map, keys, ...(warm === undefined ? [] : [warm])];
  return { name: 'LMDB in C', run: () => measure(args) };
}

function measure(args: readonly string[]): Sample {
  const { status, stdout } = spawnSync(PROGRAM, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new Error(`${PROGRAM} ended with ${status}`);
  const { cpuSeconds } = JSON.parse(stdout.toString('utf8')) as { readonly cpuSeconds: number };
  return { seconds: cpuSeconds };
}
