/** Rounds of load on one server: their rate, the server's processor time for a request, latencies, and its memory meanwhile. */
import type { ServerProcess } from '../serve/server-process.ts';
import type { Bench, Target } from './group.ts';
import { type Exchange, type Load, load, percentile } from './load.ts';
import { familySeconds } from './process-cost.ts';
import { medianProcessor, processorRatio, type Sample, shownRate, shownTime, timeRatio } from './sample.ts';

const CONNECTIONS = 64;
const GROWTH_MB = 16;

export interface LoadOptions {
  /** Of all rounds together. */
  readonly requests: number;
  /** Requests in one exchange; default 1. */
  readonly each?: number;
}

export class LoadRounds {
  readonly #bench: Bench;
  readonly #server: ServerProcess;
  readonly #each: number;
  readonly #ask: () => Promise<Load>;
  readonly #loads: Load[] = [];
  readonly #memory: number[] = [];

  constructor(
    bench: Bench,
    server: ServerProcess,
    path: string,
    exchanges: readonly Exchange[],
    { requests, each = 1 }: LoadOptions,
  ) {
    this.#bench = bench;
    this.#server = server;
    this.#each = each;
    this.#ask = () => load(path, CONNECTIONS, exchanges, Math.ceil(requests / each / bench.rounds));
  }

  /** Time a request, and processor time of the server, with its workers. */
  async round(): Promise<Sample> {
    const pid = this.#server.child.pid!;
    const before = familySeconds(pid);
    const result = await this.#ask();
    const requests = result.latencies.length * this.#each;
    this.#loads.push(result);
    this.#memory.push(this.#server.memory);
    return {
      seconds: result.seconds / requests,
      cpuSeconds: (familySeconds(pid) - before) / requests,
    };
  }

  /** `p50 0.80, p99 8.96, p99.9 23.49 ms`. */
  get latencies(): string {
    const all = Float64Array.from(this.#loads.flatMap(({ latencies }) => Array.from(latencies))).sort();
    return `${[50, 99, 99.9].map((share) => `p${share} ${percentile(all, share / 100).toFixed(2)}`).join(', ')} ms`;
  }

  reportMemory(work: string): void {
    // the first rounds fill the caches of the map
    const [half, last] = [this.#memory[this.#memory.length >> 1]!, this.#memory.at(-1)!];
    this.#bench.report({
      work: `${work}: memory`,
      against: 'half-way',
      ours: `${Math.round(last)} MB`,
      theirs: `${Math.round(half)} MB`,
      figure: last - half,
      target: { is: 'atMost', figure: GROWTH_MB, unit: 'MB' },
      samples: {},
    });
  }
}

/** Two rows: rates, and the servers' processor time for a request. */
export function reportPair(
  bench: Bench,
  work: string,
  against: string,
  [mine, theirs]: readonly [readonly Sample[], readonly Sample[]],
  { target, note = '' }: { readonly target?: Target; readonly note?: string } = {},
): void {
  const samples = { ours: mine, theirs };
  bench.report({
    ...{ work, against, samples, figure: timeRatio(mine, theirs) },
    ours: `${shownRate(mine)}${note}`,
    theirs: shownRate(theirs),
    ...(target && { target }),
  });
  bench.report({
    ...{ work: `${work}: processor time`, against, samples, figure: processorRatio(mine, theirs) },
    ours: shownTime(medianProcessor(mine)),
    theirs: shownTime(medianProcessor(theirs)),
  });
}
