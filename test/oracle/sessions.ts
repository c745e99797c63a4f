/**
 * SMTP with the real sendmail: EXPN and VRFY through `sendmail -bs` on pipes, everything else with a daemon on a TCP
 * connection from any address. The daemon listens in the worker's private network only.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ByteString } from '../../src/core/bytes.ts';
import type { ExpnAnswer, ExpnQuery, SmtpAnswer, SmtpQuery } from './jobs.ts';
import { ETC, type Machine } from './machine.ts';
import { ENVIRONMENT, inParallel } from './process.ts';

const PORT = 2525;
/** Other programs may have the processors: what is silent on purpose has its own time. */
const DEFAULT_TIMEOUT_S = 300;
const START_MS = 300_000;

/** Reads SMTP replies, one at a time, from a stream. */
class Replies {
  private readonly lines: ByteString[] = [];
  private rest = '';
  private ended = false;
  private wake: (() => void) | undefined;

  constructor(stream: Readable) {
    stream.on('data', (chunk: Buffer) => {
      const parts = (this.rest + chunk.toString('latin1')).split('\n');
      this.rest = parts.pop()!;
      for (const line of parts) this.lines.push(line.replace(/\r$/, ''));
      this.wake?.();
    });
    const end = (): void => {
      this.ended = true;
      this.wake?.();
    };
    stream.on('close', end).on('end', end).on('error', end);
  }

  /** The next reply's lines; `CLOSED` when there is none, `TIMEOUT` after the last line when it does not come. */
  async next(timeoutSeconds: number): Promise<readonly ByteString[]> {
    const reply: ByteString[] = [];
    for (;;) {
      while (this.lines.length === 0 && !this.ended) {
        if (!(await this.moreWithin(timeoutSeconds))) return [...reply, 'TIMEOUT'];
      }
      const line = this.lines.shift();
      if (line === undefined) return reply.length > 0 ? reply : ['CLOSED'];
      reply.push(line);
      if (!/^\d\d\d-/.test(line)) return reply;
    }
  }

  private moreWithin(seconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), seconds * 1000);
      this.wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

const bytes = (line: ByteString): Buffer => Buffer.from(`${line}\r\n`, 'latin1');

/**
 * A `-bs` session for one question: sendmail remembers how the addresses before were separated, and begins to sleep
 * between answers after a few.
 */
async function expnSession(machine: Machine, query: ExpnQuery): Promise<ExpnAnswer> {
  const child = spawn(machine.program('sendmail'), ['-bs', '-Am'], {
    cwd: ETC,
    env: ENVIRONMENT,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'close');
  const replies = new Replies(child.stdout);
  await replies.next(DEFAULT_TIMEOUT_S);
  child.stdin.write(bytes('EHLO client.example'));
  await replies.next(DEFAULT_TIMEOUT_S);
  child.stdin.write(bytes(`${query.kind.toUpperCase()} ${query.address}`));
  const lines = await replies.next(DEFAULT_TIMEOUT_S);
  child.stdin.end();
  await exited;
  return { code: Number(lines.at(-1)!.slice(0, 3)), lines };
}

export function askExpn(
  machine: Machine,
  queries: readonly ExpnQuery[],
  width: number,
): Promise<readonly ExpnAnswer[]> {
  return inParallel(queries, width, (query) => expnSession(machine, query));
}

/** The socket, or why there is none. */
async function connected(from: string): Promise<Socket | Error> {
  const socket = connect({ host: from.includes(':') ? '::1' : '127.0.0.1', port: PORT, localAddress: from });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', resolve);
  });
}

/** Waits until nobody listens. */
async function refused(from: string): Promise<void> {
  for (;;) {
    const socket = await connected(from);
    if (socket instanceof Error) return;
    socket.destroy();
    await sleep(5);
  }
}

/** The daemon of the current job: started by the first session that needs it, stopped with the job. */
export class Daemon {
  private readonly machine: Machine;
  private child: ChildProcess | undefined;
  /** The addresses of clients, on the loopback interface until the daemon ends. */
  private readonly addresses = new Set<string>();

  constructor(machine: Machine) {
    this.machine = machine;
  }

  async ask(query: SmtpQuery): Promise<SmtpAnswer> {
    if (query.debug) await this.stop();
    if (!this.child) await this.start(query.debug);
    const from = query.clientAddr ?? '127.0.0.1';
    this.addAddress(from);
    const socket = await this.reach(from);
    const replies = await this.session(socket, query);
    if (!query.debug) return { replies };
    await this.childEnded();
    const debug = readFileSync(`${ETC}/.debug`, 'latin1').split('\n');
    await this.stop();
    return { replies, debug };
  }

  async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
    // a child that has not got to close the socket yet would take the first connection of the next job, and drop it
    for (const address of ['127.0.0.1', '::1']) await refused(address);
    this.removeAddresses();
  }

  private async session(socket: Socket, query: SmtpQuery): Promise<SmtpAnswer['replies']> {
    const timeout = query.timeout ?? DEFAULT_TIMEOUT_S;
    const reader = new Replies(socket);
    const replies = [await reader.next(timeout)];
    for (const line of query.lines) {
      socket.write(bytes(line));
      replies.push(await reader.next(timeout));
    }
    socket.end(bytes('QUIT'));
    await reader.next(timeout);
    socket.destroy();
    return replies;
  }

  /** The child that had the session writes its last lines when it ends. */
  private async childEnded(): Promise<void> {
    const { pid } = this.child!;
    while (readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1') !== '') await sleep(5);
  }

  private async start(debug: string | undefined): Promise<void> {
    const log = `${ETC}/.debug`;
    if (debug) writeFileSync(log, '');
    // whatever else the machine does
    const args = ['-bD', '-ORefuseLA=1000000', ...(debug ? ['-D', log, `-d${debug}`] : [])];
    this.child = spawn(this.machine.program('sendmail'), args, { cwd: ETC, env: ENVIRONMENT, stdio: 'ignore' });
    (await this.reach('127.0.0.1')).destroy();
  }

  /** A connection. The daemon listens on one address family after the other. */
  private async reach(from: string): Promise<Socket> {
    let reason = '';
    for (const until = Date.now() + START_MS; Date.now() < until; ) {
      const { exitCode } = this.child!;
      if (exitCode !== null) throw new Error(`the daemon ended with status ${exitCode}`);
      const socket = await connected(from);
      if (!(socket instanceof Error)) return socket;
      reason = socket.message;
      await sleep(10);
    }
    throw new Error(`no connection from ${from}: ${reason}`);
  }

  private addAddress(address: string): void {
    if (this.addresses.has(address) || address === '::1' || address.startsWith('127.')) return;
    const suffix = address.includes(':') ? ['/128', 'nodad'] : ['/32'];
    execFileSync('ip', ['addr', 'add', address + suffix[0], 'dev', 'lo', ...suffix.slice(1)], { stdio: 'ignore' });
    this.addresses.add(address);
  }

  /** sendmail puts the addresses of interfaces into class w when it starts: those of one job would change the next one. */
  private removeAddresses(): void {
    for (const address of this.addresses)
      execFileSync('ip', ['addr', 'del', address + (address.includes(':') ? '/128' : '/32'), 'dev', 'lo']);
    this.addresses.clear();
  }
}
