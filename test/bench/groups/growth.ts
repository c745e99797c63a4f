/**
 * The growth of cost: makemap, verified, over 1,000 to 10,000,000 lines, and over inputs that were made to be hard. The target
 * for a hard input is the time for random lines of the same number, or of the same size.
 */
import { statSync } from 'node:fs';
import { ours, runCommand } from '../command.ts';
import type { Bench, Group } from '../group.ts';
import { type HardInput, hardInputs, statusesOf } from '../hard-inputs.ts';
import { accessLine, inputFile } from '../inputs.ts';
import { alternate, type Contestant, medianSeconds, type Samples, shown } from '../sample.ts';

const MILLION = 1_000_000;
const SIZES = [1_000, 10_000, 100_000, MILLION, 10 * MILLION];
/** The factor that a tenfold input may take. */
const TENFOLD = 12;
const HARD = 1.5;
const ROUNDS = 2;

export const growth: Group = {
  name: 'growth',
  about: 'time and memory over 1,000 to 10,000,000 lines and over hard inputs',
  async run(bench) {
    const sizes = SIZES.map((size) => ({ name: named(size), path: inputFile(bench, 'access', size, accessLine) }));
    const hard = hardInputs(bench);
    const samples = await alternate(
      Math.min(bench.rounds, ROUNDS),
      [...sizes, ...hard].map((input) => contestant(bench, input)),
    );
    sizes.forEach(({ name }, i) => {
      reportSize(bench, samples, name, sizes[i - 1]?.name);
    });
    const million = sizes[SIZES.indexOf(MILLION)]!;
    for (const input of hard) reportHard(bench, samples, input, million);
  },
};

const named = (lines: number): string => `${lines.toLocaleString('en')} lines`;

function contestant(bench: Bench, input: HardInput): Contestant {
  const argv = ours('makemap', ...(input.options ?? []), 'hash', `${bench.scratch}/growth`);
  const run = () => runCommand({ argv, stdin: input.path, statuses: statusesOf(input), quiet: true, memory: true });
  return { name: input.name, run };
}

function reportSize(bench: Bench, samples: Samples, name: string, before: string | undefined): void {
  const mine = samples[name]!;
  const theirs = before === undefined ? mine : samples[before]!;
  bench.report({
    work: `makemap hash, ${name}`,
    against: before ?? 'itself',
    ours: shown(mine),
    theirs: shown(theirs),
    figure: medianSeconds(mine) / medianSeconds(theirs),
    target: { is: 'atMost', figure: TENFOLD },
    samples: { ours: mine },
  });
}

function reportHard(bench: Bench, samples: Samples, { name, path }: HardInput, million: HardInput): void {
  const [mine, random] = [samples[name]!, samples[million.name]!];
  const size = Math.max(1, statSync(path).size / statSync(million.path).size);
  bench.report({
    work: `makemap hash, hard input: ${name}`,
    against: size > 1 ? `random lines of as many bytes` : million.name,
    ours: shown(mine),
    theirs: shown(random),
    figure: medianSeconds(mine) / (medianSeconds(random) * size),
    target: { is: 'atMost', figure: HARD },
    samples: { ours: mine },
  });
}
