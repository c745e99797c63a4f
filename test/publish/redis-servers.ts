/**
 * Real Redis servers on free ports of 127.0.0.1, each with a directory of its own: one alone, or a primary with replicas
 * and Sentinels. All of them end when the set is disposed of.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../free-port.ts';

export const HAS_REDIS: boolean = spawnSync('redis-server', ['--version']).status === 0;

export class RedisServers implements AsyncDisposable {
  readonly #root = mkdtempSync(join(tmpdir(), 'mailmaps-redis.'));
  readonly #processes = new Map<number, ChildProcess>();
  readonly #lines = new Map<number, readonly string[]>();

  /** Starts a server; `lines` are of redis.conf. */
  async start(lines: readonly string[] = []): Promise<number> {
    const port = await freePort();
    this.#lines.set(port, ['appendonly yes', 'save ""', 'appendfsync always', ...lines]);
    await this.restart(port);
    return port;
  }

  /** Starts a server again that was killed, with its data. */
  async restart(port: number): Promise<void> {
    await this.#run(port, [...this.#lines.get(port)!]);
  }

  async startSentinel(primary: number, downAfterMs: number): Promise<number> {
    const port = await freePort();
    await this.#run(port, [
      `sentinel monitor mymaster 127.0.0.1 ${primary} 2`,
      `sentinel down-after-milliseconds mymaster ${downAfterMs}`,
      'sentinel failover-timeout mymaster 3000',
    ]);
    return port;
  }

  async kill(port: number): Promise<void> {
    const child = this.#processes.get(port)!;
    this.#processes.delete(port);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Stops a server in the middle of its work: it accepts connections and answers nothing. */
  freeze(port: number): void {
    this.#processes.get(port)!.kill('SIGSTOP');
  }

  /** One command, its reply as text. */
  command(port: number, ...args: readonly string[]): string {
    return spawnSync('redis-cli', ['-p', String(port), ...args], { encoding: 'utf8' }).stdout.trimEnd();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#processes.keys()].map((port) => this.kill(port)));
    rmSync(this.#root, { recursive: true });
  }

  async #run(port: number, lines: readonly string[]): Promise<void> {
    const directory = join(this.#root, String(port));
    mkdirSync(directory, { recursive: true });
    const file = join(directory, 'redis.conf');
    const own = [`port ${port}`, 'bind 127.0.0.1', `dir ${directory}`, 'daemonize no', 'loglevel warning'];
    writeFileSync(file, `${[...own, ...lines].join('\n')}\n`);
    const sentinel = lines.some((line) => line.startsWith('sentinel ')) ? ['--sentinel'] : [];
    const child = spawn('redis-server', [file, ...sentinel], { stdio: 'ignore' });
    this.#processes.set(port, child);
    await answers(port, child);
  }
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await wait(25);
  }
  throw new Error(`redis-server on port ${port} ended with ${child.exitCode}`);
}
