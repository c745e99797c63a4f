/**
 * Random input for makemap and editmap, ours against sendmail's: bytes, long lines, odd spaces, quotes, duplicates and
 * every option, several programs one after another on the same map. Compared are both outputs, the status, the records
 * and the mode of the file.
 *
 * Differences on purpose are part of the comparison, not left out of it:
 * - a line that is too long or has a NUL is refused whole: sendmail is given `\0` in its place, which it refuses with the
 *   same message and no rest;
 * - LMDB keeps the values of a key (`-d`) in its own order, equal ones once: then records are compared as a set, keys and
 *   values are not empty (which is an error of ours), and editmap is not asked;
 * - a map keeps the form of its keys: `-N` is given for a map always, or never.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main as editmap } from '../../src/cli/sendmail/editmap.ts';
import { main as makemap } from '../../src/cli/sendmail/makemap.ts';
import { runProgram } from '../cli/run-program.ts';
import type { Oracle } from '../oracle/client.ts';
import type { EditmapQuery, MakemapQuery, MapAnswer } from '../oracle/jobs.ts';
import { type Comparison, sameAnswer } from './comparison.ts';
import { type Random, random } from './random.ts';

type Step = (MakemapQuery | EditmapQuery) & { readonly name: string };

/** The results of either side, in one form. */
interface Said {
  readonly rc: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly dump: readonly string[] | undefined;
  readonly mode: string | undefined;
}

const STEPS_PER_JOB = 100;
const MAX_LINE = 1022;
/** The start of the names of maps that were made with `-d`. */
const DUPLICATES = 'dup-';
/** The start of the names of maps whose keys end with a NUL. */
const NULS = 'nul-';

export const makemapComparison: Comparison = {
  name: 'makemap',
  shortCases: 300,
  async run(oracle, seed, cases, report) {
    const directory = mkdtempSync(join(tmpdir(), 'mailmaps-conformance-'));
    try {
      for (let done = 0; done < cases; ) {
        const steps: Step[] = [];
        for (let map = 0; steps.length < STEPS_PER_JOB; map++)
          steps.push(...story(random(seed, done + map), `m${done}-${map}`));
        const theirs = await ask(oracle, steps);
        for (const [index, step] of steps.entries()) {
          const ours = await answer(directory, step);
          const same = sameAnswer(ours, theirs[index]);
          report.compared(same ? undefined : { asked: step, theirs: theirs[index], ours });
        }
        done += steps.length;
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

/** Steps on one map, one after another. */
function story(r: Random, id: string): Step[] {
  const duplicates = r.chance(0.1);
  const name = `${r.chance(0.2) ? NULS : ''}${duplicates ? DUPLICATES : ''}${id}`;
  const type = r.pick(['hash', 'hash', 'btree', 'implicit']);
  const first = makemapStep(r, name, type, duplicates, false);
  const more = r.list(
    r.weighted([
      [5, 0],
      [3, 1],
      [2, 3],
    ]),
    (): Step =>
      duplicates || r.chance(0.5)
        ? makemapStep(r, name, type, duplicates && r.chance(0.5), true)
        : editmapStep(r, name, type),
  );
  return [first, ...more];
}

function makemapStep(r: Random, name: string, usual: string, allValues: boolean, keep: boolean): Step {
  const duplicates = name.includes(DUPLICATES);
  const delimiter = r.chance(0.25)
    ? r.pick([':', ' ', '\t', ',', '=', 'a', 'B', '\xc3\xa9', '"', '::', ', ', '#', '\r', ''])
    : undefined;
  const comment = r.chance(0.15) ? r.pick(['', ';', '#', ' ', '\t', 'a', '!x', '\xc3\xa9', '-']) : undefined;
  const flags = (duplicates ? 'frsv' : 'efrsv')
    .split('')
    .filter(() => r.chance(0.18))
    .map((letter) => `-${letter}`);
  if (name.startsWith(NULS)) flags.push('-N');
  if (allValues) flags.push('-d');
  if (r.chance(keep ? 0.8 : 0.02)) flags.push('-o');
  if (keep && r.chance(0.08)) flags.push('-u');
  if (delimiter !== undefined) flags.push(...valued(r, '-t', delimiter));
  if (comment !== undefined) flags.push(...valued(r, '-D', comment));
  if (r.chance(0.05)) flags.push(...valued(r, '-c', r.pick(['1000', 'x', ''])));
  if (r.chance(0.03)) flags.push(...valued(r, '-i', r.pick(['hash', 'nosuch', 'cf'])));
  if (r.chance(0.02)) flags.push(r.pick(['-Z', '-t', '--', '-', '-l', '--nosuch', '-x', '-1', 'hash']));
  const type = r.chance(0.98) ? usual : r.pick(['HASH', 'dbm', 'ldap', '']);
  const lines = r.list(
    r.weighted([
      [1, 0],
      [6, r.int(1, 6)],
      [3, r.int(5, 40)],
    ]),
    () => line(r, delimiter?.[0], duplicates),
  );
  const ending = r.chance(0.05) ? '\r\n' : '\n';
  const stdin = lines.join(ending) + (r.chance(0.85) ? '\n' : '');
  const dumpArgs = r.chance(0.1) ? ['-u', '-t', r.pick([':', ' ', 'xy'])] : ['-u'];
  return { kind: 'makemap', name, type, keep, args: grouped(r, flags), stdin, dumpArgs };
}

function editmapStep(r: Random, name: string, usual: string): Step {
  const action = r.weighted([
    [4, '-q'],
    [4, '-u'],
    [3, '-x'],
    [0.3, '-Z'],
    [0.2, ''],
  ]);
  const flags = [action, r.chance(0.25) ? '-f' : '', name.startsWith(NULS) ? '-N' : ''].filter(Boolean);
  const value = action === '-u' ? r.chance(0.95) : r.chance(0.03);
  const type = r.chance(0.98) ? usual : r.pick(['nosuch', 'Hash']);
  return {
    kind: 'editmap',
    name: r.chance(0.95) ? name : `${name}-other`,
    type,
    args: grouped(r, flags),
    key: argument(r, r.chance(0.97) ? key(r) : ''),
    ...(value ? { value: argument(r, text(r, r.int(0, 12))) } : {}),
  };
}

/** `-tX` or `-t X`; an empty value only goes the second way. */
function valued(r: Random, flag: string, value: string): string[] {
  return value === '' || r.chance(0.5) ? [flag, value] : [`${flag}${value}`];
}

/** Options in any order, some of them in one word. */
function grouped(r: Random, flags: readonly string[]): string[] {
  const plain = flags.filter((flag) => /^-[a-zA-Z]$/.test(flag) && !'tDci'.includes(flag[1]!));
  if (plain.length < 2 || plain.length !== flags.length || r.chance(0.5)) return [...flags];
  return [
    `-${r
      .sample(plain, plain.length)
      .map((flag) => flag[1])
      .join('')}`,
  ];
}

/**
 * Arguments cannot hold a NUL, Node hands on UTF-8 only, and one that looks like an option is not what is asked here.
 */
function argument(r: Random, word: string): string {
  const plain = word
    .replaceAll('\0', 'x')
    .replaceAll('\n', ' ')
    .replace(/[\x80-\xff]/g, '\xc3\xa9');
  return plain.startsWith('-') && r.chance(0.9) ? `x${plain}` : plain;
}

const WORDS = [
  'a',
  'A',
  'b',
  'key',
  'Key',
  'KEY',
  'from:a@b.example',
  'From:A@B.Example',
  '"x y"',
  "'q'",
  '%1',
  'a\\',
  '@',
  '#',
  '-o',
  'k#',
  '\xc9',
  '\xe9',
  '\xff',
  '192.0.2',
];

function key(r: Random): string {
  return r.weighted([
    [6, r.pick(WORDS)],
    [2, `${r.pick(WORDS)}${r.int(0, 20)}`],
    [1, text(r, r.int(1, 8)).replace(/[\s\0]/g, 'k') || 'k'],
    [0.1, 'K'.repeat(r.int(900, 1021))],
  ]);
}

function text(r: Random, length: number): string {
  const byte = (): number =>
    r.weighted([
      [12, r.int(0x20, 0x7e)],
      [2, r.pick([0x20, 0x09, 0x0d, 0x0b, 0x0c, 0x22, 0x5c])],
      [2, r.int(0x80, 0xff)],
      [0.3, r.int(1, 0x1f)],
    ]);
  return String.fromCharCode(...r.list(length, byte)).replaceAll('\n', '\t');
}

function line(r: Random, delimiter: string | undefined, duplicates: boolean): string {
  const space = r.pick([' ', '\t', '  ', ' \t', '\r', '\v', '\f ', '\t\t']);
  const between =
    delimiter === undefined || r.chance(0.15)
      ? space
      : delimiter.repeat(
          r.weighted([
            [6, 1],
            [2, 2],
            [1, 3],
          ]),
        );
  const made = r.weighted([
    [20, `${key(r)}${between}${text(r, r.int(0, 20))}`],
    [6, `${key(r)}${between}${r.pick(['1', 'REJECT', 'ok # no', 'two words ', '"q"', '\\'])}`],
    [2, key(r)],
    [1, `${key(r)}${between}`],
    [1.5, r.pick(['', '', '# comment', '#', ';x y', '!c', ' ', '\t', '\r', ' # c', '\x00', '#\x00'])],
    [1, `${space}${key(r)}${between}v`],
    [1, `${key(r)}${between}${r.pick(['x\0', '\0', 'a\0b c'])}`],
    [0.5, `${delimiter ?? ''}${text(r, r.int(0, 9))}`],
    [
      1,
      `${key(r)}${between}${'v'.repeat(r.pick([1000, 1015, 1019, 1020, 1021, 1022, 1023, 1024, 2046, 2050]))}`.slice(
        0,
        r.pick([1021, 1022, 1023, 1024, 1025, 2045, 2046, 2047, 3000]),
      ),
    ],
    [0.5, text(r, r.int(1, 40))],
  ]);
  const ended = r.chance(0.04) ? `${made}\r` : made;
  return duplicates && delimiter !== undefined && ended.startsWith(delimiter) ? `k${ended}` : ended;
}

/** The input in which what we refuse whole is something that sendmail refuses whole. */
function withoutRest(stdin: string): string {
  const isRefused = (each: string): boolean => each.length > MAX_LINE || each.includes('\0');
  return stdin
    .split('\n')
    .map((each, index, all) => (isRefused(each) ? (index === all.length - 1 ? '\0\n' : '\0') : each))
    .join('\n');
}

async function ask(oracle: Oracle, steps: readonly Step[]): Promise<Said[]> {
  const queries = steps.map((step) => (step.kind === 'makemap' ? { ...step, stdin: withoutRest(step.stdin!) } : step));
  const { results } = await oracle.ask({ queries });
  return results.map((result, index) => said(steps[index]!, result as MapAnswer));
}

function said(step: Step, { rc, stdout, stderr, dump, db }: MapAnswer): Said {
  // getopt names the program as it was started.
  const plain = stderr.replace(/^\S*\/(?=(?:make|edit)map: (?:invalid option|option requires))/m, '');
  return { rc, stdout: printed(step, stdout), stderr: plain, dump: comparable(step, dump), mode: db?.mode };
}

/** Dumps are in another order than ours, and keep equal pairs of `-d`. */
function comparable(step: Step, dump: readonly string[] | undefined): readonly string[] | undefined {
  const keepsAll = step.name.includes(DUPLICATES);
  return dump && (keepsAll ? [...new Set(dump)] : [...dump]).sort();
}

/** The output of `-u` is a dump, too. */
function printed(step: Step, stdout: string): string {
  const isDump = step.args?.some((word) => /^-[^tDci]*u/.test(word)) ?? false;
  return isDump ? comparable(step, stdout.split('\n'))!.join('\n') : stdout;
}

async function answer(directory: string, step: Step): Promise<Said> {
  const map = join(directory, step.name);
  const file = `${map}.lmdb`;
  if (step.kind === 'makemap' && !step.keep) rmSync(file, { force: true });
  const argv = ['--no-verify', ...(step.args ?? []), step.type ?? 'hash', map];
  if (step.kind === 'editmap') argv.push(...[step.key, step.value].filter((word) => word !== undefined));
  const main = step.kind === 'makemap' ? makemap : editmap;
  const stdin = step.kind === 'makemap' ? step.stdin! : '';
  const run = await runProgram(main, argv, { stdin, argv0: step.kind });
  const stats = statSync(file, { throwIfNoEntry: false });
  const dumpArgs = step.kind === 'makemap' ? step.dumpArgs! : ['-u'];
  const dump =
    stats && (await runProgram(makemap, [...dumpArgs, step.type ?? 'hash', map])).stdout.split('\n').slice(0, -1);
  return {
    rc: run.rc,
    stdout: printed(step, run.stdout),
    stderr: theirs(run.stderr, directory),
    dump: comparable(step, dump),
    mode: stats && (stats.mode & 0o7777).toString(8).padStart(4, '0'),
  };
}

/** Our texts with the names that sendmail has seen, without our own warnings and those about directories above ours. */
function theirs(stderr: string, directory: string): string {
  const named = stderr.replaceAll(directory, '/etc/mail');
  return named.replace(/^warning: .*\n/gm, '').replace(/^WARNING: \w+ writable directory (?!\/etc\/mail)\S+\n/gm, '');
}
