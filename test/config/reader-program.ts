/**
 * Mail servers of several processes or threads: `reader-program cluster|threads DIRECTORY COUNT GENERATIONS MEMBERS`.
 * Each of COUNT workers opens DIRECTORY, asks for recipients and decisions until it has seen GENERATIONS generations of both
 * maps, and reports what it saw; the program prints that, one JSON object a worker.
 *
 * In the alias map all MEMBERS of `all` name their generation. In the access map the values of two keys change places
 * from one generation to the next, and one decision asks for both.
 */
import cluster from 'node:cluster';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { openMailMaps } from '../../src/index.ts';

export interface Seen {
  readonly asked: number;
  readonly aliasGenerations: number;
  readonly accessGenerations: number;
  /** Answers that hold more than one generation. */
  readonly mixed: readonly string[];
  readonly problems: readonly string[];
}

const [kind = '', directory = '', count = '1', generations = '1', members = '1'] = process.argv.slice(2);
/** Generations come as fast as the machine lets others make them. */
const GIVE_UP_MS = 500_000;

async function watch(directory: string, wanted: number): Promise<Seen> {
  using maps = openMailMaps({ directory, hostName: 'mail.here.example', features: FEATURES, reloadCheckMs: 0 });
  const problems: string[] = [];
  maps.on('problem', (error) => problems.push(error.message));
  const mixed: string[] = [];
  const aliases = new Set<string>();
  let swaps = 0;
  let last = '';
  let asked = 0;
  const until = Date.now() + GIVE_UP_MS;
  while ((aliases.size < wanted || swaps < wanted) && Date.now() < until) {
    const names = maps.expand('all').recipients.map((to) => (to.kind === 'address' ? to.localPart : to.kind));
    if (names.length !== Number(members) || new Set(names).size !== 1) mixed.push(names.join(' '));
    aliases.add(names[0]!);
    const { trace } = maps.checkRcpt('x@far.example', CLIENT);
    const found = trace.flatMap((step) => (step.kind === 'key' && step.value !== undefined ? [step.value] : [])).join();
    if (found !== 'OK,RELAY' && found !== 'RELAY,OK') mixed.push(found);
    if (found !== last) swaps++;
    last = found;
    asked++;
    if (asked % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { asked, aliasGenerations: aliases.size, accessGenerations: swaps, mixed: mixed.slice(0, 5), problems };
}

const FEATURES = ['blocklist_recipients'] as const;
const CLIENT = { client: { address: '203.0.113.9', name: 'mx.stranger.example' }, sender: 'eve@stranger.example' };

function show(seen: Seen): void {
  process.stdout.write(`${JSON.stringify(seen)}\n`);
}

if (!isMainThread) {
  parentPort!.postMessage(await watch(directory, Number(generations)));
} else if (cluster.isWorker) {
  process.send!(await watch(directory, Number(generations)), undefined, {}, () => process.disconnect());
} else {
  for (let i = 0; i < Number(count); i++) {
    const worker =
      kind === 'cluster' ? cluster.fork() : new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
    worker.on('message', show);
  }
}
