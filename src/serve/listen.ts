/**
 * `unix:/path`, `tcp:127.0.0.1:10027`, `tcp:[::1]:10027`, or a socket that systemd opened -> a listening server.
 *
 * A socket file without a listening server is removed, and so is what killed servers of this user left. A socket file with one,
 * or any other file, is an error. At the end only our own socket is removed. Node would remove any file that has the name by
 * then, so Node knows the socket by another name.
 */
import { chmodSync, lchownSync, linkSync, mkdirSync, type Stats } from 'node:fs';
import { type AddressInfo, createServer, isIP, type ListenOptions, type Server } from 'node:net';
import { basename, dirname } from 'node:path';
import { MapError } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';
import { openPlace } from '../files/source-file.ts';
import { isSame, type OpenDirectory } from '../store/directory.ts';
import { withUmask } from '../store/file.ts';
import { DAY_MS, removeLeftDirectories } from '../store/left-over.ts';
import { newWriterId } from '../store/replace/writer-id.ts';
import { isListenedOn, listening } from '../store/unix-socket.ts';

export type ListenAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'inherited'; readonly fd: number; readonly name: string };

/** A socket that listens. */
export interface Listener {
  readonly server: Server;
  /** The address in the form of `--listen`. */
  readonly address: string;
  /** True if other hosts may reach it. */
  readonly isExposed: boolean;
}

/** The permissions of a socket file. */
export interface SocketAccess {
  readonly mode: number;
  /** Group id; default: the system decides. */
  readonly gid?: number;
}

export interface AcceptOptions {
  /** True: connections are not read here, because another process takes them. */
  readonly pauseOnConnect?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The first descriptor that systemd passes. */
const FIRST_FD = 3;
/** Bytes of sun_path, without its NUL. */
const MAX_PATH = 107;
const BACKLOG = 1024;
const OWNER_ONLY = 0o700;
const NOBODY_ELSE = 0o177;
/** The names of private directories. */
const HIDDEN = { before: '.mailmaps.', behind: '.socket', longestMs: DAY_MS } as const;

/**
 * The addresses to listen on: those that were named, else the sockets that systemd passed to this process, if any.
 *
 * @throws MapError `badInput` for an invalid address
 */
export function listenAddresses(named: readonly string[], env: Environment, pid: number): readonly ListenAddress[] {
  return named.length > 0 ? named.map(parseListenAddress) : inheritedSockets(env, pid);
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
  throw new MapError('badInput', `'${text}' must be unix:/path, tcp:address:port or tcp:[address]:port`);
}

/** The sockets that systemd passed (sd_listen_fds(3)), with their names. */
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

/** Starts to listen. @throws MapError `busy` if a live server has the socket, `unwritable` if the system refuses */
export async function openListener(
  address: ListenAddress,
  access: SocketAccess,
  options: AcceptOptions = {},
): Promise<Listener> {
  const server = createServer(options);
  try {
    if (address.kind === 'unix') await listenByName(server, address.path, access);
    else await listening(server, listenOptions(address));
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

function listenOptions(address: Exclude<ListenAddress, { kind: 'unix' }>): ListenOptions & { fd?: number } {
  return address.kind === 'tcp' ? { host: address.host, port: address.port, backlog: BACKLOG } : { fd: address.fd };
}

/**
 * Makes the socket in its own private directory, sets group and mode, and then links it to its name; the name stays
 * until the server closes. All steps use the open descriptor of the directory: its owner can exchange names in it,
 * and the socket is the only file that changes.
 */
async function listenByName(server: Server, path: string, { mode, gid }: SocketAccess): Promise<void> {
  const directory = openPlace(dirname(path));
  server.once('close', () => directory.close());
  const name = basename(path);
  await removeStale(directory, name, path);
  clearHidden(directory);
  const hidden = HIDDEN.before + newWriterId() + HIDDEN.behind;
  mkdirSync(directory.at(hidden), OWNER_ONLY);
  try {
    const room = directory.directory(hidden);
    // Node removes the socket by the name under which it was made, in a directory that must be open then
    server.once('close', () => room.close());
    assertOwn(room);
    // Node makes the socket file within this call
    await withUmask(NOBODY_ELSE, () => listening(server, { path: room.at(name), backlog: BACKLOG }));
    if (gid !== undefined) lchownSync(room.at(name), process.geteuid!(), gid);
    chmodSync(room.at(name), mode);
    const own = room.look(name)!;
    linkSync(room.at(name), directory.at(name));
    room.remove(name);
    // runs before the directory is closed
    server.prependOnceListener('close', () => removeOwn(directory, name, own));
  } finally {
    directory.remove(hidden, 'directory');
  }
}

/** Directories of servers of this user that were killed while they made a socket. */
function clearHidden(directory: OpenDirectory): void {
  try {
    removeLeftDirectories(directory, HIDDEN);
  } catch {
    // A directory that may be written and not read: they stay.
  }
}

/** @throws MapError if another directory has replaced the one that we made */
function assertOwn({ stats, path }: OpenDirectory): void {
  if (stats.uid === process.geteuid?.() && (stats.mode & 0o777) === OWNER_ONLY) return;
  throw new MapError('unsafe', `${path} was exchanged while the socket was made`, { file: path });
}

function removeOwn(directory: OpenDirectory, name: string, own: Stats): void {
  try {
    if (isSame(directory.look(name), own)) directory.remove(name);
  } catch {
    // it cannot be read any more: the next server removes it
  }
}

/**
 * Removes the socket file of a server that is gone. @throws MapError if the server lives, or the file is no socket
 */
async function removeStale(directory: OpenDirectory, name: string, path: string): Promise<void> {
  const status = directory.look(name);
  if (status === undefined) return;
  if (!status.isSocket()) throw new MapError('unwritable', `${path} exists and is no socket`, { file: path });
  if (await isListenedOn(directory, name)) {
    throw new MapError('busy', `a server listens on ${path} already`, { file: path });
  }
  directory.remove(name);
}
