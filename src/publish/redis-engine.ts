/**
 * The engine as Redis or Valkey, alone or behind Sentinels.
 *
 *   {mm:FLEET}:b:HASH   a packed block          {mm:FLEET}:head   the number of the newest generation
 *   {mm:FLEET}:m:42     a signed manifest       {mm:FLEET}:log    a stream, one entry a generation: wakes followers
 *   {mm:FLEET}:host:NAME   a host's report about itself, for a minute
 *   {mm:FLEET}:advancing   the number that a publisher tries to move the head to
 *
 * Each failure ends the connection, and the next call makes a new one: through Sentinels it then finds the new primary.
 * An engine that may evict keys is refused (`unsafe`): it would drop blocks when its memory is full.
 *
 * Limits: of a value no more is asked for than ours have, and of the stream one entry. A server that is no Redis may send more,
 * until its time is over. A reply of another form than the command has is a temporary failure.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { MapError } from '../core/errors.ts';
import {
  type FleetEngine,
  type FoundReport,
  type HostReport,
  isGeneration,
  MOST_BYTES,
  type PackedBlock,
  REPORT_SECONDS,
  readReport,
  reportText,
} from './engine.ts';
import { type Argument, type Connection, connect, type RedisServers } from './redis-connection.ts';

export interface RedisOptions extends RedisServers {
  readonly fleet: string;
  /** Replicas that must have a generation before it counts as published, however many are connected. */
  readonly replicas: number;
}

/** Milliseconds that one command may take. */
const COMMAND_MS = 10_000;
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

export class RedisEngine implements FleetEngine {
  readonly #options: RedisOptions;
  #connection: Promise<Connection> | undefined;
  /** A second connection, because it blocks while it waits for the stream. */
  #waiting: Promise<Connection> | undefined;

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
    const [, , replicas] = listOf(await this.#ask(['ROLE']));
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
    if (!isGeneration(head)) throw new MapError('tempFail', `the engine's head is no number`);
    return Number(head);
  }

  async remove(generation: number, hashes: readonly string[]): Promise<void> {
    for (const name of [`m:${generation}`, ...hashes.map((hash) => `b:${hash}`)])
      await this.#ask(['DEL', this.#key(name)]);
  }

  async report(report: HostReport): Promise<void> {
    await this.#ask(['SET', this.#key(`host:${report.host}`), reportText(report), 'EX', String(REPORT_SECONDS)]);
  }

  async reports(): Promise<readonly FoundReport[]> {
    const found: FoundReport[] = [];
    const prefix = this.#key('host:');
    let cursor = '0';
    do {
      const [next, keys] = listOf(await this.#ask(['SCAN', cursor, 'MATCH', `${prefix}*`, 'COUNT', '1000']));
      for (const key of listOf(keys)) {
        const host = String(key).slice(prefix.length);
        // as it came: its bytes may be no text
        const report = await readReport(host, () => this.#read(key as Argument, MOST_BYTES.report), isNamed);
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
      const last = await this.#lastEntry();
      if (!signal.aborted && (await this.head()) <= seen) await this.#nextEntry(last);
    } catch {
      // without the stream, the next poll finds the new head
      if (!signal.aborted) await wait(POLL_MS * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #lastEntry(): Promise<string> {
    const [last] = listOf(await this.#ask(['XREVRANGE', this.#key('log'), '+', '-', 'COUNT', '1']));
    return last === undefined ? '0-0' : String(listOf(last)[0]);
  }

  /** Waits for the entry after this one, and reads no more than that. */
  async #nextEntry(last: string): Promise<void> {
    this.#waiting ??= connect(this.#options);
    try {
      const connection = await this.#waiting;
      const command = ['XREAD', 'COUNT', '1', 'BLOCK', String(POLL_MS), 'STREAMS', this.#key('log'), last];
      await connection.send(command, POLL_MS + COMMAND_MS);
    } catch (error) {
      (await this.#waiting.catch(() => undefined))?.destroy();
      this.#waiting = undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const open of [this.#connection, this.#waiting]) (await open?.catch(() => undefined))?.destroy();
  }

  /**
   * Undefined: the key does not exist, because no value of ours is empty. @throws MapError `damaged` for more bytes, or another
   * type
   */
  async #read(key: Argument, mostBytes: number): Promise<Buffer | undefined> {
    const value = await this.#ask(['GETRANGE', key, '0', String(mostBytes)]);
    if (!Buffer.isBuffer(value)) throw unexpected();
    if (value.length > mostBytes)
      throw new MapError('damaged', `${key} in the engine has more than ${mostBytes} bytes`);
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
      throw error;
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

const isNamed = (name: string, host: string): boolean => name === host;

/** @throws MapError if a reply is no list */
function listOf(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected();
}

function unexpected(): MapError {
  return new MapError('tempFail', 'the engine gives another kind of answer than Redis');
}
