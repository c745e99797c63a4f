/**
 * Routes, and addresses as others see them, over a virtusertable of 50,000 entries, a mailertable and a genericstable: `route`
 * and `rewrite` in process, against `/parse` and `/try` in one `sendmail -bt`; `expand` through the
 * tables, against one `sendmail -bv`. The start of test mode is taken off.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { random } from '../../conformance/random.ts';
import { runCall } from '../call.ts';
import { ours, runCommand } from '../command.ts';
import type { Bench, Group } from '../group.ts';
import { word } from '../inputs.ts';
import type { Room } from '../room.ts';
import { alternate, median, type Sample, shownRate } from '../sample.ts';

const ENTRIES = 50_000;
const ROUTES = 10_000;
const GENERIC = 20_000;
/** Addresses of one measurement in test mode; `-bv` takes milliseconds each. */
const ASKED = 4_000;
const EXPANDED = 1_000;
const VIRTUAL = ['v.example', 'w.example', 'shop.test'];
const FEATURES = [
  ...['accept_unresolvable_domains', 'virtusertable', 'mailertable', 'genericstable', 'MASQUERADE_AS:m.example'],
  ...VIRTUAL.map((host) => `VIRTUSER_DOMAIN:${host}`),
  'GENERICS_DOMAIN:g.example mail.oracle.test',
];

export const tables: Group = {
  name: 'tables',
  about: 'route, rewrite and expansion through tables, against sendmail -bt and -bv',
  async run(bench) {
    const room = await bench.room();
    if (room === undefined) return;
    const directory = `${bench.scratch}/tables`;
    await makeWorld(directory, room);
    const addresses = askedAddresses(bench.seed);
    const asked = `${bench.scratch}/tables-asked`;
    writeFileSync(asked, addresses.map((address) => `${address}\n`).join(''));
    const features = FEATURES.map((feature) => feature.replace(/ .*/, '')).join(' ');
    const parsed = addresses.map((address) => `/parse ${address}\n`).join('');
    await compare(bench, room, { directory, addresses: asked, features }, 'route', 20, parsed, ASKED);
    const tried = addresses.map((address) => `/try esmtp ${address}\n`).join('');
    await compare(
      bench,
      room,
      { directory, addresses: asked, features },
      'rewrite',
      20,
      `/tryflags HS\n${tried}`,
      ASKED,
    );
    // aliases that lead into the tables: -bv ends with an error for a user whom the system does not have
    const names = Array.from({ length: EXPANDED }, (_, i) => word(i));
    const few = `${bench.scratch}/tables-few`;
    writeFileSync(few, names.map((name) => `${name}\n`).join(''));
    await compare(bench, room, { directory, addresses: few, features }, 'expand', 10, names, EXPANDED);
  },
};

interface World {
  readonly directory: string;
  readonly addresses: string;
  readonly features: string;
}

/** @param typed the lines of test mode, or the addresses of `-bv` */
async function compare(
  bench: Bench,
  room: Room,
  world: World,
  kind: 'route' | 'rewrite' | 'expand',
  target: number,
  typed: string | readonly string[],
  count: number,
): Promise<void> {
  const theirs = (): Sample => {
    if (typeof typed !== 'string') {
      const begun = runCommand({ argv: room.argv('sendmail', '-bv', typed[0]!) }).seconds;
      return { seconds: (runCommand({ argv: room.argv('sendmail', '-bv', ...typed) }).seconds - begun) / count };
    }
    const file = `${bench.scratch}/typed-${kind}`;
    writeFileSync(file, typed);
    const argv = room.argv('sendmail', '-bt');
    const begun = runCommand({ argv }).seconds;
    return { seconds: (runCommand({ argv, stdin: file }).seconds - begun) / count };
  };
  const samples = await alternate(bench.rounds, [
    { name: 'ours', run: () => runCall('tables', { ...world, kind }) },
    { name: 'theirs', run: theirs },
  ]);
  const [mine, real] = [samples.ours!, samples.theirs!];
  bench.report({
    work: `${kind}, through tables of ${ENTRIES.toLocaleString('en')} entries`,
    against: kind === 'expand' ? 'sendmail -bv' : `sendmail -bt, ${kind === 'route' ? '/parse' : '/try'}`,
    ours: shownRate(mine),
    theirs: shownRate(real),
    figure: median(real.map(({ seconds }, round) => seconds / mine[round]!.seconds)),
    target: { is: 'atLeast', figure: target },
    samples,
  });
}

/** The same tables on both sides. */
async function makeWorld(directory: string, room: Room): Promise<void> {
  const line = (count: number, make: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => make(i)).join('');
  const files = {
    'local-host-names': 'local.test\n',
    virtusertable: `@shop.test\t%1@g.example\n${line(ENTRIES, (i) => `${word(i)}@${VIRTUAL[i % 2]}\t${word(i)}@${word(i % 997)}.example\n`)}`,
    mailertable: line(ROUTES, (i) => `${i % 3 === 0 ? '.' : ''}${word(i)}.example\tesmtp:[gate${i % 7}.example]\n`),
    genericstable: line(GENERIC, (i) => `${word(i)}@g.example\tFirst.${word(i)}@out.example\n`),
    aliases: line(1_000, (i) => `${word(i)}: ${word(i)}@${VIRTUAL[i % 2]}\n`),
  };
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(`${directory}/${name}`, text);
  for (const name of ['virtusertable', 'mailertable', 'genericstable']) {
    runCommand({ argv: ours('makemap', 'hash', `${directory}/${name}`), stdin: `${directory}/${name}` });
  }
  runCommand({ argv: ours('newaliases', '-C', '/dev/null', `-oA${directory}/aliases`) });
  await room.prepare({ features: FEATURES, files });
}

function askedAddresses(seed: number): string[] {
  const r = random(seed, 1);
  return r.list(ASKED, () => {
    const host = r.pick([
      ...VIRTUAL,
      'local.test',
      'g.example',
      `${word(r.int(0, ROUTES))}.example`,
      `a.${word(r.int(0, ROUTES))}.example`,
    ]);
    return `${word(r.int(0, ENTRIES))}@${host}`;
  });
}
