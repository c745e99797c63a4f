/** Large access maps: text to map, whole processes, ours against the real makemap and Postfix's postmap. */
import { rmSync } from 'node:fs';
import { type Command, ours, runCommand } from '../command.ts';
import type { Bench, Group } from '../group.ts';
import { accessLine, inputFile } from '../inputs.ts';
import { MAP_SIZES, postfix } from '../postfix.ts';
import { alternate, type Contestant, peakMB, type Samples, shown, timeRatio } from '../sample.ts';

const MILLION = 1_000_000;
const VERIFIED = 'makemap hash, 1,000,000 lines';
const UNVERIFIED = `${VERIFIED}, --no-verify`;
const FIVE = 'makemap hash, 5,000,000 lines';
const REAL = 'makemap hash of sendmail';
const POSTMAP = 'postmap lmdb';
/** Memory for 5,000,000 lines. */
const MOST_MB = 400;

export const makemap: Group = {
  name: 'makemap',
  about: 'large access maps, against makemap and postmap',
  async run(bench) {
    const text = inputFile(bench, 'access', MILLION, accessLine);
    const samples = await alternate(bench.rounds, [
      contestant(UNVERIFIED, { argv: ours('makemap', '--no-verify', 'hash', `${bench.scratch}/fast`), stdin: text }),
      contestant(VERIFIED, { argv: ours('makemap', 'hash', `${bench.scratch}/safe`), stdin: text }),
      ...(await real(bench, text)),
      ...postfix(bench, 'postmap', text),
      contestant(FIVE, {
        argv: ours('makemap', 'hash', `${bench.scratch}/five`),
        stdin: inputFile(bench, 'access', 5 * MILLION, accessLine),
      }),
    ]);
    report(bench, samples, UNVERIFIED, REAL, 0.13);
    for (const { label } of MAP_SIZES) {
      report(bench, samples, UNVERIFIED, POSTMAP + label, 0.45);
      report(bench, samples, VERIFIED, POSTMAP + label, 0.85);
    }
    report(bench, samples, FIVE, VERIFIED, 5.5);
    bench.report({
      work: `${FIVE}, memory`,
      against: 'a bound',
      ours: shown(samples[FIVE]!),
      theirs: '',
      figure: peakMB(samples[FIVE]!),
      target: { is: 'atMost', figure: MOST_MB, unit: 'MB' },
      samples: {},
    });
  },
};

const contestant = (name: string, command: Command): Contestant => ({
  name,
  run: () => runCommand({ ...command, memory: true }),
});

async function real(bench: Bench, text: string): Promise<Contestant[]> {
  const room = await bench.room();
  if (room === undefined) return [];
  await room.prepare({});
  const command = { argv: room.argv('makemap', 'hash', '/etc/mail/bench'), stdin: text, memory: true };
  const run = () => {
    rmSync(`${room.etc}/bench.db`, { force: true });
    return runCommand(command);
  };
  return [{ name: REAL, run }];
}

function report(bench: Bench, samples: Samples, work: string, against: string, figure: number): void {
  const [mine, theirs] = [samples[work]!, samples[against]];
  if (theirs === undefined) return;
  bench.report({
    work,
    against,
    ours: shown(mine),
    theirs: shown(theirs),
    figure: timeRatio(mine, theirs),
    target: { is: 'atMost', figure },
    samples: { ours: mine, theirs },
  });
}
