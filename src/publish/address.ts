/**
 * The address of a fleet -> its engine.
 *
 *   redis://[user@]host[:6379]/FLEET               one server
 *   redis+sentinel://[user@]a[:26379],b,c/FLEET?primary=mymaster
 *   file:///srv/fleet?fleet=FLEET                  a directory
 *
 * Queries: `replicas=N`, the replicas that must have a generation (default: 1 behind Sentinels, else 0), `tls=1`, `ca=FILE`,
 * `password-file=FILE`. A password in the address is refused: process lists show it.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MapError } from '../core/errors.ts';
import { DirectoryEngine } from './directory-engine.ts';
import type { FleetEngine } from './engine.ts';
import type { RedisAddress } from './redis-connection.ts';
import { RedisEngine, type RedisOptions } from './redis-engine.ts';

export interface FleetAddress {
  readonly fleet: string;
  open(): FleetEngine;
}

const REDIS = /^(redis|redis\+sentinel):\/\/(?:([^@/]*)@)?([^/?#]+)\/([\w.-]{1,64})(?:\?(.*))?$/;
const NODE = /^(\[[\da-fA-F:]+\]|[\w.-]+)(?::(\d{1,5}))?$/;
const PORTS = { redis: 6379, 'redis+sentinel': 26379 } as const;
const MAX_PORT = 65_535;
const QUERIES: readonly string[] = ['replicas', 'tls', 'ca', 'password-file', 'primary', 'fleet'];

/** @throws MapError `badInput` for an invalid address; `missing` or `unreadable` for a file that it names */
export function parseFleetAddress(address: string): FleetAddress {
  const redis = REDIS.exec(address);
  if (redis !== null) return redisAddress(redis, address);
  if (!address.startsWith('file:')) throw bad(address, 'it begins with redis:, redis+sentinel: or file:');
  const url = new URL(address);
  const fleet = queriesOf(url.search.slice(1), address).get('fleet') ?? 'fleet';
  url.search = '';
  const directory = directoryOf(url, address);
  return { fleet, open: () => new DirectoryEngine(directory) };
}

function directoryOf(url: URL, address: string): string {
  try {
    // `file:engine` would be /engine, and `file://engine` a host
    if (address.startsWith('file:///')) return fileURLToPath(url);
  } catch {
    // a name with %2F
  }
  throw bad(address, 'a directory is file:/// and its path from the root on');
}

function redisAddress(match: RegExpExecArray, address: string): FleetAddress {
  const scheme = match[1] as keyof typeof PORTS;
  const [username, nodes, fleet, search] = [match[2] ?? '', match[3]!, match[4]!, match[5] ?? ''];
  if (username.includes(':'))
    throw bad(address.replace(username, '...'), 'put the password into a file: password-file=FILE');
  const queries = queriesOf(search, address);
  const sentinel = scheme === 'redis+sentinel';
  const replicas = Number(queries.get('replicas') ?? (sentinel ? 1 : 0));
  if (!Number.isSafeInteger(replicas) || replicas < 0) throw bad(address, 'replicas is a number');
  const [password, ca] = [queries.get('password-file'), queries.get('ca')].map((file) =>
    file === null ? undefined : readText(file),
  );
  const options: RedisOptions = {
    fleet,
    nodes: nodes.split(',').map((node) => nodeOf(node, PORTS[scheme], address)),
    replicas,
    ...(sentinel && { primary: queries.get('primary') ?? 'mymaster' }),
    ...(username !== '' && { username: userOf(username, address) }),
    ...(password !== undefined && { password: password.trimEnd() }),
    ...((queries.get('tls') === '1' || ca !== undefined) && { tls: { ...(ca !== undefined && { ca }) } }),
  };
  return { fleet, open: () => new RedisEngine(options) };
}

function queriesOf(search: string, address: string): URLSearchParams {
  const queries = new URLSearchParams(search);
  for (const name of queries.keys())
    if (!QUERIES.includes(name)) throw bad(address, `there is no query ${name}; there are ${QUERIES.join(', ')}`);
  return queries;
}

function userOf(encoded: string, address: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw bad(address, `${encoded} is no user: write % as %25`);
  }
}

function nodeOf(node: string, port: number, address: string): RedisAddress {
  const [, host, given] = NODE.exec(node) ?? [];
  if (host === undefined || Number(given ?? port) > MAX_PORT) throw bad(address, `${node} is no host`);
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(given ?? port) };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new MapError('unreadable', `${file} cannot be read`, { file, cause: error });
  }
}

function bad(address: string, why: string): MapError {
  return new MapError('badInput', `${address} is no address of a fleet: ${why}`);
}
