/**
 * The engine as Redis or Valkey, alone or behind Sentinels, through `@redis/client`, which is loaded when it is needed.
 *
 *   {mm:FLEET}:b:HASH   a packed block          {mm:FLEET}:head   the number of the newest generation
 *   {mm:FLEET}:m:42     a signed manifest       {mm:FLEET}:log    a stream, one entry a generation: wakes followers
 *   {mm:FLEET}:host:NAME   a host's report about itself, for a minute
 *   {mm:FLEET}:advancing   the number that a publisher tries to move the head to
 *
 * Each failure ends the connection, and the next call makes a new one: through Sentinels it then finds the new primary.
 * An engine that may evict keys is refused (`unsafe`): it would drop blocks when its memory is full.
 *
 * Limits: of a value no more is asked for than ours have. A server that is no Redis may send more, until its time is over.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { MapError } from '../core/errors.ts';
import {
  type FleetEngine,
  type HostReport,
  MOST_BYTES,
  type PackedBlock,
  parseReport,
  REPORT_SECONDS,
} from './engine.ts';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

export interface RedisOptions {
  readonly fleet: string;
  /** Of the server, or of the Sentinels. */
  readonly nodes: readonly RedisAddress[];
  /** The primary's name at the Sentinels; absent: `nodes` is the server itself. */
  readonly primary?: string;
  readonly username?: string;
  readonly password?: string;
  /** Absent: no TLS. */
  readonly tls?: { readonly ca?: string };
  /** Replicas that must have a generation before it counts as published, however many are connected. */
  readonly replicas: number;
}

/** Milliseconds that one command may take. */
const COMMAND_MS = 10_000;
const CONNECT_MS = 3000;
/** Milliseconds between two looks at the head, when no entry of the stream wakes us. */
const POLL_MS = 5000;
const LOG_ENTRIES = 1000;
/** More digits are no number of a generation. */
const HEAD_BYTES = 32;

/** Compares the head, puts the manifest, moves the head and wakes followers, in one step. */
const ADVANCE = `
if tonumber(redis.call('GET', KEYS[1]) or '0') ~= tonumber(ARGV[1]) - 1 then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
redis.call('SET', KEYS[1], ARGV[1])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', '${LOG_ENTRIES}', '*', 'generation', ARGV[1])
return 1`;

type Argument = string | Buffer;

/** One connection, or one pool behind Sentinels. */
interface Connection {
  send(args: readonly Argument[], timeoutMs?: number): Promise<unknown>;
  destroy(): void;
}

export class RedisEngine implements FleetEngine {
  readonly #options: RedisOptions;
  #connection: Promise<Connection> | undefined;
  /** A second connection, because it blocks while it waits for the stream. */
  #waiting: Promise<Connection> | undefined;
  #lastEntry = '0-0';

  constructor(options: RedisOptions) {
    this.#options = options;
  }

  async missing(hashes: readonly string[]): Promise<readonly string[]> {
    const missing: string[] = [];
    for (const hash of hashes)
      if (Number(await this.#ask(['EXISTS', this.#key(`b:${hash}`)])) === 0) missing.push(hash);
    return missing;
  }

  async putBlocks(blocks: readonly PackedBlock[]): Promise<void> {
    await this.#refuseEviction();
    await Promise.all(
      blocks.map(({ hash, packed }) => this.#ask(['SET', this.#key(`b:${hash}`), Buffer.from(packed)])),
    );
  }

  /** A primary without its replicas must not move its head: hosts on its side would follow a chain that is abandoned later. */
  async advance(generation: number, envelope: Uint8Array): Promise<boolean> {
    await this.#ask(['SET', this.#key('advancing'), String(generation)]);
    await this.#reach(this.#options.replicas);
    const keys = ['head', `m:${generation}`, 'log'].map((name) => this.#key(name));
    const moved = await this.#ask(['EVAL', ADVANCE, '3', ...keys, String(generation), Buffer.from(envelope)]);
    return Number(moved) === 1;
  }

  async settle(): Promise<void> {
    const [, , replicas] = (await this.#ask(['ROLE'])) as [Buffer, unknown, unknown];
    const connected = Array.isArray(replicas) ? replicas.length : 0;
    await this.#reach(Math.max(connected, this.#options.replicas));
  }

  /** Waits until so many replicas have everything that was written. @throws MapError `tempFail` */
  async #reach(wanted: number): Promise<void> {
    if (wanted === 0) return;
    const have = Number(await this.#ask(['WAIT', String(wanted), String(COMMAND_MS / 2)]));
    if (have < wanted) throw new MapError('tempFail', `${have + 1} of ${wanted + 1} nodes of the engine have it`);
  }

  async getBlock(hash: string): Promise<Uint8Array | undefined> {
    return this.#read(this.#key(`b:${hash}`), MOST_BYTES.block);
  }

  async getManifest(generation: number): Promise<Uint8Array | undefined> {
    return this.#read(this.#key(`m:${generation}`), MOST_BYTES.manifest);
  }

  async head(): Promise<number> {
    const head = String((await this.#read(this.#key('head'), HEAD_BYTES)) ?? '0');
    if (!/^(?:0|[1-9]\d{0,15})$/.test(head)) throw new MapError('tempFail', `the engine's head is no number`);
    return Number(head);
  }

  async remove(generation: number, hashes: readonly string[]): Promise<void> {
    for (const name of [`m:${generation}`, ...hashes.map((hash) => `b:${hash}`)])
      await this.#ask(['DEL', this.#key(name)]);
  }

  async report(report: HostReport): Promise<void> {
    await this.#ask(['SET', this.#key(`host:${report.host}`), JSON.stringify(report), 'EX', String(REPORT_SECONDS)]);
  }

  async reports(): Promise<readonly HostReport[]> {
    const found: HostReport[] = [];
    let cursor = '0';
    do {
      const command = ['SCAN', cursor, 'MATCH', this.#key('host:*'), 'COUNT', '1000'];
      const [next, keys] = (await this.#ask(command)) as [Buffer, readonly Buffer[]];
      for (const key of keys) {
        const report = parseReport(String(await this.#read(key, MOST_BYTES.report)));
        if (report !== undefined) found.push(report);
      }
      cursor = String(next);
    } while (cursor !== '0');
    return found;
  }

  async waitForHead(seen: number, signal: AbortSignal): Promise<void> {
    const stop = (): void => void this.#waiting?.then((connection) => connection.destroy()).catch(() => {});
    signal.addEventListener('abort', stop, { once: true });
    try {
      if (!signal.aborted && (await this.head()) <= seen) await this.#nextEntry();
    } catch {
      // without the stream, the next poll finds the new head
      if (!signal.aborted) await wait(POLL_MS * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #nextEntry(): Promise<void> {
    this.#waiting ??= connect(this.#options);
    try {
      const connection = await this.#waiting;
      const command = ['XREAD', 'BLOCK', String(POLL_MS), 'STREAMS', this.#key('log'), this.#lastEntry];
      const reply = (await connection.send(command, POLL_MS + COMMAND_MS)) as unknown;
      this.#lastEntry = lastEntryOf(reply) ?? this.#lastEntry;
    } catch (error) {
      (await this.#waiting.catch(() => undefined))?.destroy();
      this.#waiting = undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const open of [this.#connection, this.#waiting]) (await open?.catch(() => undefined))?.destroy();
  }

  /** Undefined: the key does not exist, because no value of ours is empty. @throws MapError `tempFail` for more bytes */
  async #read(key: Argument, mostBytes: number): Promise<Buffer | undefined> {
    const value = (await this.#ask(['GETRANGE', key, '0', String(mostBytes)])) as Buffer;
    if (value.length > mostBytes)
      throw new MapError('tempFail', `${key} in the engine has more than ${mostBytes} bytes`);
    return value.length === 0 ? undefined : value;
  }

  #key(name: string): string {
    return `{mm:${this.#options.fleet}}:${name}`;
  }

  async #ask(args: readonly Argument[]): Promise<unknown> {
    this.#connection ??= connect(this.#options);
    const asked = this.#connection;
    try {
      return await (await asked).send(args, COMMAND_MS);
    } catch (error) {
      if (this.#connection === asked) this.#connection = undefined;
      (await asked.catch(() => undefined))?.destroy();
      throw problemOf(error);
    }
  }

  async #refuseEviction(): Promise<void> {
    const memory = String(await this.#ask(['INFO', 'memory']));
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
    const limit = /^maxmemory:(\d+)/m.exec(memory)?.[1];
    if (limit !== '0' && policy !== 'noeviction')
      throw new MapError('unsafe', `the engine may evict blocks (maxmemory-policy ${policy}): set noeviction`);
  }
}

/** The id of the last entry of an XREAD reply, which is a map in RESP3 and a list of pairs in RESP2. */
function lastEntryOf(reply: unknown): string | undefined {
  if (reply === null || typeof reply !== 'object') return undefined;
  const entries = Array.isArray(reply) ? (reply[0] as unknown[] | undefined)?.[1] : Object.values(reply)[0];
  const last = Array.isArray(entries) ? (entries.at(-1) as unknown[] | undefined)?.[0] : undefined;
  return last === undefined ? undefined : String(last);
}

function problemOf(error: unknown): MapError {
  if (error instanceof MapError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const refused = /^(?:NOPERM|NOAUTH|WRONGPASS)\b/.test(text);
  return new MapError(refused ? 'unsafe' : 'tempFail', `the engine ${refused ? 'refuses us' : 'is away'}: ${text}`, {
    cause: error,
  });
}

async function connect(options: RedisOptions): Promise<Connection> {
  const { createClient, createSentinel, RESP_TYPES } = await clientPackage();
  const socket = {
    connectTimeout: CONNECT_MS,
    reconnectStrategy: false as const,
    ...(options.tls !== undefined && { tls: true as const, ...options.tls }),
  };
  const user = {
    ...(options.username !== undefined && { username: options.username }),
    ...(options.password !== undefined && { password: options.password }),
  };
  const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.VERBATIM_STRING]: Buffer };
  if (options.primary !== undefined) {
    const sentinel = createSentinel({
      name: options.primary,
      sentinelRootNodes: [...options.nodes],
      nodeClientOptions: { ...user, socket },
      sentinelClientOptions: { socket },
      maxCommandRediscovers: 3,
    }).on('error', () => {});
    await sentinel.connect();
    return {
      send: (args, timeout) => sentinel.sendCommand(false, [...args], { typeMapping, ...(timeout && { timeout }) }),
      destroy: () => void sentinel.destroy().catch(() => {}),
    };
  }
  const { host, port } = options.nodes[0]!;
  const client = createClient({ ...user, socket: { ...socket, host, port } as never }).on('error', () => {});
  await client.connect();
  return {
    send: (args, timeout) => client.sendCommand([...args], { typeMapping, ...(timeout && { timeout }) }),
    destroy: () => client.destroy(),
  };
}

async function clientPackage(): Promise<typeof import('@redis/client')> {
  try {
    return await import('@redis/client');
  } catch (error) {
    throw new MapError('missing', 'a fleet over Redis needs the package @redis/client: npm install @redis/client', {
      cause: error,
    });
  }
}
