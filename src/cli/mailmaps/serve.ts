/**
 * `mailmaps serve socketmap|policy`: the maps and decisions of a configuration folder for mail servers that are not
 * Node. Runs until SIGTERM or SIGINT, then answers what was asked, removes its socket files and ends with 0. What it
 * has to say goes to standard error, a line each.
 *
 * The servers themselves are loaded when they are needed: no other command pays for them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import type { MailMaps } from '../../config/mailmaps.ts';
import { parseGroups } from '../../config/users.ts';
import { type ByteString, decodeText, encodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { EX_OK } from '../../core/sysexits.ts';
import type { Protocol } from '../../serve/conversation.ts';
import type { Questions } from '../../serve/known-session.ts';
import type { ListenAddress, SocketAccess } from '../../serve/listen.ts';
import type { Io } from '../program/io.ts';
import { UsageError } from './error-status.ts';
import { addFolderOptions, type FolderSettings, type HostSettings, openFolder, openHosts } from './options.ts';
import { ServeLog } from './serve-log.ts';

interface ListenSettings {
  readonly listen: readonly string[];
  readonly idleTimeout: number;
  readonly socketMode: number;
  readonly socketGroup?: string;
}

/** What answers, until it is closed. */
interface Answers extends Disposable {
  readonly protocol: Protocol;
}

type Open = (log: ServeLog) => Promise<Answers>;

/** A sendmail may wait an hour for its client's next command, and takes a connection that is gone for a failure. */
const IDLE_SECONDS = 3600;
/** setTimeout's limit. */
const MAX_SECONDS = 2_147_483;
const SOCKET_MODE = 0o660;
const GROUPS = '/etc/group';

/** Adds the sub-command; `finish` takes its exit status. */
export function addServe(program: Command, io: Io, finish: (status: number) => void): void {
  const serve = program.command('serve').description('answer Postfix and sendmail over sockets');
  const socketmap = serve
    .command('socketmap')
    .description('any map of the folder by name, to Postfix (socketmap:) and sendmail (K... socket)')
    .option('-d, --directory <dir>', 'the folder with the maps', '/etc/mail')
    .option('--cf <file>', 'a sendmail.cf that says which names are ours (class w)')
    .option('--host-name <name>', 'the name of this host ($j)');
  addListenOptions(socketmap).action(async (settings: ListenSettings & HostSettings) => {
    finish(await run(`maps of ${settings.directory}`, settings, io, (log) => openMaps(settings, log)));
  });
  const policy = serve.command('policy').description('what sendmail would decide, to Postfix (check_policy_service)');
  addFolderOptions(addListenOptions(policy)).action(async (settings: ListenSettings & FolderSettings) => {
    finish(await run(`policy of ${settings.directory}`, settings, io, (log) => openPolicy(settings, log)));
  });
}

function addListenOptions(command: Command): Command {
  return command
    .option(
      '--listen <address>',
      'unix:/path, tcp:address:port or tcp:[address]:port; repeatable; by default what systemd passes on',
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .option('--idle-timeout <seconds>', 'how long a connection may be silent', seconds, IDLE_SECONDS)
    .option('--socket-mode <mode>', 'permissions of a unix socket; 660 if not given', octal, SOCKET_MODE)
    .option('--socket-group <group>', 'group of a unix socket, such as postfix');
}

async function openMaps(settings: HostSettings, log: ServeLog): Promise<Answers> {
  const [{ MapFolder }, { socketmapProtocol }] = await Promise.all([
    import('../../serve/map-folder.ts'),
    import('../../serve/socketmap.ts'),
  ]);
  const hosts = follow(openHosts(settings), log);
  const rules = { hostName: encodeText(settings.hostName ?? hostname()), isLocal: localIn(hosts) };
  const folder = new MapFolder(settings.directory, { onReload: log.onReload, onProblem: log.onProblem, rules });
  const protocol = socketmapProtocol((name, key) => folder.lookup(name, key), log.onProblem);
  return {
    protocol,
    [Symbol.dispose]: () => {
      folder[Symbol.dispose]();
      hosts.close();
    },
  };
}

async function openPolicy(settings: FolderSettings, log: ServeLog): Promise<Answers> {
  const { policyProtocol } = await import('../../serve/policy.ts');
  const maps = follow(openFolder(settings), log);
  return { protocol: policyProtocol(generationsOf(maps), log.onProblem), [Symbol.dispose]: () => maps.close() };
}

function follow(maps: MailMaps, log: ServeLog): MailMaps {
  return maps.on('reload', ({ path }) => log.onReload(path)).on('problem', log.onProblem);
}

/** The configuration of the moment, another object after each change of its files. */
function generationsOf(maps: MailMaps): () => Questions {
  const bound = (): Questions => ({
    checkRelay: (client) => maps.checkRelay(client),
    checkMail: (sender, session) => maps.checkMail(sender, session),
    checkRcpt: (recipient, session) => maps.checkRcpt(recipient, session),
    isLocal: (host) => maps.isLocal(host),
  });
  let current = bound();
  maps.on('reload', () => {
    current = bound();
  });
  return () => {
    // looks whether files changed
    maps.isLocal('localhost');
    return current;
  };
}

/** Class w in byte strings; a name that is no text is nobody's. */
function localIn(hosts: MailMaps): (host: ByteString) => boolean {
  return (host) => hosts.isLocal(decodeText(host));
}

/** Serves until a signal comes; the exit status. */
async function run(what: string, settings: ListenSettings, io: Io, open: Open): Promise<number> {
  const log = new ServeLog(io);
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  // What other servers take for "read anew".
  process.on('SIGHUP', () => log.line('SIGHUP: changes are followed without it'));
  const { Service } = await import('../../serve/service.ts');
  const listening = await import('../../serve/listen.ts');
  using answers = await open(log);
  const service = new Service(answers.protocol, {
    idleMs: settings.idleTimeout * 1000,
    onProblem: (text) => log.problem(text),
  });
  try {
    const access = accessOf(settings);
    for (const asked of addressesOf(() => listening.listenAddresses(settings.listen, io.env, process.pid))) {
      const { server, address, isExposed } = await listening.openListener(asked, access);
      service.serve(server);
      log.line(`serving ${what} on ${address}`);
      if (isExposed) log.line(`warning: whoever reaches ${address} may ask`);
    }
    await stopped;
  } finally {
    await service.stop();
  }
  log.line('stopped');
  return EX_OK;
}

/** @throws UsageError for an address that is none, or none at all */
function addressesOf(read: () => readonly ListenAddress[]): readonly ListenAddress[] {
  try {
    return read();
  } catch (error) {
    throw error instanceof MapError ? new UsageError(error.message) : error;
  }
}

function accessOf({ socketMode: mode, socketGroup }: ListenSettings): SocketAccess {
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

/** @throws UsageError for a group that there is not */
function groupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  const groups = parseGroups(existsSync(GROUPS) ? readFileSync(GROUPS, 'utf8') : '');
  for (const [id, { name }] of groups) if (name === group) return id;
  throw new UsageError(`no group '${group}'`);
}
