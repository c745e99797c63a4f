/**
 * A configuration directory of Postfix -> the tables and sockets that its parameters name, also those of master.cf, as
 * postconf(1) expands them; the programs in a chroot; and what Postfix says about a table when it opens it.
 *
 * Errors: none; without Postfix, or without a main.cf that postconf can read, there are no tables.
 */
import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { hasName } from '../../files/status.ts';

/** A table of a parameter: `alias_maps`, `hash`, `/etc/aliases`. */
export interface NamedTable {
  readonly where: string;
  readonly type: string;
  readonly text: string;
  /** Postfix's proxymap opens it. */
  readonly isProxied?: boolean;
}

export interface NamedSocket {
  readonly where: string;
  readonly path: string;
  /** The program in a chroot that looks for it below the queue directory. */
  readonly chrooted?: string;
}

export interface Postfix {
  readonly tables: readonly NamedTable[];
  readonly sockets: readonly NamedSocket[];
  /** The types that this Postfix can open. */
  readonly types: ReadonlySet<string>;
  /** The user of its processes. */
  readonly user: string;
  readonly queue: string;
  /** proxy_read_maps: the tables that proxymap may open. */
  readonly approved: string;
  /** virtual_alias_expansion_limit. */
  readonly expansionLimit: number;
  /** virtual_alias_maps asks a socket. */
  readonly asksForAliases: boolean;
  /** Why it cannot open a table; undefined: it can. */
  readonly openError: (type: string, text: string) => string | undefined;
}

const TIMEOUT_MS = 10_000;
const MAX_OUTPUT_BYTES = 16 << 20;
const TABLE = /(?:^|[\s,{])(proxy:)?(hash|btree|lmdb|cdb|dbm|sdbm):(\/[^\s,}]+)/g;
const SOCKET_MAP = /(?:^|[\s,{])(proxy:)?socketmap:unix:([^\s,:}]+):/g;
const POLICY = /(?:^|[\s,{])check_policy_service[\s,{]+unix:([^\s,}]+)/g;

/** Parameters that repeat those of others, or name caches that Postfix makes itself. */
const NOT_READ = /^(?:proxy_(?:read|write)_maps|address_verify_map|\w+_cache_(?:map|database))$/;

/** The program that asks policy services, and those that look up addresses. */
const POLICY_CLIENTS = ['smtpd'];
const MAP_CLIENTS = ['smtpd', 'cleanup', 'trivial-rewrite'];

/** Undefined: there is no Postfix, or it is not configured. */
export function readPostfix(directory: string): Postfix | undefined {
  // without a main.cf, postconf fails after a second
  const said = hasName(join(directory, 'main.cf')) ? postconf(['-c', directory, '-x']) : undefined;
  if (said === undefined) return undefined;
  const defaults = parametersIn(said);
  const parameter = new Map(defaults);
  const queue = parameter.get('queue_directory') ?? '/var/spool/postfix';
  // a table is named by the parameter that somebody has set, not by one that repeats it by default
  const set = ['-Px', '-nx'].flatMap((option) => parametersIn(postconf(['-c', directory, option]) ?? ''));
  const used = [...set, ...defaults].filter(([name]) => !NOT_READ.test(name));
  const chrooted = chrootedIn(directory, Number.parseInt(parameter.get('compatibility_level') ?? '0', 10) < 1);
  const socket = (where: string, path: string, clients: readonly string[]): NamedSocket => {
    if (!path.startsWith('/')) return { where, path: join(queue, path) };
    const program = clients.find((client) => chrooted.has(client));
    return { where, path, ...(program !== undefined && { chrooted: program }) };
  };
  return {
    tables: distinct(
      used.flatMap(([where, value]) =>
        [...value.matchAll(TABLE)].map(([, proxy, type, text]) => ({
          ...{ where, type: type!, text: text! },
          ...(proxy !== undefined && { isProxied: true }),
        })),
      ),
      ({ type, text }) => `${type}:${text}`,
    ),
    sockets: distinct(
      used.flatMap(([where, value]) => [
        ...[...value.matchAll(SOCKET_MAP)].map(([, proxy, path]) =>
          socket(where, path!, proxy === undefined ? MAP_CLIENTS : ['proxymap']),
        ),
        ...[...value.matchAll(POLICY)].map(([, path]) => socket(where, path!, POLICY_CLIENTS)),
      ]),
      ({ path }) => path,
    ),
    types: new Set(postconf(['-c', directory, '-m'])?.split('\n')),
    user: parameter.get('mail_owner') ?? 'postfix',
    queue,
    approved: parameter.get('proxy_read_maps') ?? '',
    expansionLimit: Number(parameter.get('virtual_alias_expansion_limit') ?? 1000),
    asksForAliases: (parameter.get('virtual_alias_maps') ?? '')
      .split(/[\s,]/)
      .some((map) => map.includes('socketmap:unix:') && map.endsWith(':aliases')),
    openError: (type, text) => openError(directory, type, text),
  };
}

/** `name = value`; of master.cf `service/type/name = value`. */
function parametersIn(said: string): (readonly [string, string])[] {
  return said.split('\n').flatMap((line) => {
    const [, name, value] = /^(\S+) = (.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value!] as const];
  });
}

/** Names of the programs of master.cf that run in a chroot. */
function chrootedIn(directory: string, isDefault: boolean): ReadonlySet<string> {
  const services = (postconf(['-c', directory, '-M']) ?? '').split('\n').map((line) => line.split(/\s+/));
  return new Set(
    services.flatMap(([, , , , chroot, , , command]) =>
      command !== undefined && (chroot === 'y' || (chroot === '-' && isDefault)) ? [basename(command)] : [],
    ),
  );
}

const NO_KEY = 'mailmaps-doctor';

/** The words of a real lookup in a table that fails. */
function openError(directory: string, type: string, text: string): string | undefined {
  const { stderr } = spawnSync('postmap', ['-c', directory, '-q', NO_KEY, `${type}:${text}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  const why = /fatal: (?:open database )?(.*)$/m.exec(stderr ?? '')?.[1];
  // Postfix opens tables as root, and this process may be somebody else
  return why?.endsWith('Permission denied') ? undefined : why;
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
