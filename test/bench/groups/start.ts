/**
 * Small maps. The start of Node takes nearly all of the time, so each program is measured against a Node that does nothing; the
 * difference is the time in which the program loads and works.
 */
import { copyFileSync } from 'node:fs';
import { type Command, NODE, ours, runCommand } from '../command.ts';
import type { Group } from '../group.ts';
import { accessLine, aliasLine, inputFile } from '../inputs.ts';
import { alternate, shown, timeRatio } from '../sample.ts';

const LINES = 40;
/** Runs of some 50 ms: medians need more of them. */
const RUNS_PER_ROUND = 5;
const VERIFIED = 1.25;
const UNVERIFIED = 1.12;
const READING = 1.25;

export const start: Group = {
  name: 'start',
  about: 'programs on files of 40 lines, against `node -e 0`',
  async run(bench) {
    const access = inputFile(bench, 'access', LINES, accessLine);
    const aliases = inputFile(bench, 'aliases', LINES, aliasLine);
    const map = `${bench.scratch}/access`;
    const aliasFile = `${bench.scratch}/aliases`;
    copyFileSync(aliases, aliasFile);
    const newaliases = ['-C', '/dev/null', `-oA${aliasFile}`];
    const works: readonly (readonly [string, number, Command])[] = [
      ['makemap', VERIFIED, { argv: ours('makemap', 'hash', map), stdin: access }],
      ['newaliases', VERIFIED, { argv: ours('newaliases', ...newaliases) }],
      ['makemap --no-verify', UNVERIFIED, { argv: ours('makemap', '--no-verify', 'hash', map), stdin: access }],
      ['newaliases --no-verify', UNVERIFIED, { argv: ours('newaliases', '--no-verify', ...newaliases) }],
      ['makemap -u', READING, { argv: ours('makemap', '-u', 'hash', map) }],
      ['praliases', READING, { argv: ours('praliases', '-f', aliasFile) }],
      // a missing key is searched for just as far
      ['editmap -q', READING, { argv: ours('editmap', '-q', 'hash', map, 'nobody@here.example'), statuses: [69] }],
    ];
    const contestants = works.map(([name, , command]) => ({ name, run: () => runCommand(command) }));
    const nothing = { name: 'node -e 0', run: () => runCommand({ argv: [NODE, '-e', '0'] }) };
    const samples = await alternate(bench.rounds * RUNS_PER_ROUND, [nothing, ...contestants]);
    const theirs = samples[nothing.name]!;
    for (const [name, figure] of works) {
      bench.report({
        work: `${name}, ${LINES} lines`,
        against: nothing.name,
        ours: shown(samples[name]!),
        theirs: shown(theirs),
        figure: timeRatio(samples[name]!, theirs),
        target: { is: 'atMost', figure },
        samples: { ours: samples[name]!, theirs },
      });
    }
  },
};
