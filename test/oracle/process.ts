/**
 * Runs one program to its end: argv and bytes in, exit status and bytes out. Never throws for what the program does.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { ByteString } from '../../src/core/bytes.ts';
import type { Ran } from './jobs.ts';

export const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  TZ: 'UTC',
};

export interface RunOptions {
  readonly stdin?: ByteString;
  /** Seconds until it is killed. */
  readonly timeout?: number | undefined;
}

/** For what hangs. */
const DEFAULT_TIMEOUT_S = 300;

/** Arguments are byte strings, but spawn() encodes them as UTF-8: bytes that are no UTF-8 cannot be passed. */
const argument = (bytes: ByteString): string => Buffer.from(bytes, 'latin1').toString('utf8');

export function run(program: string, args: readonly ByteString[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args.map(argument), { cwd: '/etc/mail', env: ENVIRONMENT });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let timedOut = false;
    const timer = setTimeout(
      () => {
        timedOut = true;
        child.kill('SIGKILL');
      },
      (options.timeout ?? DEFAULT_TIMEOUT_S) * 1000,
    );
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    // a program that does not read its input is no error here
    child.stdin.on('error', () => undefined);
    child.stdin.end(Buffer.from(options.stdin ?? '', 'latin1'));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const text = {
        stdout: Buffer.concat(stdout).toString('latin1'),
        stderr: Buffer.concat(stderr).toString('latin1'),
      };
      if (timedOut) resolve({ rc: null, ...text, timeout: true });
      else resolve({ rc: code ?? -constants.signals[signal!], ...text });
    });
  });
}

/** Asks all, `width` at a time; answers come in the order of the questions. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  ask: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const answers: R[] = new Array(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const i = next++;
      answers[i] = await ask(items[i]!);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return answers;
}
