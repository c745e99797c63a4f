/** Ten minutes of a busy server: 10,000 decisions a second, while the map is replaced. Neither memory nor time grows. */
import { runCall } from '../call.ts';
import type { SteadyResult } from '../calls/steady.ts';
import type { Group } from '../group.ts';
import { makeRelayWorld, typicalQuestions, writeQuestions } from '../relay-world.ts';
import { median } from '../sample.ts';

const SECONDS = 600;
const PER_SECOND = 10_000;
const P99_MS = 0.2;
const WORST_MS = 20;
/** Memory of the last minute, in that of the second one. */
const FLAT = 1.05;
const MINUTE = 60;

export const steady: Group = {
  name: 'steady',
  about: '10,000 decisions a second for ten minutes',
  onlyWhenNamed: true,
  async run(bench) {
    const directory = `${bench.scratch}/steady`;
    makeRelayWorld(bench, directory);
    const questions = writeQuestions(`${bench.scratch}/steady-asked`, typicalQuestions(bench.seed));
    const args = { directory, questions, seconds: SECONDS, perSecond: PER_SECOND };
    const result = runCall<SteadyResult>('steady', args);
    const work = `${result.decisions.toLocaleString('en')} decisions in ${SECONDS} s, map replaced ${result.replaced} times`;
    const times = `p50 ${result.p50.toFixed(2)} ms, p99 ${result.p99.toFixed(2)} ms, worst ${result.worst.toFixed(1)} ms`;
    for (const [name, figure, most] of [
      ['p99', result.p99, P99_MS],
      ['worst', result.worst, WORST_MS],
    ] as const) {
      bench.report({
        work: `${work}: ${name}`,
        against: 'a bound',
        ours: times,
        theirs: '',
        figure,
        target: { is: 'atMost', figure: most, unit: 'ms' },
        samples: {},
      });
    }
    const second = median(result.memory.slice(MINUTE, 2 * MINUTE));
    const last = median(result.memory.slice(-MINUTE));
    bench.report({
      work: `${work}: memory`,
      against: 'its second minute',
      ours: `${Math.round(last)} MB`,
      theirs: `${Math.round(second)} MB`,
      figure: last / second,
      target: { is: 'atMost', figure: FLAT },
      samples: {},
    });
  },
};
