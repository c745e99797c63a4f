/**
 * The growth of cost of every command that reads or writes whole files: processor time over 1,000 to 10,000,000 lines. The row of
 * a command shows its time and memory at the largest input, and the largest factor that a tenfold input takes.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { program } from '../../oracle/programs.ts';
import { runCommand } from '../command.ts';
import type { Bench, Group } from '../group.ts';
import { WORKS, type Work } from '../growing-works.ts';
import { medianProcessor, peakMB, type Sample, shownTime } from '../sample.ts';

const LEAST = 1_000;
const TENFOLD = 12;

export const growthCommands: Group = {
  name: 'growth-commands',
  about: 'processor time and memory of all commands over 1,000 to 10,000,000 lines',
  onlyWhenNamed: true,
  async run(bench) {
    for (const work of WORKS) {
      if (work.needs !== undefined && program(work.needs) === undefined) bench.leaveOut(work.name, `no ${work.needs}`);
      else report(bench, work);
    }
  },
};

function report(bench: Bench, work: Work): void {
  const sizes: number[] = [];
  for (let size = LEAST; size < work.most; size *= 10) sizes.push(size);
  sizes.push(work.most);
  const samples = sizes.map((size) => measured(bench, work, size));
  const factors = samples
    .slice(1)
    .map((sample, i) => factorOf(samples[i]!, sample) ** tenfold(sizes[i]!, sizes[i + 1]!));
  const top = samples.slice(-1);
  bench.report({
    work: `${work.name}, ${work.most.toLocaleString('en')} lines`,
    against: 'a tenth of the lines, at each step',
    ours: `processor ${shownTime(medianProcessor(top))}, ${Math.round(peakMB(top))} MB`,
    theirs: factors.map((factor) => Number(factor.toPrecision(3))).join(', '),
    figure: Math.max(...factors),
    target: { is: 'atMost', figure: TENFOLD },
    samples: { ours: samples },
  });
}

const factorOf = (small: Sample, large: Sample): number => large.cpuSeconds! / small.cpuSeconds!;

/** The exponent that makes the factor of a smaller step one of a tenfold step. */
const tenfold = (small: number, large: number): number => Math.log(10) / Math.log(large / small);

function measured(bench: Bench, work: Work, lines: number): Sample {
  const directory = `${bench.scratch}/growing`;
  mkdirSync(directory);
  try {
    return runCommand(work.make({ bench, directory, lines }));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
