/**
 * Random aliases files: what newaliases prints, its status, and the records it stores.
 */
import { NewaliasesDirectory, type NewaliasesRun } from '../cli/run-newaliases.ts';
import type { Oracle } from '../oracle/client.ts';
import { type Comparison, type Report, sameAnswer } from './comparison.ts';
import { type Random, random } from './random.ts';

const CASES_PER_JOB = 25;
/** A hundred times what a file takes; some make sendmail run for ever. */
const PATIENCE_S = 15;

const CHARACTERS = [
  ...'aAbB01.-_+',
  ...'   \t:,;@%!/|<>()"\\[]^#*&\'=~?$`{}',
  '\r',
  '\v',
  '\f',
  '\x01',
  '\x1f',
  '\x7f',
  '\x80',
  '\x9f',
  '\xa0',
  '\xe9',
  '\xc3\xa9',
  '\xff',
];
const NAMES = ['a', 'b', 'Root', 'ROOT', 'postmaster', 'owner-a', 'a.b', 'a+b', 'a+*', '\\a', 'x-1_y', 'error', '0'];
const HOSTS = [
  'localhost',
  'mail',
  'mail.oracle.test',
  'MAIL.oracle.test.',
  'local.test',
  'b.example',
  '[127.0.0.1]',
  'x',
];
const ODD_NAMES = [
  '"a b"',
  '"a:b"',
  'a\\:b',
  'a b',
  '<a>',
  'Joe <a>',
  '"Joe" <b>',
  'a(c)',
  '(c) a',
  'a (c (d))',
  '|prog',
  '"|x y"',
  '/file',
  '"/f g"',
  ':include:/x',
  '":include:/x"',
  '@x',
  '@',
  'a@',
  'a@@b',
  'a%b',
  'a!b',
  'a%mail',
  'a@b@c',
  'list:;',
  'list: a;',
  'a,b',
  '<a,b>',
  '<@x:a@b>',
  '(a',
  'a)',
  '<a',
  'a>',
  'a"b',
  '"a',
  'a\\',
  'a@.x',
  'a@x..y',
  'a@[1.2.3.4',
  'a@[1.2.3.4]x',
  '"a"@mail',
  '"a@b"@mail',
  '""',
  '<>',
  '()',
  'a@mail@mail',
  'user@x:y',
];

/** A few bytes of anything. */
function noise(r: Random, most: number): string {
  return r.list(r.int(0, most), () => r.pick(CHARACTERS)).join('');
}

function name(r: Random): string {
  return r.weighted<() => string>([
    [8, () => r.pick(NAMES)],
    [3, () => `${r.pick(NAMES)}@${r.pick(HOSTS)}`],
    [5, () => r.pick(ODD_NAMES)],
    [3, () => noise(r, 8)],
    [1, () => 'k'.repeat(r.pick([199, 200, 201, 253, 254, 255, 256, 257, 300, 1300]))],
    [1, () => `${r.pick(NAMES)}${noise(r, 3)}`],
    [0.5, () => hostile(r)],
  ])();
}

/** Deep, long and unfinished syntax. */
function hostile(r: Random): string {
  const many = r.pick([2, 3, 20, 60, 127, 256]);
  const opening = r.pick([
    '(',
    '"',
    '<',
    '\\',
    '(\\',
    '"\\',
    '<@a,',
    '@',
    '%',
    '!',
    '.',
    ',',
    ';',
    ':include:',
    'a:b:',
  ]);
  return `${r.pick(['', 'a', '"a'])}${opening.repeat(many)}${r.pick(['', 'a', ')', '"', '>', ')'.repeat(many), '"'.repeat(many)])}`;
}

function value(r: Random): string {
  const separator = (): string => r.pick([',', ', ', ' , ', ',,', ',\n  ', ', \n\t', ' ', ';', ',\\\n']);
  let text = r.pick(['', ' ', '\t', '  ']);
  for (let left = r.int(0, 4); left > 0; left--) text += name(r) + separator();
  return text + r.pick(['', ' ', name(r), noise(r, 6)]);
}

/** A line whose joined length is near the limit of 8190 bytes. */
function longLine(r: Random): string {
  const filler = r.pick(['x', 'ab,', 'y ', '\\']);
  const rest = filler.repeat(9000).slice(0, 8190 + r.int(-6, 6));
  const at = r.int(1, 8180);
  const broken = r.chance(0.5) ? rest.slice(0, at) + r.pick(['\n ', '\\\n', '\n\t']) + rest.slice(at) : rest;
  // Fewer blanks: where the full buffer meets one, sendmail runs for ever, which takes time to see.
  return `${r.pick(['a: ', '#', 'bad', ''])}${broken.replaceAll(/[ \t]{2,}|(?<!\n)[ \t]/g, 'z')}`;
}

function line(r: Random): string {
  return r.weighted<() => string>([
    [12, () => `${name(r)}${r.pick([':', ': ', ' : ', ':\t', ':\n  '])}${value(r)}`],
    [1, () => `#${noise(r, 8)}`],
    [1, () => ''],
    [1, () => `${r.pick([' ', '\t'])}${noise(r, 8)}`],
    [1, () => noise(r, 20)],
    [1, () => `${noise(r, 4)}\0${noise(r, 4)}`],
    [0.4, () => longLine(r)],
    [0.5, () => `${r.pick(NAMES)}:`],
  ])();
}

/** One aliases file. */
export function aliasesFile(r: Random): string {
  const lines = r.list(
    r.int(1, 6),
    () =>
      line(r) +
      r.weighted([
        [12, '\n'],
        [1, '\r\n'],
        [1, '\\\n'],
        [1, '\n\n'],
        [1, '\\\\\n'],
      ]),
  );
  const joined = lines.join('');
  const text = r.chance(0.04) ? joined.replaceAll('\n', '\r\n') : joined;
  return r.chance(0.1) ? text.slice(0, -1) : text;
}

interface Side {
  readonly rc: number | null;
  readonly stdout: string;
  readonly dump?: readonly string[] | undefined;
}

async function ours(directory: NewaliasesDirectory, text: string, args: readonly string[]): Promise<Side> {
  directory.put('aliases', text);
  directory.remove('aliases.lmdb');
  const { rc, stdout, dump }: NewaliasesRun = await directory.run(['--no-verify', ...args]);
  return { rc, stdout, dump };
}

interface How {
  /** CheckAliases. */
  readonly check: boolean;
  readonly args: readonly string[];
}

async function compareJob(oracle: Oracle, texts: readonly string[], how: How, report: Report): Promise<void> {
  const { check, args } = how;
  const directory = new NewaliasesDirectory();
  const files = { 'local-host-names': 'local.test\n' };
  directory.put('local-host-names', files['local-host-names']);
  directory.configure(['O AliasFile=/etc/mail/aliases', `O CheckAliases=${check}`]);
  const queries = texts.map((text) => ({ kind: 'newaliases', aliases: { text }, args, timeout: PATIENCE_S }) as const);
  const features = [...DEFAULT, ...(check ? ['define:confCHECK_ALIASES=True'] : [])];
  const { results } = await oracle.ask({ features, files, newaliases: false, queries });
  for (const [i, text] of texts.entries()) {
    const { rc, stdout, dump } = results[i]!;
    // A value may hold what the dump takes for a line's end.
    const theirs: Side = { rc, stdout, dump: dump?.join('\n').split('\n').sort() };
    const mine = await ours(directory, text, args);
    // Where the full buffer meets a blank, sendmail runs until it is killed.
    if (rc === null && mine.stdout.includes('alias line too long')) {
      report.compared();
      continue;
    }
    const same: Side = { ...mine, dump: mine.dump?.join('\n').split('\n').sort() };
    report.compared(sameAnswer(theirs, same) ? undefined : { asked: { text, ...how }, theirs, ours: same });
  }
  directory.clear();
}

const DEFAULT = ['accept_unresolvable_domains', 'blocklist_recipients'];

export const newaliases: Comparison = {
  name: 'newaliases',
  shortCases: 500,
  async run(oracle, seed, cases, report) {
    for (let done = 0; done < cases; done += CASES_PER_JOB) {
      const r = random(seed, done);
      const texts = r.list(CASES_PER_JOB, () => aliasesFile(r));
      const check = r.chance(0.4);
      const flags = r.weighted([
        [6, undefined],
        [2, '-A '],
        [1, r.pick(['-A -f ', '-N ', '-O ', '-m ', '-a.X ', '-q ', '-A -o '])],
      ]);
      const args = flags === undefined ? [] : [`-OAliasFile=hash:${flags}/etc/mail/aliases`];
      await compareJob(oracle, texts, { check, args }, report);
    }
  },
};
