/**
 * `mailmaps serve` under load: a million requests of 64 connections, each answer checked, latency seen from the
 * outside; beside it `postmap -q -` on the same keys, by itself and 64 at a time through Postfix's proxymap and through
 * our socketmap. Memory stays.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { openMailMaps } from '../../../src/config/mailmaps.ts';
import { netstring } from '../../../src/serve/netstring.ts';
import { policyProtocol } from '../../../src/serve/policy.ts';
import { policyRequest } from '../../serve/peer.ts';
import { Postfix, postfixAvailable } from '../../serve/postfix.ts';
import { ServerProcess } from '../../serve/server-process.ts';
import { ours, runCommand } from '../command.ts';
import type { Bench, Group } from '../group.ts';
import { accessLine, inputFile } from '../inputs.ts';
import { type Exchange, type Load, load, percentile, together } from '../load.ts';
import { LISTS, typicalQuestions } from '../relay-world.ts';
import { alternate, type Sample, shownRate, timeRatio } from '../sample.ts';

const ENTRIES = 1_000_000;
const CONNECTIONS = 64;
/** Of all rounds together. */
const LOOKUPS = 650_000;
const DECISIONS = 400_000;
/** Requests that are sent at once where the client must not count. */
const TOGETHER = 100;
/** Keys that each postmap asks for. */
const KEYS_EACH = 2_000;
const GROWTH_MB = 16;

export const serve: Group = {
  name: 'serve',
  about: 'a million requests to mailmaps serve, beside postmap -q - and proxymap',
  async run(bench) {
    const directory = `${bench.scratch}/serve`;
    const keys = makeDirectory(bench, directory);
    const paths = { socketmap: `${directory}/socketmap`, policy: `${directory}/policy` };
    const socketmap = await ServerProcess.start('socketmap', '-d', directory, '--listen', `unix:${paths.socketmap}`);
    const policy = await ServerProcess.start('policy', '-d', directory, '--listen', `unix:${paths.policy}`);
    try {
      await askForMaps(bench, directory, keys, paths.socketmap, socketmap);
      await askForDecisions(bench, directory, paths.policy, policy);
    } finally {
      await Promise.all([socketmap.stop(), policy.stop()]);
    }
  },
};

interface Entry {
  readonly key: string;
  readonly value: string | undefined;
}

/** Makes a directory with the map. Returns keys from all parts of it; every fifth has an ending that no key has. */
function makeDirectory(bench: Bench, directory: string): readonly Entry[] {
  const text = inputFile(bench, 'access', ENTRIES, accessLine);
  mkdirSync(directory);
  for (const [name, list] of Object.entries(LISTS)) writeFileSync(`${directory}/${name}`, list);
  runCommand({ argv: ours('makemap', '--lmdb-format', '0.9', 'hash', `${directory}/access`), stdin: text });
  chmodSync(`${directory}/access.lmdb`, 0o644);
  const lines = readFileSync(text, 'latin1').trimEnd().split('\n');
  const step = Math.floor(ENTRIES / (CONNECTIONS * KEYS_EACH));
  return Array.from({ length: CONNECTIONS * KEYS_EACH }, (_, i) => {
    const [key, value] = lines[i * step]!.split('\t') as [string, string];
    return i % 5 === 0 ? { key: `${key}.absent`, value: undefined } : { key, value };
  });
}

/** Lookups of ours and of Postfix, in alternation. */
async function askForMaps(
  bench: Bench,
  directory: string,
  entries: readonly Entry[],
  path: string,
  server: ServerProcess,
): Promise<void> {
  const exchanges = entries.map(({ key, value }) => ({
    request: netstring(`access ${key}`),
    reply: netstring(value === undefined ? 'NOTFOUND ' : `OK ${value}`),
  }));
  const table = `lmdb:${directory}/access`;
  await using postfix = postfixAvailable ? await Postfix.start([`proxy_read_maps = proxy:${table}`]) : undefined;
  if (postfix === undefined) bench.leaveOut('postmap and proxymap', 'Postfix is not installed, or this is not root');
  const files = writeKeys(directory, entries);
  const postmaps = (asked: string, stdin: readonly string[]) => ({
    name: asked,
    run: () => runPostmaps(postfix!.directory, asked, stdin, entries.length / files.length),
  });
  const measured = new LoadRounds(bench, server, path, exchanges, LOOKUPS);
  const samples = await alternate(bench.rounds, [
    { name: 'ours', run: () => measured.round() },
    ...(postfix === undefined
      ? []
      : [
          postmaps(table, files.slice(0, 1)),
          postmaps(`proxy:${table}`, files),
          postmaps(`socketmap:unix:${path}:access`, files),
        ]),
  ]);
  const [mine, alone, proxied, served] = Object.values(samples);
  measured.report('socketmap', `postmap -q - ${table.split(':')[0]}:, one process`, mine!, alone);
  if (proxied === undefined || served === undefined) return;
  bench.report({
    work: `socketmap, asked by ${CONNECTIONS} postmap -q -`,
    against: `proxymap, asked by ${CONNECTIONS} postmap -q -`,
    ours: shownRate(served),
    theirs: shownRate(proxied),
    figure: timeRatio(served, proxied),
    samples: { ours: served, theirs: proxied },
  });
}

/** Decisions: all of a client, sender and recipient at RCPT. */
async function askForDecisions(bench: Bench, directory: string, path: string, server: ServerProcess): Promise<void> {
  using maps = openMailMaps(directory);
  const conversation = policyProtocol(() => maps, { onProblem: () => undefined })();
  const exchanges = typicalQuestions(bench.seed).flatMap(({ session: { sender, client }, recipients }) =>
    recipients.map((recipient) => {
      const { address, name } = client;
      const names = { client_name: name, reverse_client_name: name, helo_name: name };
      const state = { protocol_state: 'RCPT', protocol_name: 'ESMTP' };
      const request = policyRequest({ ...state, client_address: address, ...names, sender, recipient });
      conversation.push(request);
      return { request, reply: conversation.next()! };
    }),
  );
  const measured = new LoadRounds(bench, server, path, exchanges, DECISIONS);
  const samples = await alternate(bench.rounds, [{ name: 'ours', run: () => measured.round() }]);
  measured.report('policy', '', samples.ours!);
  await askWorkers(bench, directory, path, exchanges);
}

/**
 * Two workers beside one process. Many requests are sent at once, as no mail server does: a client that asks for one at a
 * time costs as much as the server, and would need processors of its own.
 */
async function askWorkers(
  bench: Bench,
  directory: string,
  path: string,
  exchanges: readonly Exchange[],
): Promise<void> {
  const many = together(exchanges, TOGETHER);
  const shared = `${path}-workers`;
  const server = await ServerProcess.start('policy', '-d', directory, '--workers', '2', '--listen', `unix:${shared}`);
  const round = async (socket: string): Promise<Sample> => {
    const total = Math.ceil(DECISIONS / TOGETHER);
    const { seconds } = await load(socket, CONNECTIONS, many, total);
    return { seconds: seconds / (total * TOGETHER) };
  };
  try {
    const { one, two } = await alternate(bench.rounds, [
      { name: 'two', run: () => round(shared) },
      { name: 'one', run: () => round(path) },
    ]);
    bench.report({
      work: `policy, ${TOGETHER} requests at once, two workers`,
      against: 'one process',
      ours: shownRate(two!),
      theirs: shownRate(one!),
      figure: timeRatio(two!, one!),
      samples: { ours: two!, theirs: one! },
    });
  } finally {
    await server.stop();
  }
}

/** Rounds of load on one server, and what its memory does meanwhile. */
class LoadRounds {
  readonly #bench: Bench;
  readonly #server: ServerProcess;
  readonly #ask: () => Promise<Load>;
  readonly #loads: Load[] = [];
  readonly #memory: number[] = [];

  constructor(bench: Bench, server: ServerProcess, path: string, exchanges: readonly Exchange[], total: number) {
    this.#bench = bench;
    this.#server = server;
    this.#ask = () => load(path, CONNECTIONS, exchanges, Math.ceil(total / bench.rounds));
  }

  /** Time a request. */
  async round(): Promise<Sample> {
    const result = await this.#ask();
    this.#loads.push(result);
    this.#memory.push(this.#server.memory);
    return { seconds: result.seconds / result.latencies.length };
  }

  report(name: string, against: string, mine: readonly Sample[], theirs?: readonly Sample[]): void {
    const all = Float64Array.from(this.#loads.flatMap(({ latencies }) => Array.from(latencies))).sort();
    const [p50, p99, p999] = [0.5, 0.99, 0.999].map((share) => percentile(all, share).toFixed(2));
    const work = `${name}, ${all.length.toLocaleString('en')} requests of ${CONNECTIONS} connections`;
    this.#bench.report({
      work,
      against,
      ours: `${shownRate(mine)}, p50 ${p50}, p99 ${p99}, p99.9 ${p999} ms`,
      theirs: theirs ? shownRate(theirs) : '',
      figure: theirs ? timeRatio(mine, theirs) : Number(p99),
      samples: { ours: mine, ...(theirs && { theirs }) },
    });
    const [first, last] = [this.#memory[0]!, this.#memory.at(-1)!];
    this.#bench.report({
      work: `${work}: memory`,
      against: 'its first round',
      ours: `${Math.round(last)} MB`,
      theirs: `${Math.round(first)} MB`,
      figure: last - first,
      target: { is: 'atMost', figure: GROWTH_MB, unit: 'MB' },
      samples: {},
    });
  }
}

function writeKeys(directory: string, entries: readonly Entry[]): readonly string[] {
  return Array.from({ length: CONNECTIONS }, (_, i) => {
    const path = `${directory}/keys-${i}`;
    const own = entries.slice(i * KEYS_EACH, (i + 1) * KEYS_EACH);
    // makemap folds keys; postmap does it for its own maps, and not for proxies
    writeFileSync(path, own.map(({ key }) => `${key.toLowerCase()}\n`).join(''), 'latin1');
    return path;
  });
}

/** Time a key, with as many postmaps at a time as there are files of keys. */
async function runPostmaps(
  directory: string,
  table: string,
  files: readonly string[],
  keysEach: number,
): Promise<Sample> {
  const began = process.hrtime.bigint();
  const statuses = await Promise.all(
    files.map(async (file) => {
      const stdin = openSync(file, 'r');
      const child = spawn('postmap', ['-c', directory, '-q', '-', table], { stdio: [stdin, 'ignore', 'inherit'] });
      closeSync(stdin);
      const [status] = await once(child, 'close');
      return status as number;
    }),
  );
  if (statuses.some((status) => status !== 0)) throw new Error(`postmap -q - ${table} failed`);
  return { seconds: Number(process.hrtime.bigint() - began) / 1e9 / (files.length * keysEach) };
}
