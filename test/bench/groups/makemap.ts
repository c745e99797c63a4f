/** Large access maps: text to map, whole processes, ours against the real makemap, Postfix's postmap and a program in C. */
import { rmSync } from 'node:fs';
import { cProgram } from '../c-program.ts';
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
const IN_C = 'a program in C that sorts and appends';
const NAMED_ACCESS = 'makemap hash access, 1,000,000 lines';
/** Memory for 5,000,000 lines. */
const MOST_MB = 400;

export const makemap: Group = {
  name: 'makemap',
  about: 'large access maps, against makemap, postmap and C',
  async run(bench) {
    const text = inputFile(bench, 'access', MILLION, accessLine);
    const samples = await alternate(bench.rounds, [
      contestant(UNVERIFIED, { argv: ours('makemap', '--no-verify', 'hash', `${bench.scratch}/fast`), stdin: text }),
      contestant(VERIFIED, { argv: ours('makemap', 'hash', `${bench.scratch}/safe`), stdin: text }),
      ...(await real(bench, text)),
      ...postfix(bench, 'postmap', text),
      ...inC(bench, text),
      contestant(NAMED_ACCESS, { argv: ours('makemap', 'hash', `${bench.scratch}/access`), stdin: text }),
      contestant(FIVE, {
        argv: ours('makemap', 'hash', `${bench.scratch}/five`),
        stdin: inputFile(bench, 'access', 5 * MILLION, accessLine),
      }),
    ]);
    report(bench, samples, UNVERIFIED, REAL, 0.09);
    for (const { label } of MAP_SIZES) {
      report(bench, samples, UNVERIFIED, POSTMAP + label, 0.45);
      report(bench, samples, VERIFIED, POSTMAP + label, 0.4);
    }
    report(bench, samples, UNVERIFIED, IN_C, 1.5);
    report(bench, samples, VERIFIED, IN_C, 1.5);
    // the entries of a map of this name are judged
    report(bench, samples, NAMED_ACCESS, VERIFIED, 1.3);
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

function inC(bench: Bench, text: string): Contestant[] {
  const path = cProgram(bench, 'append', 'lmdb');
  return path === undefined ? [] : [contestant(IN_C, { argv: [path, `${bench.scratch}/c.lmdb`], stdin: text })];
}

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
