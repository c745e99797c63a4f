/**
 * `npm run faults -- [--seed N] [--only NAME,NAME] [--long]`: injects faults and shows which promises hold, a line a
 * family. Exit status 1 when a promise broke, 64 for a bad argument. RELIABILITY.md keeps the figures.
 */
import { type Command, itemsNamed, readCommandLine, wholeNumber } from '../command-arguments.ts';
import { FAMILIES } from './families.ts';
import { type Family, runFamily } from './fault.ts';

/** Broken promises shown in full; the others are only counted. */
const SHOWN = 5;

interface Arguments {
  readonly families: readonly Family[];
  readonly seed: number;
  readonly long: boolean;
}

const CONFIG = {
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    long: { type: 'boolean', default: false },
  },
} as const;

const COMMAND: Command<typeof CONFIG, Arguments> = {
  name: 'faults',
  usage: `[--seed N] [--only NAME,NAME] [--long]\nnames: ${FAMILIES.map(({ name }) => name).join(' ')}`,
  config: CONFIG,
  read: ({ values: { seed, only, long } }) => ({
    seed: wholeNumber('seed', seed),
    families: only === undefined ? FAMILIES : itemsNamed('family', FAMILIES, only.split(',')),
    long,
  }),
};

/** Runs one family and prints its line; whether its promise held. */
async function runOne(family: Family, seed: number, long: boolean): Promise<boolean> {
  const lacking = family.lacks?.();
  if (lacking !== undefined) {
    console.log(`${family.name}: not tried, ${lacking}`);
    return true;
  }
  const { faults, broken, figures, seconds } = await runFamily(family, seed, long);
  const summary = [`${faults} faults`, `${broken.length} broken promises`, ...figures, `${seconds.toFixed(1)} s`];
  console.log(`${family.name}: ${summary.join(', ')} (seed ${seed})`);
  if (broken.length > 0) console.log(`  promised: ${family.promise}`);
  for (const each of broken.slice(0, SHOWN)) console.log(JSON.stringify(each, undefined, 2));
  return broken.length === 0;
}

const given = readCommandLine(COMMAND);
if (given !== undefined) {
  const { families, seed, long } = given;
  for (const family of families) if (!(await runOne(family, seed, long))) process.exitCode = 1;
}
