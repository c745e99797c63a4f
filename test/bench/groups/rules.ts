/**
 * Rulesets of Debian's own sendmail.cf: the engine in process, against one `sendmail -bt` that gets the same lines; and the
 * time to open the file. The start of test mode is taken off, and both sides read the same Berkeley DB file.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Random, random } from '../../conformance/random.ts';
import { runCall } from '../call.ts';
import { runCommand } from '../command.ts';
import type { Bench, Group } from '../group.ts';
import { accessLine, inputFile, word } from '../inputs.ts';
import { LISTS } from '../relay-world.ts';
import type { Room } from '../room.ts';
import { alternate, median, medianSeconds, type Sample, shownRate, shownTime } from '../sample.ts';

const TARGET = 10;
const ENTRIES = 2000;
const ADDRESSES = 20_000;
const CLIENTS = 100;
const RECIPIENTS_EACH = 60;
const MOST_OPENING_MS = 40;
const FEATURES = ['ostype:debian', 'accept_unresolvable_domains', 'blocklist_recipients'];

interface Work {
  readonly name: string;
  readonly lines: readonly string[];
}

export const rules: Group = {
  name: 'rules',
  about: "rulesets of Debian's sendmail.cf, against sendmail -bt",
  async run(bench) {
    const room = await bench.room();
    if (room === undefined) return;
    const cf = await prepare(bench, room);
    const r = random(bench.seed, 3);
    for (const work of [addresses(r), recipients(r)]) await compare(bench, room, cf, work);
    await opening(bench, cf);
  },
};

/** The same directory for both sides; ours is a copy of the room's. Returns our sendmail.cf. */
async function prepare(bench: Bench, room: Room): Promise<string> {
  const switchFile = 'hosts files\naliases files\n';
  await room.prepare({ features: FEATURES, files: { ...LISTS, 'service.switch': switchFile } });
  runCommand({
    argv: room.argv('makemap', 'hash', '/etc/mail/access'),
    stdin: inputFile(bench, 'rules-access', ENTRIES, accessLine),
  });
  const directory = `${bench.scratch}/rules`;
  mkdirSync(directory);
  for (const name of [...Object.keys(LISTS), 'service.switch', 'access.db', 'sendmail.cf'])
    copyFileSync(`${room.etc}/${name}`, `${directory}/${name}`);
  const cf = readFileSync(`${directory}/sendmail.cf`, 'latin1').replaceAll('/etc/mail/', `${directory}/`);
  writeFileSync(`${directory}/sendmail.cf`, `O ServiceSwitchFile=${directory}/service.switch\n${cf}`, 'latin1');
  return `${directory}/sendmail.cf`;
}

function host(r: Random): string {
  return r.pick(['here.example', 'example.com', 'customer.example', `${word(r.int(0, 999))}.example`]);
}

function addresses(r: Random): Work {
  const lines = r.list(ADDRESSES, () => `3,0 ${word(r.int(0, 9_999))}@${host(r)}`);
  return { name: 'rulesets 3 and 0', lines };
}

function recipients(r: Random): Work {
  const lines = r.list(CLIENTS, (i) => [
    `.D{client_addr}198.51.${i % 256}.${r.int(1, 254)}`,
    `.D{client_name}mx${i}.${word(r.int(0, 999))}.example`,
    '.D{client_resolve}OK',
    `OracleF <${word(r.int(0, 9_999))}@${word(i)}.example>`,
    ...r.list(RECIPIENTS_EACH, () => `check_rcpt <${word(r.int(0, 9_999))}@${host(r)}>`),
  ]);
  return { name: 'check_rcpt', lines: lines.flat() };
}

async function compare(bench: Bench, room: Room, cf: string, { name, lines }: Work): Promise<void> {
  const typed = `${bench.scratch}/rules-typed`;
  writeFileSync(typed, lines.map((line) => `${line}\n`).join(''), 'latin1');
  const asked = lines.filter((line) => !line.startsWith('.')).length;
  const argv = room.argv('sendmail', '-bt');
  const testMode = (): Sample => {
    const begun = runCommand({ argv }).seconds;
    return { seconds: (runCommand({ argv, stdin: typed }).seconds - begun) / asked };
  };
  const samples = await alternate(bench.rounds, [
    { name: 'ours', run: () => runCall('rulesets', { cf, typed, rounds: 3 }) },
    { name: 'theirs', run: testMode },
  ]);
  const [mine, theirs] = [samples.ours!, samples.theirs!];
  bench.report({
    work: `${name} of Debian's sendmail.cf`,
    against: 'the same in sendmail -bt',
    ours: shownRate(mine),
    theirs: shownRate(theirs),
    figure: median(theirs.map(({ seconds }, round) => seconds / mine[round]!.seconds)),
    target: { is: 'atLeast', figure: TARGET },
    samples,
  });
}

async function opening(bench: Bench, cf: string): Promise<void> {
  const samples = await alternate(bench.rounds, [{ name: 'ours', run: () => runCall('openRules', { cf }) }]);
  const mine = samples.ours!;
  bench.report({
    work: `opening a sendmail.cf of ${readFileSync(cf, 'latin1').split('\n').length} lines, first in a process`,
    against: '',
    ours: shownTime(medianSeconds(mine)),
    theirs: '',
    figure: 1000 * medianSeconds(mine),
    target: { is: 'atMost', figure: MOST_OPENING_MS, unit: 'ms' },
    samples,
  });
}
