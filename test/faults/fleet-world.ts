/**
 * A fleet on a network of its own: three Redis servers with their Sentinels, hosts that follow, and publishers, each a real
 * process on a machine of its own. Every part can be killed and started again.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineThief } from './engine-thief.ts';
import { ended, PROJECT } from './generations.ts';
import type { Network } from './network.ts';

export const NODES = 3;
export const HOSTS = 4;
export const PUBLISHERS = 2;
export const MACHINES: number = NODES + HOSTS + PUBLISHERS;

const PROGRAM = join(PROJECT, 'bin/mailmaps.cjs');
const SERVER_PORT = 6379;
const SENTINEL_PORT = 26_379;
/** Lines that keep each generation larger than a block. */
const FILLER = 3000;

/** A process that starts again with the same command. */
export class Part {
  readonly name: string;
  readonly #command: readonly [string, ...string[]];
  #child: ChildProcess | undefined;

  constructor(name: string, command: readonly [string, ...string[]]) {
    this.name = name;
    this.#command = command;
    this.start();
  }

  start(): void {
    const [program, ...args] = this.#command;
    this.#child ??= spawn(program, args, { stdio: 'ignore' });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const over = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await over;
  }
}

/** The words of what a host answers from: the text of two files of one generation. */
export type Content = string | undefined;

export class FleetWorld implements AsyncDisposable {
  readonly servers: readonly Part[];
  readonly sentinels: readonly Part[];
  readonly followers: readonly Part[];
  /** One at each server. */
  readonly thieves: readonly EngineThief[];
  readonly #network: Network;
  readonly #root: string;
  readonly #address: string;

  constructor(network: Network, root: string) {
    this.#network = network;
    this.#root = root;
    this.#writeKeys();
    const nodes = Array.from({ length: NODES }, (_, i) => i);
    this.servers = nodes.map((i) => new Part(`server ${i}`, [...network.on(i), 'redis-server', this.#serverFile(i)]));
    this.sentinels = nodes.map(
      (i) => new Part(`Sentinel ${i}`, [...network.on(i), 'redis-server', this.#sentinelFile(i), '--sentinel']),
    );
    this.thieves = nodes.map((i) => new EngineThief((args) => [...network.on(i), 'redis-cli', ...args]));
    this.#address = `redis+sentinel://${nodes.map((i) => network.addressOf(i)).join(',')}/mx`;
    this.followers = Array.from({ length: HOSTS }, (_, i) => {
      const follow = ['follow', ...this.#fleet(), '--into', join(root, `host${i}`)];
      return new Part(`host ${i}`, [...network.on(NODES + i), process.execPath, PROGRAM, ...follow]);
    });
  }

  /** Publishes a configuration in which every file has the same word, as one of the publishers. */
  async publish(
    publisher: number,
    word: string,
    killAfterMs?: number,
  ): Promise<{ status: number | null; stderr: string }> {
    const directory = join(this.#root, `files${publisher}`);
    mkdirSync(directory, { recursive: true });
    const filler = Array.from({ length: FILLER }, (_, i) => `From:${word}.${i}.example\tREJECT\n`).join('');
    writeFileSync(join(directory, 'access'), `# ${word}\n${filler}`);
    writeFileSync(join(directory, 'relay-domains'), `${word}.example\n`);
    const state = join(this.#root, `state${publisher}`);
    const words = ['publish', '-d', directory, ...this.#fleet(), '--key', join(this.#root, 'key'), '--state', state];
    const [command, ...args] = this.#network.on(NODES + HOSTS + publisher);
    const more = ['-m', word, '--host-name', 'mail.example.com'];
    const child = spawn(command, [...args, process.execPath, PROGRAM, ...words, ...more], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const timer = killAfterMs !== undefined && setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    const end = await ended(child);
    if (timer) clearTimeout(timer);
    return end;
  }

  /** The answers of a host now: the words of its two files, which are the same in every published generation. */
  content(host: number): Content {
    const directory = join(this.#root, `host${host}`);
    for (let tries = 0; tries < 5; tries++) {
      try {
        const generation = join(directory, readlinkSync(join(directory, 'current')));
        const [access] = readFileSync(join(generation, 'access'), 'latin1').split('\n');
        const relay = readFileSync(join(generation, 'relay-domains'), 'latin1');
        return `${access?.slice(2)} ${relay.replace('.example\n', '')}`;
      } catch {
        // not there yet, or removed since the link was read
      }
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.followers, ...this.sentinels, ...this.servers];
    await Promise.all(all.map((part) => part.kill()));
  }

  #fleet(): readonly string[] {
    return ['--fleet', this.#address, '--trust', join(this.#root, 'trust')];
  }

  #writeKeys(): void {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    writeFileSync(join(this.#root, 'key'), privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    const der = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
    writeFileSync(join(this.#root, 'trust'), `ed25519 ${der} publishers\n`);
  }

  /** As examples/fleet/redis.conf, with shorter times. */
  #serverFile(node: number): string {
    const primary = `${this.#network.addressOf(0)} ${SERVER_PORT}`;
    return this.#configuration(`server${node}`, [
      `port ${SERVER_PORT}`,
      'appendonly yes',
      'appendfsync always',
      'save ""',
      'maxmemory-policy noeviction',
      'min-replicas-to-write 1',
      'min-replicas-max-lag 3',
      'repl-timeout 5',
      'repl-ping-replica-period 1',
      'repl-diskless-sync-delay 0',
      ...(node === 0 ? [] : [`replicaof ${primary}`]),
    ]);
  }

  #sentinelFile(node: number): string {
    return this.#configuration(`sentinel${node}`, [
      `port ${SENTINEL_PORT}`,
      `sentinel monitor mymaster ${this.#network.addressOf(0)} ${SERVER_PORT} 2`,
      'sentinel down-after-milliseconds mymaster 1000',
      'sentinel failover-timeout mymaster 3000',
    ]);
  }

  #configuration(name: string, lines: readonly string[]): string {
    const directory = join(this.#root, name);
    mkdirSync(directory);
    const file = join(directory, 'redis.conf');
    const own = ['bind 0.0.0.0', 'protected-mode no', `dir ${directory}`, 'daemonize no', 'loglevel warning'];
    writeFileSync(file, `${[...own, ...lines].join('\n')}\n`);
    return file;
  }
}
