/** The command line of `mailmaps serve` -> its settings. */
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DiskSources } from '../../../config/disk-sources.ts';
import { SYSTEM_USERS } from '../../../config/options.ts';
import { systemUsers } from '../../../config/system-users.ts';
import { encodeText } from '../../../core/bytes.ts';
import { MapError } from '../../../core/errors.ts';
import type { SocketAccess } from '../../../serve/listen.ts';
import { UsageError } from '../error-status.ts';
import { append } from '../options.ts';

export interface ListenSettings {
  readonly listen: readonly string[];
  readonly idleTimeout: number;
  readonly socketMode: number;
  readonly socketGroup?: string;
  /** Number of worker processes. */
  readonly workers: number;
  readonly metrics?: HostAndPort;
  readonly log?: 'decisions';
  readonly check?: boolean;
}

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** A sendmail may wait an hour for its client's next command, and takes a lost connection for a failure. */
const IDLE_SECONDS = 3600;
/** The limit of setTimeout. */
const MAX_SECONDS = 2_147_483;
const SOCKET_MODE = 0o660;
const MAX_WORKERS = 64;

export function addListenOptions(command: Command): Command {
  return command
    .option(
      '--listen <address>',
      'unix:/path, tcp:address:port or tcp:[address]:port; repeatable; by default what systemd passes on',
      append,
      [],
    )
    .option('--idle-timeout <seconds>', 'the time after which a silent connection is closed', seconds, IDLE_SECONDS)
    .addOption(
      new Option('--socket-mode <mode>', 'permissions of a unix socket').argParser(octal).default(SOCKET_MODE, '660'),
    )
    .option('--socket-group <group>', 'group of a unix socket, such as postfix')
    .option('--workers <number>', 'processes that share the connections; auto: one for each processor', workers, 1)
    .option('--metrics <address:port>', '/metrics for Prometheus and /healthz, over HTTP', hostAndPort)
    .option('--check', 'open everything, ask one question over each socket, and exit');
}

/** The option of the policy server only. */
export function addLogOption(command: Command): Command {
  return command.addOption(
    new Option('--log <what>', 'decisions: one line of JSON for each, on standard output').choices(['decisions']),
  );
}

/** @throws UsageError for an unknown group, MapError `tempFail` if the group cannot be looked up */
export function accessOf({ socketMode: mode, socketGroup }: ListenSettings): SocketAccess {
  return { mode, ...(socketGroup !== undefined && { gid: groupId(socketGroup) }) };
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && value > 0 && value <= MAX_SECONDS) return value;
  throw new InvalidArgumentError(`a number of seconds up to ${MAX_SECONDS}`);
}

function octal(text: string): number {
  if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8);
  throw new InvalidArgumentError('three octal digits');
}

function workers(text: string): number {
  if (text === 'auto') return Math.min(availableParallelism(), MAX_WORKERS);
  const value = Number(text);
  if (/^\d{1,2}$/.test(text) && value > 0 && value <= MAX_WORKERS) return value;
  throw new InvalidArgumentError(`a number from 1 to ${MAX_WORKERS}, or auto`);
}

function hostAndPort(text: string): HostAndPort {
  const [, literal, host = literal, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  if (host !== undefined && isIP(host) !== 0 && Number(port) <= 0xffff) return { host, port: Number(port) };
  throw new InvalidArgumentError('an address and a port, such as 127.0.0.1:9154 or [::1]:9154');
}

function groupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  let why = `no group '${group}'`;
  const onProblem = (error: MapError): void => {
    why = error.message;
  };
  const sources = new DiskSources({ onReload: () => undefined, onProblem });
  const gid = systemUsers(SYSTEM_USERS, sources, () => false).gidOf(encodeText(group));
  if (typeof gid === 'number') return gid;
  throw gid === 'tempFail' ? new MapError('tempFail', why) : new UsageError(why);
}
