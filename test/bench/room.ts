/**
 * The real sendmail's machine for benchmarks: private namespaces in which /etc/mail is a scratch directory (test/oracle),
 * entered for each measured program, so that nothing of the harness is in the figures.
 */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { oracleAvailable } from '../oracle/client.ts';
import type { Job } from '../oracle/jobs.ts';

export interface Room {
  /** Makes /etc/mail anew: files, configuration, maps by the real makemap and newaliases. */
  prepare(job: Omit<Job, 'queries'>): Promise<void>;
  /** /etc/mail of the room, as a path outside of it. */
  readonly etc: string;
  /** The command line that runs a program of sendmail's package in the room. */
  argv(program: string, ...args: readonly string[]): readonly string[];
  close(): Promise<void>;
}

const cache = process.env.MAILMAPS_ORACLE ?? join(tmpdir(), 'sendmail-oracle');

/** Undefined where the real programs cannot be run. */
export async function openRoom(): Promise<Room | undefined> {
  if (!oracleAvailable) return undefined;
  const worker = join(process.cwd(), '.cache/bench/room-program.mjs');
  const child = spawn('sh', ['test/oracle/namespaces.sh', worker, cache], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the machine of the real sendmail ended');
    return value;
  };
  const pid = await said();
  const enter = ['nsenter', '--target', pid, '--mount', '--uts', '--net', '--ipc', '--'];
  return {
    etc: `/proc/${pid}/root/etc/mail`,
    argv: (program, ...args) => [...enter, `${cache}/root/usr/libexec/sendmail/${program}`, ...args],
    prepare: async (job) => {
      child.stdin.write(`${JSON.stringify(job)}\n`);
      const answer = await said();
      if (answer !== 'ready') throw new Error(answer);
    },
    close: () =>
      new Promise((resolve) => {
        child.on('close', () => resolve());
        child.stdin.end();
      }),
  };
}
