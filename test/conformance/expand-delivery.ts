/**
 * Real deliveries of random lists: recipients, senders, and the users as whom programs run and files are written.
 */
import { delivered, SENDER, sent, unique } from '../alias/delivery-answer.ts';
import { aliasesOf, machine } from '../machine.ts';
import type { DeliverAnswer, FileSpec, FileStatus } from '../oracle/jobs.ts';
import { wordsOf } from '../read-data.ts';
import { type Comparison, sameAnswer } from './comparison.ts';
import { type Random, random } from './random.ts';

const words = wordsOf('expand-delivery');

/** Programs write down as whom they ran. */
const RAN = ['ran/1', 'ran/2', 'ran/3'];
const FILES = ['ran/f1', 'ran/f2', 'home/alice/f', 'home/bob/f'];

export const deliveryComparison: Comparison = {
  name: 'delivery',
  shortCases: 20,
  run: async (oracle, seed, cases, report) => {
    for (let index = 0; index < cases; index++) {
      const r = random(seed, index);
      const files = deliveryFiles(r);
      const world = machine({ files });
      const address = r.pick(NAMES);
      const { results } = await oracle.ask({
        files,
        queries: [
          { kind: 'deliver', rcpt: address, sender: SENDER, show: RAN },
          ...FILES.map((file) => ({ kind: 'stat', file }) as const),
        ],
      });
      const [answer, ...stats] = results as unknown as [DeliverAnswer, ...{ stat: FileStatus | null }[]];
      const expansion = aliasesOf({ files }).expand(address);
      const ours = sent(expansion, world);
      const all = [...delivered(answer), ...ran(answer), ...written(stats.map(({ stat }) => stat))].sort();
      // an error is reported to the sender or the owner, by deliveries of its own
      const theirs = expansion.errors.length === 0 ? all : all.filter((line) => ours.includes(line));
      report.compared(sameAnswer(ours, theirs) ? undefined : { asked: { address, files }, theirs, ours });
    }
  },
};

const NAMES = [
  'l',
  'm',
  'n',
  'o',
  'l+x',
  'm+y',
  'alice',
  'bob+z',
  'owner-l',
  'owner-n',
  'L',
  'carol',
  'p',
  'l, m',
  'erin',
  'l+',
  'p+z+w',
  '\\bob',
  'x@far.example',
];
const MEMBERS = words('members');
const PROGRAMS = RAN.map((file) => `"|id -u >> /etc/mail/${file}"`);
/**
 * Addresses all, for others than those are answered differently on purpose. A program that failed would be reported to
 * the owner of the owner.
 */
const OWNERS = words('owners');

/** Lists in lists with owners of all kinds, :include: and .forward files of several users. */
function deliveryFiles(r: Random): Record<string, FileSpec> {
  const lines: string[] = [];
  for (const name of ['l', 'm', 'n', 'o', 'p', 'm+y', 'l+*', 'owner', ...(r.chance(0.3) ? ['alice'] : [])]) {
    const members = [...r.sample(MEMBERS, r.int(1, 3)), ...r.sample([...PROGRAMS, '/etc/mail/ran/f1'], r.int(0, 1))];
    if (name !== 'owner' && r.chance(0.8)) lines.push(`${name}: ${members.join(', ')}\n`);
    if (r.chance(0.5)) lines.push(`owner-${name}: ${r.pick(OWNERS)}\n`);
  }
  const list = (): string => `${r.sample([...MEMBERS, ...PROGRAMS], r.int(1, 3)).join(r.pick([', ', '\n']))}\n`;
  const owned = (): FileSpec => ({ text: list(), ...r.pick([{}, { uid: 8, gid: 8 }, { uid: 2001 }, { uid: 2005 }]) });
  const forward = (user: string): string => `${r.pick([`\\${user}`, `/etc/mail/home/${user}/f`, 'p'])}, ${list()}`;
  return {
    aliases: lines.join(''),
    ran: { dir: 1, mode: '0777' },
    ...Object.fromEntries(RAN.map((name) => [name, { text: '', mode: '0666' }])),
    i1: owned(),
    i2: owned(),
    ...(r.chance(0.4) ? { 'home/alice/.forward': forward('alice') } : {}),
    ...(r.chance(0.4) ? { 'home/bob/.forward': forward('bob') } : {}),
    ...(r.chance(0.2) ? { 'home/erin/.forward': list() } : {}),
  };
}

function ran({ files }: DeliverAnswer): string[] {
  return unique(
    RAN.flatMap((name) => (files?.[name] ?? '').split('\n').flatMap((uid) => (uid ? `${name} as ${uid}` : []))),
  );
}

function written(stats: readonly (FileStatus | null)[]): string[] {
  return FILES.flatMap((name, i) => (stats[i] ? [`${name} as ${stats[i].uid}`] : []));
}
