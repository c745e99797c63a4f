/**
 * Addresses of Redis or Valkey -> a connection, through `@redis/client`, which is loaded when it is needed.
 *
 * Each step has a time limit. It is ours: the limit of the client ends no command that was sent already.
 * Errors: MapError `tempFail`; `unsafe` if the engine refuses us, `damaged` for a value of another type, `missing` without the
 * package. The text of a server is one line of at most MAX_REASON characters.
 */
import { firstUnits } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { HARMFUL } from '../core/json-text.ts';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

export interface RedisServers {
  /** Of the server, or of the Sentinels. */
  readonly nodes: readonly RedisAddress[];
  /** The primary's name at the Sentinels; absent: `nodes` is the server itself. */
  readonly primary?: string;
  readonly username?: string;
  readonly password?: string;
  /** Absent: no TLS. */
  readonly tls?: { readonly ca?: string };
}

export type Argument = string | Buffer;

/** One connection, or one pool behind Sentinels. */
export interface Connection {
  /** @throws MapError if the reply is an error, or does not come in time */
  send(args: readonly Argument[], timeoutMs: number): Promise<unknown>;
  destroy(): void;
}

/** A connection of the package: the parts that a server and Sentinels have in common. */
interface Client {
  connect(): Promise<unknown>;
  destroy(): void | Promise<void>;
}

/** Milliseconds for a connection to a server. Finding the primary takes several connections. */
const CONNECT_MS = 3000;
const READY_MS = 10_000;
const MAX_REASON = 500;

/** @throws MapError */
export async function connect(servers: RedisServers): Promise<Connection> {
  const { createClient, createSentinel, RESP_TYPES } = await clientPackage();
  const { nodes, primary, username, password, tls } = servers;
  const socket = {
    connectTimeout: CONNECT_MS,
    reconnectStrategy: false as const,
    ...(tls !== undefined && { tls: true as const, ...tls }),
  };
  const user = { ...(username !== undefined && { username }), ...(password !== undefined && { password }) };
  const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.VERBATIM_STRING]: Buffer };
  if (primary !== undefined) {
    const sentinel = createSentinel({
      name: primary,
      sentinelRootNodes: [...nodes],
      nodeClientOptions: { ...user, socket },
      sentinelClientOptions: { socket },
      maxCommandRediscovers: 3,
    }).on('error', () => {});
    return connected(sentinel, (args) => sentinel.sendCommand(false, [...args], { typeMapping }));
  }
  const { host, port } = nodes[0]!;
  const client = createClient({ ...user, socket: { ...socket, host, port } as never }).on('error', () => {});
  return connected(client, (args) => client.sendCommand([...args], { typeMapping }));
}

async function connected(client: Client, ask: (args: readonly Argument[]) => Promise<unknown>): Promise<Connection> {
  const destroy = (): void => {
    // it throws, or rejects, if the connection is closed already
    new Promise((resolve) => resolve(client.destroy())).catch(() => {});
  };
  try {
    await inTime(client.connect(), READY_MS);
  } catch (error) {
    destroy();
    throw error;
  }
  return { send: (args, timeoutMs) => inTime(ask(args), timeoutMs), destroy };
}

/** The result of a step. @throws MapError if it fails, or takes longer */
async function inTime<T>(step: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ms / 1000} seconds`)), ms);
  });
  try {
    return await Promise.race([step, late]);
  } catch (error) {
    throw problemOf(error);
  } finally {
    clearTimeout(timer);
  }
}

/** The first words of an error of the server -> its meaning. */
const REFUSALS = [
  { words: /^(?:NOPERM|NOAUTH|WRONGPASS)\b/, code: 'unsafe', text: 'the engine refuses us' },
  { words: /^WRONGTYPE\b/, code: 'damaged', text: 'the engine has a value of another type' },
  { words: /^/, code: 'tempFail', text: 'the engine is away' },
] as const;

function problemOf(cause: unknown): MapError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const { code, text } = REFUSALS.find(({ words }) => words.test(reason))!;
  return new MapError(code, `${text}: ${firstUnits(reason.replace(HARMFUL, '?'), MAX_REASON)}`, { cause });
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
