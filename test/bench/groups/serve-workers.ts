/**
 * `mailmaps serve policy --workers 2` beside one process. Many requests are sent at once, as no mail server does: a client that
 * asks for one at a time costs as much as the server, and would need processors of its own.
 *
 * Where the clients and other work of the machine share the two processors, the rate cannot double. So there are rows for
 * the processor time of a request, which doubles the rate on free processors if it stays the same; for the share of each
 * worker; and for the clients.
 */
import { ServerProcess } from '../../serve/server-process.ts';
import type { Bench } from '../group.ts';
import type { Exchange } from '../load.ts';
import { LoadRounds, reportPair } from '../load-rounds.ts';
import { family, ownBytes, processorSeconds, sum } from '../process-cost.ts';
import { alternate, type Sample } from '../sample.ts';

/** Of all rounds together. */
const DECISIONS = 800_000;
/** The smallest part of the work that one of two workers may do. */
const EVEN = 0.4;

/** @param one a server of one process @param exchanges each of `each` requests */
export async function askWorkers(
  bench: Bench,
  directory: string,
  one: { readonly path: string; readonly server: ServerProcess },
  exchanges: readonly Exchange[],
  each: number,
): Promise<void> {
  const path = `${one.path}-workers`;
  const server = await ServerProcess.start('policy', '-d', directory, '--workers', '2', '--listen', `unix:${path}`);
  const options = { requests: DECISIONS, each };
  const [alone, shared] = [one, { path, server }].map(
    (it) => new LoadRounds(bench, it.server, it.path, exchanges, options),
  );
  let clients = 0;
  const counted = async (rounds: LoadRounds): Promise<Sample> => {
    const before = processorSeconds(process.pid);
    const sample = await rounds.round();
    clients += processorSeconds(process.pid) - before;
    return sample;
  };
  try {
    const samples = await alternate(bench.rounds, [
      { name: 'two', run: () => counted(shared!) },
      { name: 'one', run: () => counted(alone!) },
    ]);
    const work = `policy, ${each} requests at once, two workers`;
    reportPair(bench, work, 'one process', [samples.two!, samples.one!]);
    reportClients(bench, work, clients / (2 * DECISIONS));
    reportShares(bench, work, server);
    shared!.reportMemory(work);
  } finally {
    await server.stop();
  }
}

function reportClients(bench: Bench, work: string, seconds: number): void {
  const time = seconds * 1e6;
  bench.report({
    ...{ work: `${work}: the clients' own processor time`, against: '', theirs: '', samples: {} },
    ours: `${time.toPrecision(3)} µs`,
    figure: time,
  });
}

function reportShares(bench: Bench, work: string, server: ServerProcess): void {
  const [main, ...workers] = family(server.child.pid!);
  const times = workers.map(processorSeconds);
  const least = Math.min(...times) / sum(times);
  bench.report({
    ...{ work: `${work}: the smaller share of a worker`, against: 'an even share', theirs: '50 %', samples: {} },
    ours: `${Math.round(least * 100)} %`,
    figure: least,
    target: { is: 'atLeast', figure: EVEN },
  });
  const megabytes = (pid: number): number => Math.round(ownBytes(pid) / 2 ** 20);
  bench.report({
    ...{ work: `${work}: own memory of each worker`, against: 'the main process', samples: {} },
    ours: workers.map((pid) => `${megabytes(pid)} MB`).join(', '),
    theirs: `${megabytes(main!)} MB`,
    figure: megabytes(workers[0]!),
  });
}
