/**
 * Decisions about recipients over an access map of 100,000 entries: `checkRcpt` in process, against check_rcpt of the real
 * sendmail in one `sendmail -bt` process. Both are asked the same recipients of the same clients; test mode gets a
 * client's macros once for all its recipients, and its start is taken off.
 */
import { writeFileSync } from 'node:fs';
import { runCall } from '../call.ts';
import { runCommand } from '../command.ts';
import type { Bench, Group } from '../group.ts';
import {
  decisionsOf,
  LISTS,
  makeRelayWorld,
  type Question,
  typicalQuestions,
  worstQuestions,
  writeQuestions,
} from '../relay-world.ts';
import type { Room } from '../room.ts';
import { alternate, median, type Sample, shownRate } from '../sample.ts';

export const relay: Group = {
  name: 'relay',
  about: 'checkRcpt over an access map of 100,000 entries, against sendmail -bt',
  async run(bench) {
    const room = await bench.room();
    if (room === undefined) return;
    const directory = `${bench.scratch}/relay`;
    const access = makeRelayWorld(bench, directory);
    await room.prepare({ files: LISTS });
    runCommand({ argv: room.argv('makemap', 'hash', '/etc/mail/access'), stdin: access });
    await compare(bench, room, directory, 'typical', typicalQuestions(bench.seed), 30);
    await compare(bench, room, directory, 'worst case (deep domains, IPv6)', worstQuestions(bench.seed), 45);
  },
};

async function compare(
  bench: Bench,
  room: Room,
  directory: string,
  work: string,
  questions: readonly Question[],
  target: number,
): Promise<void> {
  const asked = writeQuestions(`${bench.scratch}/asked`, questions);
  const typed = `${bench.scratch}/typed`;
  writeFileSync(typed, questions.map(typedLines).join(''));
  const testMode = (): Sample => {
    const argv = room.argv('sendmail', '-bt');
    const begun = runCommand({ argv }).seconds;
    return { seconds: (runCommand({ argv, stdin: typed }).seconds - begun) / decisionsOf(questions) };
  };
  const samples = await alternate(bench.rounds, [
    { name: 'ours', run: () => runCall('recipients', { directory, questions: asked }) },
    { name: 'theirs', run: testMode },
  ]);
  const [mine, theirs] = [samples.ours!, samples.theirs!];
  bench.report({
    work: `checkRcpt, ${work}`,
    against: 'check_rcpt in sendmail -bt',
    ours: shownRate(mine),
    theirs: shownRate(theirs),
    figure: median(theirs.map(({ seconds }, round) => seconds / mine[round]!.seconds)),
    target: { is: 'atLeast', figure: target },
    samples,
  });
}

function typedLines({ session: { sender, client }, recipients }: Question): string {
  const macros = {
    '{client_addr}': client.address,
    '{client_name}': client.name,
    '{client_ptr}': client.name,
    '{client_resolve}': 'OK',
    '{mail_from}': `<${sender}>`,
  };
  const set = Object.entries(macros).map(([name, value]) => `.D${name}${value}\n`);
  return `${set.join('')}OracleF <${sender}>\n${recipients.map((each) => `check_rcpt <${each}>\n`).join('')}`;
}
