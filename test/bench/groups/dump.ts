/** Maps of a million records back to text: praliases and makemap -u, ours against the real ones. */
import { ours, runCommand } from '../command.ts';
import type { Group } from '../group.ts';
import { accessLine, inputFile } from '../inputs.ts';
import { alternate, shown, timeRatio } from '../sample.ts';

const MILLION = 1_000_000;
const TARGET = 0.25;

export const dump: Group = {
  name: 'dump',
  about: 'praliases and makemap -u, against the real ones',
  async run(bench) {
    const room = await bench.room();
    if (room === undefined) return;
    const text = inputFile(bench, 'access', MILLION, accessLine);
    const map = `${bench.scratch}/access`;
    await room.prepare({ files: { aliases: null } });
    runCommand({ argv: ours('makemap', '--no-verify', 'hash', map), stdin: text });
    runCommand({ argv: room.argv('makemap', 'hash', '/etc/mail/aliases'), stdin: text });
    const works: readonly (readonly [string, readonly string[], readonly string[]])[] = [
      ['praliases', ours('praliases', '-f', map), room.argv('praliases', '-f', '/etc/mail/aliases')],
      ['makemap -u', ours('makemap', '-u', 'hash', map), room.argv('makemap', '-u', 'hash', '/etc/mail/aliases')],
    ];
    for (const [program, mine, theirs] of works) {
      const run = (argv: readonly string[]) => () =>
        runCommand({ argv, stdout: `${bench.scratch}/printed`, memory: true });
      const samples = await alternate(bench.rounds, [
        { name: 'ours', run: run(mine) },
        { name: 'theirs', run: run(theirs) },
      ]);
      bench.report({
        work: `${program}, 1,000,000 records`,
        against: `${program} of sendmail`,
        ours: shown(samples.ours!),
        theirs: shown(samples.theirs!),
        figure: timeRatio(samples.ours!, samples.theirs!),
        target: { is: 'atMost', figure: TARGET },
        samples,
      });
    }
  },
};
