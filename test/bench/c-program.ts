/** The source of a C program beside this file -> the program, in the scratch directory of a run. */
import { spawnSync } from 'node:child_process';
import { program } from '../oracle/programs.ts';
import type { Bench } from './group.ts';

/** Undefined, and noted, on a machine without gcc or the library. */
export function cProgram(bench: Bench, name: string, library: string): string | undefined {
  const gcc = program('gcc');
  const path = `${bench.scratch}/${name}`;
  const { status, stderr } =
    gcc === undefined
      ? { status: 1, stderr: 'gcc is not installed' }
      : spawnSync(gcc, ['-O2', '-o', path, `test/bench/${name}.c`, `-l${library}`], { encoding: 'utf8' });
  if (status === 0) return path;
  bench.leaveOut(`${name}.c`, stderr.split('\n', 1)[0]!);
  return undefined;
}
