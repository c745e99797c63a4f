/**
 * Random command lines for the restricted shell, ours against the real smrsh: whether it runs them, or the reason of its
 * refusal.
 */
import { refusedByRestrictedShell } from '../../src/alias/restricted-shell.ts';
import type { FileSpec, Ran } from '../oracle/jobs.ts';
import { wordsOf } from '../read-data.ts';
import { type Comparison, sameAnswer } from './comparison.ts';
import { type Random, random } from './random.ts';

const words = wordsOf('restricted-shell');

const COMMANDS_PER_JOB = 200;
const RUNS: FileSpec = { text: '#!/bin/sh\nexit 0\n', mode: '0755' };
/** Debian's directory for it; the answers for it are below. */
const DIRECTORY: Readonly<Record<string, FileSpec>> = {
  'smrsh/ok': RUNS,
  'smrsh/-c': RUNS,
  'smrsh/a;b': RUNS,
  'smrsh/o+x': { text: '#!/bin/sh\n', mode: '0001' },
  'smrsh/plain': 'exit 0\n',
  'smrsh/dir': { dir: 1 },
  'smrsh/link': { link: 'ok' },
  'smrsh/dangling': { link: 'none' },
};
const FILES: Readonly<Record<string, 'runnable' | 'notAFile' | 'notExecutable'>> = {
  ...{ ok: 'runnable', '-c': 'runnable', 'a;b': 'runnable', 'o+x': 'runnable', link: 'runnable' },
  ...{ plain: 'notExecutable', dir: 'notAFile', '': 'notAFile', '.': 'notAFile', '..': 'notAFile' },
};

const NAMES = words('names');
const DIRECTORIES = ['', '', '', '/', '/bin/', '../', 'a b/', '//', 'dir/', '/x;y/', '\xc2\xaf'];
const BETWEEN = [
  ' ',
  ' ',
  ' ',
  '  ',
  '\t',
  ' && ',
  ' || ',
  ' &&',
  '&& ',
  '&&',
  ' & ',
  '; ',
  ' ;',
  ' | ',
  ' |||',
  ' &&& ',
  '\n',
  '\v',
  ' \r',
];
const ARGUMENTS = words('arguments');

export const restrictedShellComparison: Comparison = {
  name: 'restricted-shell',
  shortCases: 400,
  async run(oracle, seed, cases, report) {
    for (let done = 0; done < cases; done += COMMANDS_PER_JOB) {
      const r = random(seed, done);
      const commands = r.list(COMMANDS_PER_JOB, () => commandLine(r));
      const queries = commands.map((line) => ({ kind: 'cmd', prog: 'smrsh', args: ['-c', line] }) as const);
      const { results } = await oracle.ask({ files: DIRECTORY, newaliases: false, queries });
      for (const [i, line] of commands.entries()) {
        const [theirs, ours] = [refusal(results[i]!), refusedByRestrictedShell(line, look)];
        report.compared(sameAnswer(theirs, ours) ? undefined : { asked: line, theirs, ours });
      }
    }
  },
};

function look(name: string): 'runnable' | 'notAFile' | 'notExecutable' | 'missing' {
  return FILES[name] ?? 'missing';
}

/** smrsh's message if it refuses a command line; messages of the shell itself are not compared. */
function refusal({ stderr }: Ran): string | undefined {
  if (stderr.startsWith('Usage: ')) return 'no command';
  return /^\S*\/smrsh: (.*)\n$/s.exec(stderr)?.[1];
}

function commandLine(r: Random): string {
  const start = r.pick(['', '', '', ' ', '\t', '\n ']);
  const words = r
    .list(r.int(0, 5), (i) => {
      const word = i === 0 || r.chance(0.4) ? r.pick(DIRECTORIES) + r.pick(NAMES) : r.pick(ARGUMENTS);
      return `${word}${r.pick(BETWEEN)}`;
    })
    .join('');
  return utf8(start + (r.chance(0.5) ? words.trimEnd() : words));
}

/** Arguments can be no bytes but UTF-8. */
function utf8(line: string): string {
  return Buffer.from(Buffer.from(line, 'latin1').toString('utf8'), 'utf8').toString('latin1');
}
