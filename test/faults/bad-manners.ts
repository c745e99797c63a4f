/**
 * Real servers, `mailmaps serve policy` with two workers and metrics, and `serve socketmap`, among thousands of peers with every
 * kind of bad manners, on real sockets. All the while peers with good manners, in a process of their own, get their answers in
 * time. Memory stays within {@link MOST_MIB} a process, descriptors are given back, and each server stops when it is told to.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeMap } from '../../src/index.ts';
import { netstring } from '../../src/serve/netstring.ts';
import { bundled } from '../bundled.ts';
import { policyRequest } from '../serve/peer.ts';
import { ServerProcess } from '../serve/server-process.ts';
import type { Family, Round } from './fault.ts';
import { numbers } from './fuzz.ts';
import { ended, PROJECT } from './generations.ts';
import { waitedOf, watchLag } from './lag.ts';
import { ANY_MANNERS, HTTP_MANNERS, misbehave, POLICY_MANNERS, SOCKETMAP_MANNERS, type Target } from './manners.ts';
import { withDirectory } from './map-images.ts';

const SHORT = { peers: 700, ms: 14_000, latestMs: 5000 };
const LONG = { peers: 10_000, ms: 600_000, latestMs: 1000 };
/** For one process, in MiB: what peers hold is bounded at 64, and Node itself has the rest. */
const MOST_MIB = 400;
const LONGEST_STAY_MS = 60_000;
/** For the servers to notice that their peers have gone. */
const CLOSED_MS = 300_000;
/** For a stop while peers are still connected: they have two seconds to read their last answers. */
const STOP_MS = 5000;
/** For a stop on a machine on which others have the processors. */
const LONGEST_STOP_MS = 100_000;

const lagged = watchLag();

interface Meeting {
  readonly target: Target;
  readonly manners: readonly (typeof ANY_MANNERS)[number][];
}

export const badManners: Family = {
  name: 'bad-manners',
  promise:
    'among peers of every kind of bad manners the servers answer the others in time, within their memory, and stop cleanly',
  run: (round) =>
    withDirectory(async (directory) => {
      cpSync(join(PROJECT, 'examples/etc-mail'), directory, { recursive: true });
      await makeMap([readFileSync(join(directory, 'access'))], join(directory, 'access'));
      const common = ['-d', directory, '--host-name', 'mail.example.com', '--listen', 'tcp:127.0.0.1:0'];
      const policyPath = join(directory, 'policy');
      const mapPath = join(directory, 'maps');
      const policy = await ServerProcess.start(
        ...['policy', ...common, '--listen', `unix:${policyPath}`, '--workers', '2', '--metrics', '127.0.0.1:0'],
      );
      const maps = await ServerProcess.start('socketmap', ...common, '--listen', `unix:${mapPath}`);
      const metrics = Number(/:(\d+)\/metrics/.exec(await policy.line(/metrics on/))![1]);
      await policy.line(/serving .*unix:/);
      await maps.line(/serving .*unix:/);
      const asks = policyRequest({ protocol_state: 'RCPT', client_address: '203.0.113.9', recipient: 'x@far.example' });
      const gets = netstring('access from:spam@example.net');
      const here = (port: number): Target['address'] => ({ host: '127.0.0.1', port });
      const meetings: readonly Meeting[] = [
        ...[here(policy.port), { path: policyPath }].map((address) => ({
          target: { address, request: asks },
          manners: [...ANY_MANNERS, ...POLICY_MANNERS],
        })),
        ...[here(maps.port), { path: mapPath }].map((address) => ({
          target: { address, request: gets },
          manners: [...ANY_MANNERS, ...SOCKETMAP_MANNERS],
        })),
        {
          target: { address: here(metrics), request: 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n' },
          manners: [...ANY_MANNERS, ...HTTP_MANNERS],
        },
      ];
      const servers = [policy, maps];
      try {
        await meet(round, servers, meetings, [policy.port, maps.port, metrics]);
        for (const server of servers) await stop(round, server);
        for (const path of [policyPath, mapPath]) if (existsSync(path)) round.broke({ tried: 'a stop', got: path });
      } finally {
        for (const server of servers) await server.stop('SIGKILL');
      }
    }),
};

/** Sends all peers, and holds the servers to their promises meanwhile. */
async function meet(
  round: Round,
  servers: readonly ServerProcess[],
  meetings: readonly Meeting[],
  ports: readonly number[],
): Promise<void> {
  const { peers, ms, latestMs } = round.long ? LONG : SHORT;
  const random = numbers(round.seed);
  const pace = numbers(round.seed);
  const processes = servers.flatMap(({ child }) => [child.pid!, ...childrenOf(child.pid!)]);
  const polite = await politePeers(ports, processes);
  const before = processes.map(descriptorsOf);
  const end = Date.now() + ms;
  const busy: Promise<boolean>[] = [];
  for (let i = 0; i < peers; i++) {
    const { target, manners } = meetings[i % meetings.length]!;
    const stayMs = Math.min(random(LONGEST_STAY_MS), Math.max(end - Date.now(), 0));
    busy.push(misbehave(target, manners[random(manners.length)]!, random, stayMs));
    await sleep((Math.max(0, (end - Date.now()) / (peers - i)) * pace(2000)) / 1000);
  }
  const connected = (await Promise.all(busy)).filter((isConnected) => isConnected).length;
  round.held(peers);
  const seen = await polite.end();
  if (seen.longest > latestMs)
    round.broke({ tried: 'an answer in time', got: `${Math.round(seen.longest)} ms for ${seen.latest}` });
  for (const wrong of seen.wrong) round.broke({ tried: 'a peer with good manners', got: wrong });
  const most = Math.max(...processes.map(mostMemory));
  if (!(most < MOST_MIB)) round.broke({ tried: 'the memory of a server', got: `${most} MiB` });
  let after = processes.map(descriptorsOf);
  // a map that was replaced, or a report that is written
  const isLeft = (): boolean => after.some((count, i) => count > before[i]! + 2);
  for (const end = Date.now() + CLOSED_MS; isLeft() && Date.now() < end; after = processes.map(descriptorsOf))
    await sleep(100);
  if (isLeft()) round.broke({ tried: 'descriptors after all peers have gone', got: { before, after } });
  const said = servers.flatMap(({ lines }) => lines).filter((line) => /internal error|worker ended|Warning/.test(line));
  for (const line of said) round.broke({ tried: 'the log', got: line });
  round.figure(`${connected} connected`);
  round.figure(`${seen.answers} answers to others, the latest ${Math.round(seen.longest)} ms`);
  round.figure(`at most ${Math.round(most)} MiB in a process`);
}

/** Stops a server to which a silent peer, one with half a request and one that does not read are connected. */
async function stop(round: Round, server: ServerProcess): Promise<void> {
  const address = { host: '127.0.0.1', port: server.port };
  const target = { address, request: 'request=smtpd_access_policy\nprotocol_state=MAIL\n\n' };
  const staying = ANY_MANNERS.filter(([name]) => /idle|and stays|never reads/.test(name));
  const peers = staying.map((manners) => misbehave(target, manners, () => 0, LONGEST_STOP_MS));
  await sleep(300);
  const pid = server.child.pid!;
  const processes = [pid, ...childrenOf(pid)];
  const [began, lag, before] = [Date.now(), lagged(), waitedOf(processes)];
  let waited = 0;
  // a process that has ended tells nothing
  const looking = setInterval(() => {
    waited = Math.max(waited, waitedOf(processes) - before);
  }, 10);
  const status = await Promise.race([server.stop(), sleep(LONGEST_STOP_MS, 'late' as const, { ref: false })]);
  clearInterval(looking);
  const took = Math.max(0, Math.round(Date.now() - began - waited - (lagged() - lag)));
  if (status === 0 && server.lines.at(-1) === 'mailmaps: stopped' && took < STOP_MS) round.held();
  else round.broke({ tried: 'a stop', got: { status, took, last: server.lines.slice(-3) } });
  round.figure(`stopped in ${took} ms`);
  await server.stop('SIGKILL');
  await Promise.all(peers);
}

interface Seen {
  readonly answers: number;
  readonly longest: number;
  /** The request that was answered latest. */
  readonly latest: string;
  readonly wrong: readonly string[];
}

async function politePeers(...numbers: readonly (readonly number[])[]): Promise<{ end(): Promise<Seen> }> {
  const child = spawn(process.execPath, [bundled('test/faults/polite-program.ts'), ...numbers.flat().map(String)]);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  const over = ended(child);
  while (!stdout.startsWith('ready\n')) await sleep(20);
  return {
    async end() {
      child.stdin.end();
      const { status, stderr } = await over;
      if (status === 0) return JSON.parse(stdout.slice('ready\n'.length)) as Seen;
      return { answers: 0, longest: 0, latest: '', wrong: [`the polite peers ended with ${status}: ${stderr}`] };
    },
  };
}

function childrenOf(pid: number): readonly number[] {
  const found = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  return found === '' ? [] : found.split(' ').map(Number);
}

const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** The most memory that a process ever had, in MiB; NaN if it has ended. */
function mostMemory(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}
