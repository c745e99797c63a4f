/**
 * Random command lines of makemap, editmap, praliases and newaliases in one directory, ours against sendmail's: what they
 * print, their statuses, and after each of them every map with its records, mode and owner.
 */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { main as editmap } from '../../src/cli/sendmail/editmap.ts';
import { getopt } from '../../src/cli/sendmail/getopt.ts';
import { main as makemap } from '../../src/cli/sendmail/makemap.ts';
import { main as newaliases } from '../../src/cli/sendmail/newaliases.ts';
import { EDITMAP } from '../../src/cli/sendmail/option-tables.ts';
import { main as praliases } from '../../src/cli/sendmail/praliases.ts';
import { runProgram } from '../cli/run-program.ts';
import { type Oracle, oracleDirectory } from '../oracle/client.ts';
import { configuration } from '../oracle/features.ts';
import type { FileSpec, FileStatus, Query, Ran } from '../oracle/jobs.ts';
import {
  type CommandLine,
  type CommandWorld,
  commandWorld,
  EMPTY_MAPS,
  LINKS,
  type MAPS,
  mapsOf,
} from './command-lines.ts';
import { type Comparison, sameAnswer } from './comparison.ts';
import { random } from './random.ts';

const COMMANDS_PER_WORLD = 12;
const PROGRAMS = { makemap, editmap, praliases, newaliases };

/** The results of either side and the maps after them, in one form. */
interface Said {
  readonly rc: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly maps: Readonly<Record<string, string>>;
}

export const programsComparison: Comparison = {
  name: 'programs',
  shortCases: 100,
  async run(oracle, seed, cases, report) {
    for (let done = 0, index = 0; done < cases; index++) {
      const world = commandWorld(random(seed, index), COMMANDS_PER_WORLD);
      const theirs = await askTheirs(oracle, world);
      const ours = await askOurs(world);
      for (const [i, line] of world.lines.slice(0, ours.length).entries()) {
        const same = sameAnswer(ours[i], theirs[i]);
        const before = world.lines.slice(0, i);
        report.compared(
          same ? undefined : { asked: { line, index, ...world, lines: before }, theirs: theirs[i], ours: ours[i] },
        );
        done++;
        // what follows would differ, too
        if (!same) break;
      }
    }
  },
};

async function askTheirs(oracle: Oracle, { files, features, cf, lines }: CommandWorld): Promise<Said[]> {
  const maps = Object.fromEntries(
    Object.entries(EMPTY_MAPS).map(([name, spec]) => [`${name}.db`, { text: '', ...spec }]),
  );
  const links = Object.fromEntries(
    Object.entries(LINKS).map(([name, target]) => [`${name}.db`, { link: `${target}.db` }]),
  );
  const { results } = await oracle.ask({
    features,
    cf,
    newaliases: false,
    files: { ...files, ...maps, ...links },
    queries: lines.flatMap((line): Query[] => [{ kind: 'cmd', ...line }, ...mapsOf(line).flatMap(looks)]),
  });
  const answers = (results as readonly unknown[] as (Ran & { stat: FileStatus | null })[]).values();
  const next = (): Ran & { stat: FileStatus | null } => answers.next().value!;
  return lines.map((line) => {
    const ran = next();
    return said(line, ran, Object.fromEntries(mapsOf(line).map(([name]) => [name, describe(next().stat, next())])));
  });
}

function looks([name, type]: (typeof MAPS)[number]): Query[] {
  return [
    { kind: 'stat', file: `${name}.db` },
    { kind: 'cmd', prog: 'makemap', args: ['-us', type, name] },
  ];
}

function describe(stat: FileStatus | null, dump: { readonly stdout: string }): string {
  if (stat === null) return 'none';
  return `${stat.mode} ${stat.uid}:${stat.gid} ${sorted(dump.stdout)}`;
}

/** Ours keeps keys in order. */
function sorted(text: string): string {
  return text.split('\n').sort().join('\n');
}

function said({ prog, args }: CommandLine, { rc, stdout, stderr }: Ran, maps: Said['maps']): Said {
  const isPrinted = prog === 'praliases' || args.some((word) => /^-[^tDciC]*u/.test(word));
  // getopt names the program as it was started
  const plain = stderr.replace(/^\S*\/(?=\w+: (?:invalid option|option requires|illegal option|unrecognized))/gm, '');
  return { rc, stdout: isPrinted ? sorted(stdout) : stdout, stderr: plain, maps };
}

/**
 * True for a key that ends with a NUL in the map, asked for without -N: ours finds it, sendmail's does not
 * (COMPATIBILITY.md), and what follows would differ, too.
 */
async function hasKeyWithNul({ args }: CommandLine, directory: string): Promise<boolean> {
  const { options, operands } = getopt(
    args.map((word) => here(directory, word)),
    EDITMAP.letters,
    EDITMAP.words,
  );
  const has = (letter: string): boolean => options.some(({ name }) => name === letter);
  if (has('N')) return false;
  const asked = [`-C${directory}/sendmail.cf`, '-Nq', ...(has('f') ? ['-f'] : []), ...operands.slice(0, 3)];
  return (await runProgram(editmap, asked)).rc === 0;
}

/** Our results, up to the first line that may differ. */
async function askOurs(world: CommandWorld): Promise<Said[]> {
  const above = mkdtempSync(join(tmpdir(), 'mailmaps-programs.'));
  chmodSync(above, 0o755);
  const directory = join(above, 'mail');
  mkdirSync(directory, { mode: 0o755 });
  const start = process.cwd();
  try {
    await prepare(directory, world);
    process.chdir(directory);
    const answers: Said[] = [];
    for (const line of world.lines) {
      if (line.prog === 'editmap' && (await hasKeyWithNul(line, directory))) break;
      answers.push(await runOurs(directory, line));
    }
    return answers;
  } finally {
    process.chdir(start);
    rmSync(above, { recursive: true, force: true });
  }
}

/** Names as below /etc/mail -> names in the directory. */
function here(directory: string, text: string): string {
  return text.replaceAll('/etc/mail', directory).replace(/\.db\b/g, '.lmdb');
}

async function prepare(directory: string, { files, features, cf }: CommandWorld): Promise<void> {
  const machine = configuration(oracleDirectory, features, {}, cf);
  const all: Record<string, FileSpec> = { 'local-host-names': '', 'sendmail.cf': machine, ...files };
  for (const name of Object.keys(all).sort()) put(directory, name, all[name]!);
  for (const [name, { mode, uid, gid }] of Object.entries(EMPTY_MAPS)) {
    const path = join(directory, `${name}.lmdb`);
    await runProgram(makemap, ['--no-verify', 'hash', path]);
    chmodSync(path, Number.parseInt(mode, 8));
    if (uid !== undefined) chownSync(path, uid, gid!);
  }
  for (const [name, target] of Object.entries(LINKS))
    symlinkSync(here(directory, `${target}.lmdb`), join(directory, `${name}.lmdb`));
}

function put(directory: string, name: string, spec: FileSpec): void {
  const path = here(directory, join(directory, name));
  mkdirSync(dirname(path), { recursive: true });
  if (spec !== null && typeof spec === 'object' && 'link' in spec) {
    symlinkSync(here(directory, spec.link), path);
    return;
  }
  const { mode, uid, gid } = {
    mode: undefined,
    uid: undefined,
    gid: undefined,
    ...(typeof spec === 'object' ? spec : {}),
  };
  const isDirectory = spec !== null && typeof spec === 'object' && 'dir' in spec;
  if (isDirectory) mkdirSync(path, { recursive: true });
  else writeFileSync(path, here(directory, textOf(spec)), 'latin1');
  chmodSync(path, Number.parseInt(mode ?? (isDirectory ? '0755' : '0644'), 8));
  if (uid !== undefined) chownSync(path, uid, gid ?? 0);
}

function textOf(spec: FileSpec): string {
  if (typeof spec === 'string') return spec;
  return spec !== null && 'text' in spec ? spec.text : '';
}

async function runOurs(directory: string, line: CommandLine): Promise<Said> {
  const { prog, args, stdin } = line;
  const argv = [`-C${directory}/sendmail.cf`, ...args.map((word) => here(directory, word))];
  const run = await runProgram(PROGRAMS[prog], argv, { stdin, argv0: prog });
  const maps = Object.fromEntries(
    await Promise.all(mapsOf(line).map(async ([name, type]) => [name, await look(directory, name, type)] as const)),
  );
  const there = (text: string): string => text.replaceAll(directory, '/etc/mail').replaceAll('.lmdb', '.db');
  return said(line, { rc: run.rc, stdout: there(run.stdout), stderr: there(withoutOurs(directory, run.stderr)) }, maps);
}

/** Without what we add, and without warnings about directories above ours. */
function withoutOurs(directory: string, stderr: string): string {
  return stderr
    .split(/(?<=\n)/)
    .filter((line) => !/^warning: /.test(line))
    .filter((line) => {
      const above = /^WARNING: \w+ writable directory (\S+)\n$/.exec(line)?.[1];
      return above === undefined || !above.startsWith('/') || above.startsWith(directory);
    })
    .join('');
}

async function look(directory: string, name: string, type: string): Promise<string> {
  const path = join(directory, `${name}.lmdb`);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 'none';
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
  const { stdout } = await runProgram(makemap, [`-C${directory}/sendmail.cf`, '-us', type, path]);
  return describe({ mode, uid: stats.uid, gid: stats.gid, size: 0 }, { stdout });
}
