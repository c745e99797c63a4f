/**
 * `npm run conformance -- [--seed N] [--cases M] [--only NAME,NAME]`: random inputs to our code and to the real
 * sendmail, differences out. The same seed asks the same questions. Exit status 1 when anything differs, 69 when this
 * machine cannot run the real programs.
 */
import { type Command, itemsNamed, readCommandLine, wholeNumber } from '../command-arguments.ts';
import { type Oracle, openOracle, oracleAvailable } from '../oracle/client.ts';
import type { Comparison, Difference } from './comparison.ts';
import { COMPARISONS } from './comparisons.ts';

/** Differences shown in full; the others are only counted. */
const SHOWN = 5;

const CONFIG = {
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    cases: { type: 'string', default: '1000' },
    only: { type: 'string' },
  },
} as const;

interface Arguments {
  readonly comparisons: readonly Comparison[];
  readonly seed: number;
  readonly cases: number;
}

const COMMAND: Command<typeof CONFIG, Arguments> = {
  name: 'conformance',
  usage: `[--seed N] [--cases M] [--only NAME,NAME]\nnames: ${COMPARISONS.map(({ name }) => name).join(' ')}`,
  config: CONFIG,
  read: ({ values: { seed, cases, only } }) => ({
    seed: wholeNumber('seed', seed),
    cases: wholeNumber('cases', cases),
    comparisons: only === undefined ? COMPARISONS : itemsNamed('comparison', COMPARISONS, only.split(',')),
  }),
};

/** Runs one comparison and prints its line; the number of differences. */
async function runOne(oracle: Oracle, comparison: Comparison, seed: number, cases: number): Promise<number> {
  const began = Date.now();
  const differences: Difference[] = [];
  let compared = 0;
  await comparison.run(oracle, seed, cases, {
    compared(difference) {
      compared++;
      if (difference) differences.push(difference);
    },
  });
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(`${comparison.name}: ${compared} cases, ${differences.length} differences, ${seconds} s (seed ${seed})`);
  for (const difference of differences.slice(0, SHOWN)) console.log(JSON.stringify(difference, undefined, 2));
  return differences.length;
}

async function main({ comparisons, seed, cases }: Arguments): Promise<number> {
  if (!oracleAvailable) {
    console.error('conformance: the real sendmail is not available here; see test/oracle/README.md');
    return 69;
  }
  const oracle = await openOracle();
  let differences = 0;
  try {
    for (const comparison of comparisons) differences += await runOne(oracle, comparison, seed, cases);
  } finally {
    await oracle.close();
  }
  return differences > 0 ? 1 : 0;
}

const given = readCommandLine(COMMAND);
if (given !== undefined) process.exitCode = await main(given);
