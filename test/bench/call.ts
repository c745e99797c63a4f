/**
 * A call in a process -> its time and memory. Each sample comes from a fresh Node (call-program.ts), so that neither side
 * profits from code, caches or heap of the other one.
 */
import { spawnSync } from 'node:child_process';
import { NODE } from './command.ts';
import type { Sample } from './sample.ts';

export type Arguments = Readonly<Record<string, string | number | boolean>>;

/** @throws Error when the call fails */
export function runCall<T = Sample>(name: string, args: Arguments): T {
  const { status, stdout } = spawnSync(
    NODE,
    ['--expose-gc', '.cache/bench/call-program.mjs', name, JSON.stringify(args)],
    { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 },
  );
  if (status !== 0) throw new Error(`the call ${name} ended with ${status}`);
  return JSON.parse(stdout.toString('utf8')) as T;
}
