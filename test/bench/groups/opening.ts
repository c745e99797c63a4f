/** The time to the first answer of a configuration directory with four maps of a million entries, and after one was replaced. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { runCall } from '../call.ts';
import type { Opening } from '../calls/opening.ts';
import { ours, runCommand } from '../command.ts';
import type { Bench, Group } from '../group.ts';
import { accessLine, inputFile, word } from '../inputs.ts';
import { LISTS } from '../relay-world.ts';
import { medianProcessor, medianSeconds, type Sample, shownTime } from '../sample.ts';

const ENTRIES = 1_000_000;
const FIRST_MS = 30;
const RELOADED_MS = 5;

const LINES = {
  access: accessLine,
  mailertable: (_, i) => `${word(i)}.example\tesmtp:[relay${i % 97}.example]\n`,
  virtusertable: (_, i) => `${word(i)}@v${i % 5_000}.example\tuser${i}@there.example\n`,
  aliases: (_, i) => `${word(i)}: user${i}@there.example\n`,
} satisfies Record<string, Parameters<typeof inputFile>[3]>;

export const opening: Group = {
  name: 'opening',
  about: 'opening a directory with maps of a million entries, and the first answer after a map was replaced',
  async run(bench) {
    const directory = makeDirectory(bench);
    const openings = Array.from({ length: bench.rounds }, () => runCall<Opening>('opening', { directory }));
    const work = 'opening, four maps of 1,000,000 entries';
    const [first, reload] = [openings.map((opened) => opened.first), openings.map((opened) => opened.reload)];
    report(bench, `${work}: first answer`, first, FIRST_MS);
    report(bench, `${work}: first answer after the access map was replaced`, reload, RELOADED_MS);
  },
};

function makeDirectory(bench: Bench): string {
  const directory = `${bench.scratch}/opening`;
  mkdirSync(directory);
  for (const [name, text] of Object.entries(LISTS)) writeFileSync(`${directory}/${name}`, text);
  for (const [name, line] of Object.entries(LINES)) {
    const path = `${directory}/${name}`;
    copyFileSync(inputFile(bench, name, ENTRIES, line), path);
    const argv =
      name === 'aliases'
        ? ours('newaliases', '--no-verify', `-oA${path}`)
        : ours('makemap', '--no-verify', 'hash', path);
    runCommand({ argv, stdin: path });
  }
  return directory;
}

function report(bench: Bench, work: string, samples: readonly Sample[], most: number): void {
  bench.report({
    ...{ work, against: 'a bound', theirs: '', samples: { ours: samples } },
    ours: `${shownTime(medianSeconds(samples))}, processor ${shownTime(medianProcessor(samples))}`,
    figure: 1000 * medianSeconds(samples),
    target: { is: 'atMost', figure: most, unit: 'ms' },
  });
}
