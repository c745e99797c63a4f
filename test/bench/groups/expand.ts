/**
 * Expansion of lists of 10, 1,000 and 100,000 members: `expand` in process, against `sendmail -bv`. Half of the members are
 * addresses elsewhere, half are aliases that lead to one. How time grows with members is a row of its own.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { runCall } from '../call.ts';
import { ours, runCommand } from '../command.ts';
import type { Bench, Group } from '../group.ts';
import { word } from '../inputs.ts';
import type { Room } from '../room.ts';
import { alternate, median, medianSeconds, type Sample, shownRate, shownTime } from '../sample.ts';

const SIZES = [10, 1_000, 100_000] as const;
const TARGET = 25;
/** Members that are expanded in one measurement, for any size of the list. */
const MEMBERS_MEASURED = 200_000;
/** `-bv` is stopped after this time: its own time grows with the square of the members (100,000: ten minutes). */
const LIMIT_SECONDS = 60;
/** Time for a member, in the largest list against the one of 1,000: linear, with some room for caches. */
const GROWTH = 1.3;

export const expand: Group = {
  name: 'expand',
  about: 'expansion of lists, against sendmail -bv',
  async run(bench) {
    const room = await bench.room();
    if (room === undefined) return;
    const perMember = new Map<number, readonly Sample[]>();
    for (const members of SIZES) {
      const directory = await makeWorld(bench, room, members);
      const times = Math.max(2, Math.round(MEMBERS_MEASURED / members));
      const rounds = members > 10_000 ? 1 : bench.rounds;
      const samples = await alternate(rounds, [
        { name: 'ours', run: () => runCall('expand', { directory, address: 'everyone', times, members }) },
        {
          name: 'theirs',
          run: () => runCommand({ argv: room.argv('sendmail', '-bv', 'everyone'), limit: LIMIT_SECONDS }),
        },
      ]);
      const [mine, theirs] = [samples.ours!, samples.theirs!];
      perMember.set(
        members,
        mine.map(({ seconds }) => ({ seconds: seconds / members })),
      );
      bench.report({
        work: `expand, ${members.toLocaleString('en')} members`,
        against: 'sendmail -bv',
        ours: shownRate(mine),
        theirs: shownRate(theirs),
        figure: median(theirs.map(({ seconds }, round) => seconds / mine[round]!.seconds)),
        target: { is: 'atLeast', figure: TARGET },
        samples,
      });
    }
    const [small, large] = [perMember.get(1_000)!, perMember.get(100_000)!];
    bench.report({
      work: 'expand, time for a member of 100,000',
      against: 'a member of 1,000',
      ours: shownTime(medianSeconds(large)),
      theirs: shownTime(medianSeconds(small)),
      figure: medianSeconds(large) / medianSeconds(small),
      target: { is: 'atMost', figure: GROWTH },
      samples: { ours: large, theirs: small },
    });
  },
};

/** The same aliases on both sides; the list itself is a file, since an alias cannot be as long. */
async function makeWorld(bench: Bench, room: Room, members: number): Promise<string> {
  const directory = `${bench.scratch}/expand-${members}`;
  mkdirSync(directory, { recursive: true });
  const list = `${directory}/list`;
  const lines = Array.from({ length: members }, (_, i) =>
    i % 2 === 0 ? `${word(i)}@${word(i >> 4)}.example\n` : `${word(i)}\n`,
  );
  const people = Array.from(
    { length: members >> 1 },
    (_, i) => `${word(2 * i + 1)}: ${word(2 * i + 1)}@home.example\n`,
  );
  const aliases = (include: string): string => `everyone: :include:${include}\n${people.join('')}`;
  writeFileSync(list, lines.join(''), { mode: 0o644 });
  writeFileSync(`${directory}/aliases`, aliases(list));
  runCommand({ argv: ours('newaliases', '-C', '/dev/null', `-oA${directory}/aliases`) });
  await room.prepare({ files: { aliases: aliases('/etc/mail/list') } });
  copyFileSync(list, `${room.etc}/list`);
  return directory;
}
