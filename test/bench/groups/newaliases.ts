/** A large aliases file of real shape: text to map, ours against the real newaliases and Postfix's postalias. */
import { copyFileSync, rmSync } from 'node:fs';
import { ours, runCommand } from '../command.ts';
import type { Bench, Group } from '../group.ts';
import { aliasLine, inputFile } from '../inputs.ts';
import { postfix } from '../postfix.ts';
import { alternate, type Contestant, shown, timeRatio } from '../sample.ts';

const ALIASES = 200_000;
const VERIFIED = 'newaliases, 200,000 aliases';
const UNVERIFIED = `${VERIFIED}, --no-verify`;
const TARGETS = { [VERIFIED]: 0.5, [UNVERIFIED]: 0.4 } as const;

export const newaliases: Group = {
  name: 'newaliases',
  about: 'a large aliases file, against newaliases and postalias',
  async run(bench) {
    const text = inputFile(bench, 'aliases', ALIASES, aliasLine);
    const aliasFile = `${bench.scratch}/aliases`;
    copyFileSync(text, aliasFile);
    const args = ['-C', '/dev/null', `-oA${aliasFile}`];
    const rivals = [...(await real(bench, text)), ...postfix(bench, 'postalias', text)];
    const contestant = (name: string, argv: readonly string[]): Contestant => ({
      name,
      run: () => runCommand({ argv, memory: true }),
    });
    const samples = await alternate(bench.rounds, [
      contestant(VERIFIED, ours('newaliases', ...args)),
      contestant(UNVERIFIED, ours('newaliases', '--no-verify', ...args)),
      ...rivals,
    ]);
    for (const { name: against } of rivals) {
      for (const work of [VERIFIED, UNVERIFIED] as const) {
        const [mine, theirs] = [samples[work]!, samples[against]!];
        bench.report({
          work,
          against,
          ours: shown(mine),
          theirs: shown(theirs),
          figure: timeRatio(mine, theirs),
          target: { is: 'atMost', figure: TARGETS[work] },
          samples: { ours: mine, theirs },
        });
      }
    }
  },
};

async function real(bench: Bench, text: string): Promise<Contestant[]> {
  const room = await bench.room();
  if (room === undefined) return [];
  await room.prepare({ newaliases: false });
  copyFileSync(text, `${room.etc}/aliases`);
  const run = () => {
    rmSync(`${room.etc}/aliases.db`, { force: true });
    return runCommand({ argv: room.argv('newaliases'), memory: true });
  };
  return [{ name: 'newaliases of sendmail', run }];
}
