/** The server of fixed-server.c in its own process: every request gets the same answer at once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cProgram } from './c-program.ts';
import type { Bench } from './group.ts';

export class FixedServer {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Undefined, and noted, on a machine without gcc. */
  static async start(bench: Bench, path: string): Promise<FixedServer | undefined> {
    const program = cProgram(bench, 'fixed-server', 'c');
    if (program === undefined) return undefined;
    const child = spawn(program, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return new FixedServer(child);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await once(this.#child, 'close');
  }
}
