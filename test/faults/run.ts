/**
 * `npm run faults -- [--seed N] [--only NAME,NAME] [--long]`: injects faults and shows which promises hold, a line a
 * family. Exit status 1 when a promise broke, 64 for a bad argument. RELIABILITY.md keeps the figures.
 */
import { parseArgs } from 'node:util';
import { FAMILIES } from './families.ts';
import { type Family, runFamily } from './fault.ts';

/** Broken promises shown in full; the others are only counted. */
const SHOWN = 5;

interface Arguments {
  readonly families: readonly Family[];
  readonly seed: number;
  readonly long: boolean;
}

/** @throws RangeError or parseArgs' TypeError for arguments that are none */
function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      only: { type: 'string' },
      long: { type: 'boolean', default: false },
    },
  });
  if (!/^\d{1,9}$/.test(values.seed)) throw new RangeError(`--seed takes a whole number, not '${values.seed}'`);
  return { families: chosen(values.only), seed: Number(values.seed), long: values.long };
}

function chosen(only: string | undefined): readonly Family[] {
  return (
    only?.split(',').map((name) => {
      const family = FAMILIES.find((each) => each.name === name);
      if (family) return family;
      throw new RangeError(`no family '${name}'; there are ${FAMILIES.map((each) => each.name).join(', ')}`);
    }) ?? FAMILIES
  );
}

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

let given: Arguments | undefined;
try {
  given = readArguments();
} catch (error) {
  console.error(`faults: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 64;
}
if (given !== undefined) {
  const { families, seed, long } = given;
  for (const family of families) if (!(await runOne(family, seed, long))) process.exitCode = 1;
}
