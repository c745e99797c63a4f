/** A `mailmaps serve` that runs in its own process, from the built program. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const PROGRAM: string = join(process.cwd(), 'bin/mailmaps.cjs');

export class ServerProcess {
  readonly child: ChildProcess;
  /** Lines on standard error so far. */
  readonly lines: string[] = [];
  readonly exited: Promise<number | null>;
  #wake: (() => void) | undefined;
  /** All its lines are there. */
  #isOver = false;

  /** @param to targets of standard output, and of standard error if its lines are not collected */
  constructor(command: string, args: readonly string[], to: { output?: number; log?: number } = {}) {
    this.child = spawn(command, args, { stdio: ['ignore', to.output ?? 'ignore', to.log ?? 'pipe'] });
    if (this.child.stderr !== null) {
      createInterface({ input: this.child.stderr }).on('line', (line) => {
        this.lines.push(line);
        this.#wake?.();
      });
    }
    this.exited = once(this.child, 'close').then(([status]) => {
      this.#isOver = true;
      this.#wake?.();
      return status as number | null;
    });
  }

  /** Starts a server and waits until it serves. */
  static async start(...args: readonly string[]): Promise<ServerProcess> {
    const server = new ServerProcess(process.execPath, [PROGRAM, 'serve', ...args]);
    await server.line(/serving /);
    return server;
  }

  /** The first line that matches. @throws Error if the server ends before */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.#isOver) throw new Error(`the server ended: ${this.lines.join('\n')}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The port of its first TCP socket. */
  get port(): number {
    return Number(/tcp:.*:(\d+)$/m.exec(this.lines.join('\n'))![1]);
  }

  get descriptors(): number {
    return readdirSync(`/proc/${this.child.pid}/fd`).length;
  }

  /** Resident memory, in MiB. */
  get memory(): number {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.child.pid}/status`, 'latin1'))![1]) / 1024;
  }

  /** The letter of proc(5): `S` if it waits for something, `T` if a signal has stopped it. */
  get state(): string {
    return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${this.child.pid}/status`, 'latin1'))![1]!;
  }

  /** Stops it as systemd does. Returns its exit status. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.exited;
  }
}
