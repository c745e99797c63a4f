/**
 * Asks the real sendmail, makemap and newaliases: jobs in, answers out. README.md lists the questions.
 *
 * Needs root, the namespaces of Linux and the cache directory that setup.sh fills: MAILMAPS_ORACLE, or `sendmail-oracle`
 * in the system's temporary directory.
 */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundled, projectDirectory } from '../bundled.ts';
import type { Answer, Job, Query, WorkerReply } from './jobs.ts';

export interface Oracle {
  /**
   * The answers to one job, which starts from an empty /etc/mail. Jobs are answered one after the other.
   *
   * @throws Error when the job could not be set up or a question not be asked
   */
  ask<const Q extends readonly Query[]>(job: Job<Q>): Promise<Answer<Q>>;
  close(): Promise<void>;
}

/** The directory with the real programs. */
export const oracleDirectory: string = process.env.MAILMAPS_ORACLE ?? join(tmpdir(), 'sendmail-oracle');

function isAvailable(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    accessSync(join(oracleDirectory, 'root/usr/libexec/sendmail/sendmail'), constants.X_OK);
    accessSync(join(oracleDirectory, 'bin/mda'), constants.X_OK);
  } catch {
    return false;
  }
  return spawnSync('unshare', ['--mount', '--uts', '--net', '--ipc', 'true']).status === 0;
}

/** Whether this machine can run the real programs; tests that need them are left out by name where it cannot. */
export const oracleAvailable: boolean = isAvailable();

/** The path of a program of sendmail, for tests that run it themselves. */
export function realProgram(name: 'makemap' | 'editmap' | 'newaliases' | 'praliases'): string {
  return join(oracleDirectory, 'root/usr/libexec/sendmail', name);
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export async function openOracle(): Promise<Oracle> {
  const directory = mkdtempSync(join(tmpdir(), 'mailmaps-worker.'));
  const child = spawn(
    'sh',
    [
      join(projectDirectory(), 'test/oracle/namespaces.sh'),
      bundled('test/oracle/worker.ts', directory),
      oracleDirectory,
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const waiting: Waiting[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const reply = JSON.parse(line) as WorkerReply;
    const { resolve, reject } = waiting.shift()!;
    if ('error' in reply) reject(new Error(reply.error));
    else resolve(reply);
  });
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => {
      rmSync(directory, { recursive: true, force: true });
      for (const { reject } of waiting.splice(0)) reject(new Error('the worker of the oracle ended'));
      resolve();
    });
  });
  return {
    ask: <const Q extends readonly Query[]>(job: Job<Q>) =>
      new Promise<Answer<Q>>((resolve, reject) => {
        waiting.push({ resolve: resolve as Waiting['resolve'], reject });
        child.stdin.write(`${JSON.stringify(job)}\n`);
      }),
    close: () => {
      child.stdin.end();
      return ended;
    },
  };
}
