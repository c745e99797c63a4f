/**
 * A configuration directory of Postfix -> the tables and sockets that its parameters name, as postconf(1) expands them.
 *
 * Errors: none; without Postfix, or without a main.cf that postconf can read, there are no tables.
 * Differences: master.cf is not read: parameters that a service overrides with `-o` are not seen.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { hasName } from '../../files/status.ts';

/** A table of a parameter: `alias_maps`, `hash`, `/etc/aliases`. */
export interface NamedTable {
  readonly where: string;
  readonly type: string;
  readonly text: string;
}

export interface NamedSocket {
  readonly where: string;
  readonly path: string;
}

export interface Postfix {
  readonly tables: readonly NamedTable[];
  readonly sockets: readonly NamedSocket[];
  /** The types that this Postfix can open. */
  readonly types: ReadonlySet<string>;
  /** The user of its processes. */
  readonly user: string;
}

const TIMEOUT_MS = 10_000;
const MAX_OUTPUT_BYTES = 16 << 20;
const TABLE = /(?:^|[\s,{])(?:proxy:)?(hash|btree|lmdb|cdb|dbm|sdbm):(\/[^\s,}]+)/g;
const SOCKET_MAP = /(?:^|[\s,{])(?:proxy:)?socketmap:unix:([^\s,:}]+):/g;
const POLICY = /(?:^|[\s,{])check_policy_service[\s{]+unix:([^\s,}]+)/g;

/** Parameters that repeat those of others, or name caches that Postfix makes itself. */
const NOT_READ = /^(?:proxy_(?:read|write)_maps|address_verify_map|\w+_cache_(?:map|database))$/;

/** Undefined: there is no Postfix, or it is not configured. */
export function readPostfix(directory: string): Postfix | undefined {
  // without a main.cf, postconf fails after a second
  const said = hasName(join(directory, 'main.cf')) ? postconf(['-c', directory, '-x']) : undefined;
  if (said === undefined) return undefined;
  const parameters = said.split('\n').flatMap((line) => {
    const [, name, value] = /^(\w+) = (.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value!] as const];
  });
  const parameter = new Map(parameters);
  const queue = parameter.get('queue_directory') ?? '/var/spool/postfix';
  const used = parameters.filter(([name]) => !NOT_READ.test(name));
  return {
    tables: distinct(
      used.flatMap(([where, value]) =>
        [...value.matchAll(TABLE)].map(([, type, text]) => ({ where, type: type!, text: text! })),
      ),
      ({ type, text }) => `${type}:${text}`,
    ),
    sockets: distinct(
      used.flatMap(([where, value]) =>
        [...value.matchAll(SOCKET_MAP), ...value.matchAll(POLICY)].map(([, path]) => ({
          where,
          path: path!.startsWith('/') ? path! : join(queue, path!),
        })),
      ),
      ({ path }) => path,
    ),
    types: new Set(postconf(['-c', directory, '-m'])?.split('\n')),
    user: parameter.get('mail_owner') ?? 'postfix',
  };
}

function postconf(args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('postconf', args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return status === 0 ? stdout : undefined;
}

/** The first of those with the same key. */
function distinct<T>(all: readonly T[], keyOf: (each: T) => string): T[] {
  return [...new Map(all.toReversed().map((each) => [keyOf(each), each])).values()].reverse();
}
