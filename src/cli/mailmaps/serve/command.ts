/**
 * `mailmaps serve socketmap|policy`: serves the maps and decisions of a configuration directory to mail servers that are not in
 * Node. Runs until SIGTERM or SIGINT, then answers open requests, removes its socket files and ends with 0. Reports go to
 * standard error, a line each.
 *
 * The server modules are loaded only when it runs, so other commands start faster.
 */
import cluster from 'node:cluster';
import type { Server } from 'node:net';
import type { Command } from 'commander';
import { MapError } from '../../../core/errors.ts';
import { EX_OK } from '../../../core/sysexits.ts';
import type { ListenAddress } from '../../../serve/listen.ts';
import type { Monitor, Report } from '../../../serve/monitor.ts';
import type { Io } from '../../program/io.ts';
import { UsageError } from '../error-status.ts';
import { addConfigurationOptions, type ConfigurationSettings, DEFAULT_DIRECTORY } from '../options.ts';
import { type Open, openMaps, openPolicy } from './answers.ts';
import { ServeLog } from './log.ts';
import { accessOf, addListenOptions, addLogOption, type ListenSettings } from './settings.ts';

/** Adds the sub-command; `finish` takes its exit status. */
export function addServe(program: Command, io: Io, finish: (status: number) => void): void {
  const serve = program.command('serve').description('answer Postfix and sendmail over sockets');
  const socketmap = serve
    .command('socketmap')
    .description('answer lookups in any map of the directory, to Postfix (socketmap:) and sendmail (K... socket)');
  addConfigurationOptions(addListenOptions(socketmap)).action(
    async (settings: ListenSettings & ConfigurationSettings) => {
      finish(await run('maps', settings, io, (events) => openMaps(settings, events)));
    },
  );
  const policy = serve
    .command('policy')
    .description('answer with the decisions of sendmail, to Postfix (check_policy_service)');
  addConfigurationOptions(addLogOption(addListenOptions(policy))).action(
    async (settings: ListenSettings & ConfigurationSettings) => {
      finish(await run('policy', settings, io, (events) => openPolicy(settings, events)));
    },
  );
  serve
    .command('table')
    .argument('<map>', 'the map, such as /etc/mail/aliases')
    .description(
      'answer lookups in one map, to OpenSMTPD 7.6 (table aliases mailmaps:/etc/mail/aliases), over standard input and output',
    )
    .action(async (map: string) => {
      const { serveTable } = await import('./table.ts');
      finish(await serveTable(map, new ServeLog(io)));
    });
}

type Settings = ListenSettings & Pick<ConfigurationSettings, 'directory' | 'cf'>;

/** The name of the configuration, for the log. */
function placeOf({ directory, cf }: Settings): string {
  return directory ?? cf ?? DEFAULT_DIRECTORY;
}

/** Serves until a signal comes. Returns the exit status. */
async function run(what: string, settings: Settings, io: Io, open: Open): Promise<number> {
  const log = new ServeLog(io);
  if (cluster.isWorker) return runWorker(settings, log, open);
  const stopped = signalled(log);
  const { listenAddresses } = await import('../../../serve/listen.ts');
  const { Worker } = await import('./worker.ts');
  const addresses = addressesOf(() => listenAddresses(settings.listen, io.env, process.pid));
  if (settings.check) {
    const worker = await Worker.open(open, placeOf(settings), settings, log);
    return (await import('./check.ts')).check(worker, addresses, accessOf(settings), log);
  }
  if (addresses.length === 0) throw new UsageError('serve needs --listen, or a socket from systemd');
  const server = await openServer(settings, log, open, stopped);
  let monitor: Monitor | undefined;
  try {
    monitor = await watch(settings, () => server.reports(), log);
    await listen(`${what} of ${placeOf(settings)}`, addresses, settings, server, log);
    await stopped;
  } finally {
    monitor?.close();
    await server.stop();
  }
  log.line('stopped');
  return EX_OK;
}

/** The receiver of connections: this process, or several workers. */
interface Answering {
  serve(server: Server): void;
  reports(): Promise<readonly Report[]>;
  stop(): Promise<void>;
}

async function openServer(settings: Settings, log: ServeLog, open: Open, stopped: Promise<void>): Promise<Answering> {
  const { Worker } = await import('./worker.ts');
  const worker = await Worker.open(open, placeOf(settings), settings, log);
  if (settings.workers === 1) {
    return {
      serve: (server) => worker.service.serve(server),
      reports: async () => [await worker.report()],
      stop: () => worker.stop(),
    };
  }
  // Opened only to check that it works: otherwise failing workers would be started again forever.
  await worker.stop();
  return (await import('./workers.ts')).Workers.start(settings.workers, log, stopped);
}

async function runWorker(settings: Settings, log: ServeLog, open: Open): Promise<number> {
  // A terminal sends its signals to all processes; the main process decides when to stop.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const [{ Worker }, { work }] = await Promise.all([import('./worker.ts'), import('./workers.ts')]);
  await work(await Worker.open(open, placeOf(settings), settings, log));
  return EX_OK;
}

function signalled(log: ServeLog): Promise<void> {
  // Other servers reload on SIGHUP.
  process.on('SIGHUP', () => log.line('SIGHUP: changes are followed without it'));
  return new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

async function listen(
  what: string,
  addresses: readonly ListenAddress[],
  settings: Settings,
  answering: Answering,
  log: ServeLog,
): Promise<void> {
  const { openListener } = await import('../../../serve/listen.ts');
  const access = accessOf(settings);
  for (const asked of addresses) {
    const { server, address, isExposed } = await openListener(asked, access, { pauseOnConnect: settings.workers > 1 });
    answering.serve(server);
    log.line(`serving ${what} on ${address}`);
    if (isExposed) log.line(`warning: whoever reaches ${address} may ask`);
  }
}

async function watch(
  { metrics }: Settings,
  reports: () => Promise<readonly Report[]>,
  log: ServeLog,
): Promise<Monitor | undefined> {
  if (metrics === undefined) return undefined;
  const [{ startMonitor }, { loadPromClient, metricsText }] = await Promise.all([
    import('../../../serve/monitor.ts'),
    import('../../../serve/metrics.ts'),
  ]);
  const client = await loadPromClient();
  const monitor = await startMonitor({ ...metrics, reports, text: (values) => metricsText(client, values) });
  log.line(`metrics on ${monitor.address}`);
  return monitor;
}

/** @throws UsageError for an invalid address */
function addressesOf(read: () => readonly ListenAddress[]): readonly ListenAddress[] {
  try {
    return read();
  } catch (error) {
    throw error instanceof MapError ? new UsageError(error.message) : error;
  }
}
