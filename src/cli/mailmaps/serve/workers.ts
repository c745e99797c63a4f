/**
 * Several worker processes (`--workers`, node:cluster): this process has the sockets and passes each connection to the next
 * worker; every worker opens the configuration itself. A worker that ends, or cannot be started, is replaced after a moment, and
 * after a longer one each time that none becomes ready. At the end all workers answer their open requests; one that hangs is killed.
 *
 * Messages to a worker: `connection` with its socket, `report`, `stop`; from a worker: its {@link Report}, with the number of
 * the request.
 */
import cluster, { type Worker as Child } from 'node:cluster';
import { on, once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../../../serve/monitor.ts';
import type { ServeLog } from './log.ts';
import type { Worker } from './worker.ts';

const PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 16_000;
/** Longer than a worker takes to end: its peers have two seconds to read their last answers. */
const END_MS = 10_000;
const REPORT_MS = 3_000;
const MAX_WAITING = 1_000;

interface Asked {
  readonly kind: 'report';
  readonly id: number;
}

interface Reported {
  readonly id?: number;
  readonly report: Report;
}

export class Workers {
  readonly #log: ServeLog;
  readonly #count: number;
  readonly #servers: Server[] = [];
  #ready: Child[] = [];
  /** Why a worker is missing, by its place. */
  readonly #missing = new Map<number, string>();
  #next = 0;
  #asked = 0;
  #isStopping = false;
  /** Before the next worker is started. */
  #pauseMs = PAUSE_MS;
  #onReady: () => void = () => undefined;
  /** Connections that arrived while no worker was ready, MAX_WAITING at most. */
  readonly #waiting: Socket[] = [];

  private constructor(count: number, log: ServeLog) {
    this.#count = count;
    this.#log = log;
  }

  /** Starts workers, and waits until all are ready or `stopped` resolves: the first connections are shared as well. */
  static async start(count: number, log: ServeLog, stopped: Promise<void>): Promise<Workers> {
    const workers = new Workers(count, log);
    const started = new Promise<void>((resolve) => {
      workers.#onReady = () => workers.#ready.length === count && resolve();
    });
    for (let place = 0; place < count; place++) workers.#fork(place);
    await Promise.race([started, stopped]);
    return workers;
  }

  /** Passes the connections of a listening socket to the workers. */
  serve(server: Server): void {
    this.#servers.push(server);
    server.on('connection', (socket: Socket) => this.#hand(socket));
    server.on('error', (error) => this.#log.problem(error.message));
  }

  /**
   * Of each worker that is ready, and of the missing ones together.
   *
   * @throws Error if a worker does not answer in time
   */
  async reports(): Promise<readonly Report[]> {
    const reports = await Promise.all(this.#ready.map((child) => this.#reportOf(child)));
    const trouble = this.#trouble();
    return trouble === undefined ? reports : [...reports, { trouble, metrics: [] }];
  }

  #trouble(): string | undefined {
    const whys = [...this.#missing.values()];
    if (whys.length > 0) return `${whys.length} of ${this.#count} workers missing: ${whys.join('; ')}`;
    return this.#ready.length === 0 ? 'no worker is ready' : undefined;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const server of this.#servers) server.close();
    for (const socket of this.#waiting) socket.destroy();
    const children = Object.values(cluster.workers ?? {}).filter((child) => child !== undefined);
    const ended = children.map((child) => (child.isDead() ? undefined : once(child, 'exit')));
    for (const child of children) if (child.isConnected()) child.send({ kind: 'stop' });
    const killing = setTimeout(() => {
      for (const child of children) child.process.kill('SIGKILL');
    }, END_MS);
    await Promise.all(ended);
    clearTimeout(killing);
  }

  #fork(place: number): void {
    let child: Child;
    try {
      child = cluster.fork();
    } catch (error) {
      void this.#replace(place, undefined, `a worker cannot be started: ${(error as Error).message}`);
      return;
    }
    child.on('message', (message: { readonly kind: string }) => {
      if (message.kind === 'ready') this.#welcome(place, child);
    });
    child.on('exit', (status, signal) => {
      void this.#replace(place, child, `worker ${child.process.pid} ended (${signal ?? `status ${status}`})`);
    });
    // without a process number it was not started (no descriptor is left, say); else a message was lost, and 'exit' follows
    child.on('error', (error: Error) => {
      if (child.process.pid === undefined) void this.#replace(place, child, error.message);
      else this.#log.problem(`a message to a worker: ${error.message}`);
    });
  }

  #welcome(place: number, child: Child): void {
    this.#missing.delete(place);
    this.#ready.push(child);
    this.#onReady();
    for (const socket of this.#waiting.splice(0)) this.#hand(socket);
  }

  async #replace(place: number, child: Child | undefined, why: string): Promise<void> {
    const others = this.#ready.filter((each) => each !== child);
    const wasReady = others.length < this.#ready.length;
    this.#ready = others;
    if (this.#isStopping) return;
    this.#missing.set(place, why);
    this.#log.problem(`${why}, another follows`);
    this.#pauseMs = wasReady ? PAUSE_MS : Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
    await sleep(this.#pauseMs);
    if (!this.#isStopping) this.#fork(place);
  }

  #hand(socket: Socket): void {
    const child = this.#ready[this.#next++ % this.#ready.length];
    if (child === undefined) this.#keep(socket);
    else child.send({ kind: 'connection' }, socket, (error) => error && socket.destroy());
  }

  /** Keeps a connection until a worker is ready. */
  #keep(socket: Socket): void {
    if (this.#waiting.length < MAX_WAITING) {
      this.#waiting.push(socket);
      return;
    }
    this.#log.problem(`no worker is ready, and ${MAX_WAITING} connections wait`);
    socket.destroy();
  }

  async #reportOf(child: Child): Promise<Report> {
    const id = this.#asked++;
    const signal = AbortSignal.timeout(REPORT_MS);
    child.send({ kind: 'report', id } satisfies Asked);
    try {
      for await (const [answer] of on(child, 'message', { signal, close: ['exit'] }) as AsyncIterable<[Reported]>)
        if (answer.id === id) return answer.report;
    } catch {
      // it has not answered in time
    }
    throw new Error(`worker ${child.process.pid} does not answer`);
  }
}

/** The worker's side; returns when the main process says so, or ends. */
export async function work(worker: Worker): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    process.on('message', (message: { readonly kind: string }) => message.kind === 'stop' && resolve());
    process.once('disconnect', resolve);
  });
  process.on('message', (message: Asked | { readonly kind: 'connection' }, socket: Socket | undefined) => {
    if (message.kind === 'connection' && socket !== undefined) worker.service.take(socket);
    if (message.kind !== 'report') return;
    // nobody reads it if the main process has ended
    worker.report().then((report) => process.send?.({ id: message.id, report }, undefined, undefined, () => undefined));
  });
  process.send!({ kind: 'ready' });
  await stopped;
  await worker.stop();
}
