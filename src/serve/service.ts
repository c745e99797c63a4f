/**
 * A protocol served on any number of listening sockets, until all connections are closed.
 *
 * Limits: a connection beyond MAX_CONNECTIONS is closed at once, so that the others keep their descriptors and
 * memory.
 */
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { Connection, type ConnectionOptions } from './connection.ts';
import type { Protocol } from './conversation.ts';
import { HeldMemory } from './held-memory.ts';

/** Postfix and sendmail hold one connection for each process: no host runs this many. */
const MAX_CONNECTIONS = 10_000;

export interface ServiceOptions extends ConnectionOptions {
  /** Connections at the same time; default 10,000. */
  readonly maxConnections?: number;
  /** Bytes that all peers together may make the server hold; default 64 MiB. */
  readonly maxHeld?: number;
}

export class Service {
  readonly #protocol: Protocol;
  readonly #options: ServiceOptions;
  readonly #max: number;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<Connection>();
  readonly #memory: HeldMemory;
  readonly #onEmpty: (() => void)[] = [];

  constructor(protocol: Protocol, options: ServiceOptions) {
    this.#protocol = protocol;
    this.#max = options.maxConnections ?? MAX_CONNECTIONS;
    this.#options = options;
    this.#memory = new HeldMemory(options.maxHeld);
  }

  /** Accepts connections from a listening socket. */
  serve(server: Server): void {
    this.#servers.push(server);
    server.on('connection', (socket: Socket) => this.#accept(socket));
    server.on('error', (error) => this.#options.onProblem(error.message));
  }

  /**
   * Stops accepting, answers complete requests, and resolves when all connections are closed and the sockets removed.
   */
  async stop(): Promise<void> {
    const closed = this.#servers.map((server) => once(server, 'close'));
    for (const server of this.#servers) server.close();
    for (const connection of this.#connections) connection.stop();
    await Promise.all(closed);
    if (this.#connections.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }

  /** Takes a connection that another process accepted. */
  take(socket: Socket): void {
    this.#accept(socket);
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve();
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.#max) {
      this.#options.onProblem(`more than ${this.#max} connections`);
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, this.#protocol(), this.#options, this.#memory);
    this.#connections.add(connection);
    socket.on('close', () => this.#forget(connection));
  }
}
