/**
 * `mailmaps serve` under load: a million requests of 64 connections, each answer checked, latency seen from the outside. Beside
 * it Postfix's `postmap -q -` on the same keys: by itself, and 64 at a time through proxymap, our socketmap, and a server in C that
 * gives one answer to all: the time that remains for any server.
 *
 * The clients run on the same processors, and other work of the machine makes a rate smaller. So each rate has beside it the
 * processor time of the server for a request.
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
import { FixedServer } from '../fixed-server.ts';
import type { Bench, Group } from '../group.ts';
import { accessLine, inputFile } from '../inputs.ts';
import { type Exchange, together } from '../load.ts';
import { LoadRounds, reportPair } from '../load-rounds.ts';
import { endedSeconds, familySeconds, processorSeconds } from '../process-cost.ts';
import { LISTS, typicalQuestions } from '../relay-world.ts';
import { alternate, medianProcessor, medianSeconds, type Sample, shownRate, shownTime } from '../sample.ts';
import { askWorkers } from './serve-workers.ts';

const ENTRIES = 1_000_000;
/** Files of keys, and postmaps at a time. */
const POSTMAPS = 64;
/** Of all rounds together. */
const LOOKUPS = 650_000;
const DECISIONS = 400_000;
/** Requests that are sent at once where the client must not count. */
const TOGETHER = 100;
/** Keys that each postmap asks for. */
const KEYS_EACH = 2_000;
const POLICY_RATE = 40_000;
/** Half of proxymap's time. */
const TWICE = { is: 'atMost', figure: 0.5 } as const;

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
  const step = Math.floor(ENTRIES / (POSTMAPS * KEYS_EACH));
  return Array.from({ length: POSTMAPS * KEYS_EACH }, (_, i) => {
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
  const single = new LoadRounds(bench, server, path, exchanges, { requests: LOOKUPS });
  const many = new LoadRounds(bench, server, path, together(exchanges, TOGETHER), {
    requests: LOOKUPS,
    each: TOGETHER,
  });
  const mine = [
    { name: 'single', run: () => single.round() },
    { name: 'many', run: () => many.round() },
  ];
  const table = `lmdb:${directory}/access`;
  await using postfix = postfixAvailable ? await Postfix.start([`proxy_read_maps = proxy:${table}`]) : undefined;
  if (postfix === undefined) {
    bench.leaveOut('postmap and proxymap', 'Postfix is not installed, or this is not root');
    reportRate(bench, 'socketmap', (await alternate(bench.rounds, mine)).single!, single);
    return single.reportMemory('socketmap');
  }
  const files = Array.from({ length: POSTMAPS }, (_, i) =>
    writeKeys(`${directory}/keys-${i}`, entries.slice(i * KEYS_EACH, (i + 1) * KEYS_EACH)),
  );
  // one process has so many keys that its start does not count
  const whole = writeKeys(`${directory}/keys`, entries);
  const postmaps = (asked: string, stdin: readonly string[], serverTime?: () => number) => ({
    name: asked,
    run: () => runPostmaps(postfix.directory, asked, stdin, entries.length, serverTime),
  });
  const fixedPath = `${directory}/fixed`;
  await using fixed = await FixedServer.start(bench, fixedPath);
  const samples = await alternate(bench.rounds, [
    ...mine,
    postmaps(table, [whole]),
    postmaps(`proxy:${table}`, files, () => familySeconds(postfix.master)),
    postmaps(`socketmap:unix:${path}:access`, files, () => processorSeconds(server.child.pid!)),
    ...(fixed === undefined
      ? []
      : [postmaps(`socketmap:unix:${fixedPath}:access`, files, () => processorSeconds(fixed.pid))]),
  ]);
  const [one, together100, alone, proxied, served, same] = Object.values(samples) as [Sample[], ...Sample[][]];
  const postmap = `postmap -q - ${table.split(':')[0]}:, one process`;
  const sizes = `${LOOKUPS.toLocaleString('en')} requests of ${POSTMAPS} connections`;
  reportPair(bench, `socketmap, ${sizes}`, postmap, [one, alone!], { note: `, ${single.latencies}` });
  reportPair(bench, `socketmap, ${TOGETHER} requests at once`, postmap, [together100!, alone!]);
  const asked = `asked by ${POSTMAPS} postmap -q -`;
  reportPair(bench, `socketmap, ${asked}`, `proxymap, ${asked}`, [served!, proxied!], { target: TWICE });
  if (same !== undefined)
    reportPair(bench, `one answer to all, in C, ${asked}`, `proxymap, ${asked}`, [same, proxied!]);
  single.reportMemory(`socketmap, ${sizes}`);
}

/** Decisions: all of a client, sender and recipient at RCPT. */
async function askForDecisions(bench: Bench, directory: string, path: string, server: ServerProcess): Promise<void> {
  const exchanges = decisionsOf(bench, directory);
  const measured = new LoadRounds(bench, server, path, exchanges, { requests: DECISIONS });
  const samples = await alternate(bench.rounds, [{ name: 'ours', run: () => measured.round() }]);
  reportRate(bench, 'policy', samples.ours!, measured);
  measured.reportMemory('policy');
  await askWorkers(bench, directory, { path, server }, together(exchanges, TOGETHER), TOGETHER);
}

function decisionsOf(bench: Bench, directory: string): readonly Exchange[] {
  using maps = openMailMaps(directory);
  const conversation = policyProtocol(() => maps, { onProblem: () => undefined })();
  return typicalQuestions(bench.seed).flatMap(({ session: { sender, client }, recipients }) =>
    recipients.map((recipient) => {
      const { address, name } = client;
      const names = { client_name: name, reverse_client_name: name, helo_name: name };
      const state = { protocol_state: 'RCPT', protocol_name: 'ESMTP' };
      const request = policyRequest({ ...state, client_address: address, ...names, sender, recipient });
      conversation.push(request);
      return { request, reply: conversation.next()! };
    }),
  );
}

/** The rate, judged by itself, and the processor time that would give this rate on one processor. */
function reportRate(bench: Bench, name: string, samples: readonly Sample[], rounds: LoadRounds): void {
  const work = `${name}, requests of ${POSTMAPS} connections`;
  bench.report({
    ...{ work, against: 'a bound', theirs: '', samples: { ours: samples } },
    ours: `${shownRate(samples)}, ${rounds.latencies}`,
    figure: 1 / medianSeconds(samples),
    target: { is: 'atLeast', figure: POLICY_RATE, unit: '/s' },
  });
  const time = medianProcessor(samples);
  bench.report({
    ...{ work: `${work}: processor time`, against: 'a bound', theirs: '', samples: { ours: samples } },
    ours: shownTime(time),
    figure: time * 1e6,
    target: { is: 'atMost', figure: Number((1e6 / POLICY_RATE).toPrecision(3)), unit: 'µs' },
  });
}

/** Writes keys a line each. Returns the path. */
function writeKeys(path: string, entries: readonly Entry[]): string {
  // makemap folds keys; postmap does it for its own maps, and not for proxies
  writeFileSync(path, entries.map(({ key }) => `${key.toLowerCase()}\n`).join(''), 'latin1');
  return path;
}

/** Time a key, with as many postmaps at a time as there are files of keys, and processor time of them or of their server. @param keys in all files */
async function runPostmaps(
  directory: string,
  table: string,
  files: readonly string[],
  keys: number,
  processorTime: () => number = endedSeconds,
): Promise<Sample> {
  const began = process.hrtime.bigint();
  const before = processorTime();
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
  const seconds = Number(process.hrtime.bigint() - began) / 1e9 / keys;
  return { seconds, cpuSeconds: (processorTime() - before) / keys };
}
