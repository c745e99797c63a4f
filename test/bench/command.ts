/**
 * A command -> the time of its process, and its peak memory.
 *
 * Wall time is taken around the process. Memory and processor time come from GNU time, which starts the program from a
 * process of its own: asked of Node's child directly, the peak would be that of Node before it became the program. It
 * adds about a millisecond, so runs of a few milliseconds are measured without.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from './sample.ts';

const GNU_TIME = '/usr/bin/time';
const hasTime = existsSync(GNU_TIME);

export interface Command {
  readonly argv: readonly string[];
  /** File for standard input; default: empty. */
  readonly stdin?: string;
  /** File for standard output; default: thrown away. */
  readonly stdout?: string;
  /** Exit statuses that are fine; 0. */
  readonly statuses?: readonly number[];
  /** Its standard error is dropped, because it has many expected complaints. */
  readonly quiet?: boolean;
  /** Stops it after this many seconds, which then count as its time. Not with `memory`. */
  readonly limit?: number;
  /** Measure memory too. */
  readonly memory?: boolean;
}

export const NODE: string = process.execPath;

/** One of our programs as it is installed. */
export const ours = (program: string, ...args: readonly string[]): readonly string[] => [
  NODE,
  `bin/${program}.cjs`,
  ...args,
];

/** @throws Error when the command fails */
export function runCommand(command: Command): Sample {
  const { argv, statuses = [0], limit } = command;
  const report = join(tmpdir(), `mailmaps-bench-${process.pid}`);
  const measured = command.memory && hasTime;
  const [program, ...args] = measured ? [GNU_TIME, '-q', '-o', report, '-f', '%U %S %M', ...argv] : argv;
  const stdin = openSync(command.stdin ?? '/dev/null', 'r');
  const stdout = openSync(command.stdout ?? '/dev/null', 'w');
  const began = process.hrtime.bigint();
  const { status, stderr, error } = spawnSync(program!, args, {
    stdio: [stdin, stdout, command.quiet ? 'ignore' : 'pipe'],
    killSignal: 'SIGKILL',
    ...(limit !== undefined && { timeout: limit * 1000 }),
  });
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  closeSync(stdin);
  closeSync(stdout);
  if (limit !== undefined && seconds > limit) return { seconds };
  if (error) throw error;
  if (!statuses.includes(status ?? -1)) {
    throw new Error(`${argv.join(' ')} ended with ${status}: ${stderr?.toString('latin1').slice(0, 500)}`);
  }
  if (!measured) return { seconds };
  const [user, system, kilobytes] = readFileSync(report, 'utf8').trim().split('\n').at(-1)!.split(' ').map(Number);
  return { seconds, cpuSeconds: user! + system!, peakBytes: kilobytes! * 1024 };
}
