/**
 * `unix:/path`, `tcp:127.0.0.1:10027`, `tcp:[::1]:10027`, or a socket that systemd opened -> a listening server.
 *
 * A socket file that nobody listens on any more is removed; one that a live server listens on is refused, and so is any
 * other file. A new one gets its name when it has its group and mode. In the end only a socket of our own is removed:
 * Node would remove whatever has the name by then, so it is told another one.
 */
import { chmodSync, chownSync, linkSync, lstatSync, type Stats, statSync, unlinkSync } from 'node:fs';
import { type AddressInfo, connect, createServer, isIP, type ListenOptions, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { MapError } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';

export type ListenAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'inherited'; readonly fd: number; readonly name: string };

/** A socket that listens. */
export interface Listener {
  readonly server: Server;
  /** What it listens on, as `--listen` writes it. */
  readonly address: string;
  /** Whether other hosts may reach it. */
  readonly isExposed: boolean;
}

/** Who may connect to a socket file. */
export interface SocketAccess {
  readonly mode: number;
  /** Group id; by default the system decides. */
  readonly gid?: number;
}

export interface AcceptOptions {
  /** Nothing is read from a connection: it goes to another process. */
  readonly pauseOnConnect?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The first descriptor that systemd passes on. */
const FIRST_FD = 3;
/** sun_path, with its NUL. */
const MAX_PATH = 107;
const BACKLOG = 1024;
const OWNER_ONLY = 0o177;

/**
 * What to listen on: the addresses that were named, else the sockets that systemd passed to this process.
 *
 * @throws MapError `badInput` for an address that is none, and for nothing at all
 */
export function listenAddresses(named: readonly string[], env: Environment, pid: number): readonly ListenAddress[] {
  const addresses = named.length > 0 ? named.map(parseListenAddress) : inheritedSockets(env, pid);
  if (addresses.length > 0) return addresses;
  throw new MapError('badInput', 'serve needs --listen, or a socket from systemd');
}

function parseListenAddress(text: string): ListenAddress {
  const unix = /^unix:(\/.+)$/s.exec(text)?.[1];
  if (unix !== undefined) {
    if (Buffer.byteLength(unix) <= MAX_PATH) return { kind: 'unix', path: unix };
    throw new MapError('badInput', `${unix}: a socket's path has at most ${MAX_PATH} bytes`);
  }
  const [, literal, host = literal, digits] = /^tcp:(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host !== undefined && port <= 0xffff && (literal === undefined || isIP(literal) === 6)) {
    return { kind: 'tcp', host, port };
  }
  throw new MapError('badInput', `'${text}' is none of unix:/path, tcp:address:port, tcp:[address]:port`);
}

/** The sockets that systemd passed on (sd_listen_fds(3)), with their names. */
export function inheritedSockets(env: Environment, pid: number): readonly ListenAddress[] {
  if (env.LISTEN_PID !== String(pid)) return [];
  const names = env.LISTEN_FDNAMES?.split(':') ?? [];
  const count = Number(env.LISTEN_FDS);
  return Array.from({ length: Number.isInteger(count) ? count : 0 }, (_, i) => ({
    kind: 'inherited',
    fd: FIRST_FD + i,
    name: names[i] ?? 'unknown',
  }));
}

/** Starts to listen. @throws MapError `busy` when a live server has the socket, `unwritable` when the system refuses */
export async function openListener(
  address: ListenAddress,
  access: SocketAccess,
  options: AcceptOptions = {},
): Promise<Listener> {
  const server = createServer(options);
  try {
    if (address.kind === 'unix') await listenByName(server, address.path, access);
    else await listening(server, address);
    return describeListener(server, address);
  } catch (cause) {
    server.close();
    if (cause instanceof MapError) throw cause;
    const reason = systemText(cause).replace(/^listen /, '');
    throw new MapError('unwritable', `cannot listen on ${describeAddress(address)}: ${reason}`, { cause });
  }
}

function describeListener(server: Server, address: ListenAddress): Listener {
  if (address.kind !== 'tcp') return { server, address: describeAddress(address), isExposed: false };
  const { address: host, port } = server.address() as AddressInfo;
  const isExposed = !/^(?:127\.|::1$|::ffff:127\.)/.test(host);
  return { server, address: describeAddress({ kind: 'tcp', host, port }), isExposed };
}

function describeAddress(address: ListenAddress): string {
  switch (address.kind) {
    case 'unix':
      return `unix:${address.path}`;
    case 'tcp':
      return `tcp:${isIP(address.host) === 6 ? `[${address.host}]` : address.host}:${address.port}`;
    case 'inherited':
      return `socket ${address.fd} (${address.name})`;
  }
}

function listening(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    // the socket file is made within the call
    const mask = address.kind === 'unix' ? process.umask(OWNER_ONLY) : undefined;
    server.listen(listenOptions(address));
    if (mask !== undefined) process.umask(mask);
  });
}

function listenOptions(address: ListenAddress): ListenOptions & { fd?: number } {
  switch (address.kind) {
    case 'unix':
      return { path: address.path, backlog: BACKLOG };
    case 'tcp':
      return { host: address.host, port: address.port, backlog: BACKLOG };
    case 'inherited':
      return { fd: address.fd };
  }
}

/** Makes the socket under a name that nobody knows, and gives it the other one as well until the server closes. */
async function listenByName(server: Server, path: string, { mode, gid }: SocketAccess): Promise<void> {
  // Of this Node says EACCES.
  statSync(dirname(path));
  await removeStale(path);
  const hidden = join(dirname(path), `.${Math.random().toString(36).slice(2, 6)}`);
  await listening(server, { kind: 'unix', path: hidden });
  if (gid !== undefined) chownSync(hidden, process.geteuid!(), gid);
  chmodSync(hidden, mode);
  const own = lstatSync(hidden);
  linkSync(hidden, path);
  unlinkSync(hidden);
  server.once('close', () => removeOwn(path, own));
}

function removeOwn(path: string, { dev, ino }: Stats): void {
  try {
    const now = lstatSync(path);
    if (now.dev === dev && now.ino === ino) unlinkSync(path);
  } catch {
    // It is gone, or may no longer be removed: the next server does.
  }
}

/** Removes the socket file of a server that is gone. @throws MapError when it is not, or the file is something else */
async function removeStale(path: string): Promise<void> {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return;
  if (!status.isSocket()) throw new MapError('unwritable', `${path} exists and is no socket`, { file: path });
  if (await isLive(path)) throw new MapError('busy', `a server listens on ${path} already`, { file: path });
  unlinkSync(path);
}

function isLive(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      // its queue of connections is full
      else if (error.code === 'EAGAIN') resolve(true);
      else reject(error);
    });
  });
}
