/**
 * The completion scripts in real shells, and the examples at the end of each `--help`.
 *
 * @module-tag slow
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/mailmaps/main.ts';
import { main as editmap } from '../../src/cli/sendmail/editmap.ts';
import { main as makemap } from '../../src/cli/sendmail/makemap.ts';
import { main as newaliases } from '../../src/cli/sendmail/newaliases.ts';
import { main as praliases } from '../../src/cli/sendmail/praliases.ts';
import { program } from '../oracle/programs.ts';
import { runProgram } from './run-program.ts';
import { subCommandsIn } from './sub-commands.ts';

/** The candidates of a typed line in a directory with `policy.yaml`, `else.txt` and the directory `etc`. */
type Complete = (line: string) => readonly string[];

/** For a shell that hangs. */
const LONGEST_MS = 300_000;

let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-completion.'));
  mkdirSync(join(directory, 'etc'));
  for (const name of ['policy.yaml', 'else.txt']) writeFileSync(join(directory, name), '');
  for (const shell of ['bash', 'zsh', 'fish'])
    writeFileSync(join(directory, `.script.${shell}`), (await runProgram(main, ['completion', shell])).stdout);
});
afterAll(() => rmSync(directory, { recursive: true }));

function run(shell: string, script: string): readonly string[] {
  const env = { ...process.env, HOME: directory, TERM: 'dumb', XDG_CONFIG_HOME: directory, XDG_DATA_HOME: directory };
  const said = execFileSync(shell, ['-c', script], { cwd: directory, env, encoding: 'utf8', timeout: LONGEST_MS });
  // without descriptions, and without what a shell puts behind a word
  return said.split('\n').flatMap((line) => (line === '' ? [] : [line.replace(/\t.*/, '').replace(/[=/]$/, '')]));
}

const bash: Complete = (line) => {
  const words = line.split(' ').map((word) => `'${word}'`);
  return run(
    'bash',
    `. ./.script.bash; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _mailmaps; printf '%s\\n' "\${COMPREPLY[@]}"`,
  );
};

const fish: Complete = (line) => run('fish', `source ./.script.fish; complete -C '${line}'`);

/** compadd of a real interactive zsh prints what it was given. */
const ZSH = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PS1=; autoload -Uz compinit; compinit -u -D; . ./.script.zsh
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits
  builtin compadd -A hits "$@"
  print -l -- BEGIN $hits END
  builtin compadd "$@"
}
finish() { print DONE; exit }
comppostfuncs=(finish)
zstyle ":completion:*" verbose no
bindkey "^I" complete-word
print READ""Y'
`;

const zsh: Complete = (line) => {
  const said = run(
    'zsh',
    `${ZSH}zpty -r z text '*READY*'\nzpty -w -n z '${line}'$'\\t'\nlocal line; while zpty -r z line; do print -r -- "\${line%$'\\r\\n'}"; [[ $line == *DONE* ]] && break; done`,
  );
  let isHit = false;
  return said.flatMap((text) => {
    const word = text.trim();
    if (word.endsWith('BEGIN') || word === 'END') {
      isHit = word.endsWith('BEGIN');
      return [];
    }
    return isHit && word !== '' ? [word.replace(/[=/]$/, '')] : [];
  });
};

const SHELLS: readonly (readonly ['bash' | 'zsh' | 'fish', Complete])[] = [
  ['bash', bash],
  ['zsh', zsh],
  ['fish', fish],
];

// biome-ignore format: one line a row
const LINES: readonly (readonly [line: string, offered: readonly string[], not: readonly string[]])[] = [
  ['mailmaps ', ['check', 'serve', 'doctor', 'fleet-status'], ['policy', 'policy.yaml']],
  ['mailmaps do', ['doctor'], ['check']],
  ['mailmaps check ', ['relay', 'mail', 'rcpt', 'features'], ['serve', 'policy.yaml']],
  ['mailmaps check --client-', ['--client-name', '--client-ptr', '--client-resolve'], ['--color']],
  ['mailmaps check --color ', ['auto', 'always', 'never'], ['relay']],
  ['mailmaps check rcpt --sender-domain ', ['OK', 'PERM', 'TEMP'], ['relay']],
  ['mailmaps check --client ', [], ['relay', 'policy.yaml']],
  ['mailmaps serve ', ['socketmap', 'policy', 'table'], ['check']],
  ['mailmaps serve policy --wor', ['--workers'], ['--listen']],
  ['mailmaps serve socketmap --lo', [], ['--log']],
  ['mailmaps completion ', ['bash', 'zsh', 'fish'], ['check']],
  ['mailmaps verify pol', ['policy.yaml'], ['etc']],
  ['mailmaps lint -d e', ['etc'], ['else.txt']],
  ['makemap ', ['hash', 'btree', 'lmdb', 'cdb'], ['policy.yaml']],
  ['makemap hash pol', ['policy.yaml'], ['hash']],
  ['makemap --lmdb-format ', ['0.9', '1.0'], ['hash']],
  ['newaliases --ty', ['--type'], ['--json']],
  ['editmap --no', ['--no-verify'], ['--help']],
  ['praliases -f pol', ['policy.yaml'], ['etc']],
];

describe.each(SHELLS)('completion in %s', (shell, complete) => {
  it.runIf(program(shell)).each(LINES)('of "%s" offers %j', (line, offered, not) => {
    const candidates = complete(line);
    expect(candidates).toEqual(expect.arrayContaining([...offered]));
    expect(not.filter((word) => candidates.includes(word))).toEqual([]);
  });
});

const LOG =
  'Nov 30 10:00:00 mx sm-mta[1]: ruleset=check_relay, arg1=[203.0.113.9], arg2=203.0.113.9, relay=[203.0.113.9], reject=550 5.7.1 Access denied\n';
const SENDMAIL = { makemap, newaliases, praliases, editmap };

async function helpOf(words: readonly string[]): Promise<string> {
  const [name = '', ...rest] = words;
  const own = SENDMAIL[name as keyof typeof SENDMAIL];
  return (await (own ? runProgram(own, ['--help']) : runProgram(main, [...rest, '--help']))).stdout;
}

const examplesIn = (help: string): string[] =>
  (/^Examples:\n((?: {2}.*\n)+)/m.exec(help)?.[1] ?? '')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [line.trim()]));

async function commandsBelow(words: readonly string[]): Promise<(readonly string[])[]> {
  const names = subCommandsIn(await helpOf(words));
  if (names.length === 0) return [words];
  return (await Promise.all(names.map((name) => commandsBelow([...words, name])))).flat();
}

describe('the examples of --help', async () => {
  const programs = [...Object.keys(SENDMAIL).map((name) => [name]), ...(await commandsBelow(['mailmaps']))];
  const all = await Promise.all(
    programs.map(async (words) => [words.join(' '), examplesIn(await helpOf(words))] as const),
  );

  it.each(all)('%s has three', (name, examples) => {
    expect(examples.length).toBe(3);
    expect(examples.filter((example) => !example.includes(name))).toEqual([]);
  });

  /** Done; refused or found; unknown user. */
  const ANSWERS: readonly number[] = [0, 1, 67];
  const FLEET = /^mailmaps (?:publish|rollback|follow|fleet-status|generations) /;
  const isServer = (example: string): boolean => /^mailmaps serve .*--listen/.test(example);
  const runnable = all
    .flatMap(([, examples]) => examples)
    .filter((example) => !FLEET.test(example) && !isServer(example));
  const parsed = all.flatMap(([, examples]) => examples).filter((example) => FLEET.test(example) || isServer(example));

  /** The example's host: /etc/mail has the example configuration, in a mount namespace of its own. */
  function onExampleHost(example: string, home: string): { status: number | null; said: string } {
    const setUp = `mount --bind '${home}/etc-mail' /etc/mail && cd '${home}' && exec bash -c "$1" 2>&1`;
    const env = { ...process.env, PATH: `${home}/bin:${process.env.PATH}`, HOME: home };
    const made = example
      .replace('/var/log/mail.log', './mail.log')
      .replace('/etc/postfix/', './')
      .replace(/> (?:\/|~\/)\S+/, '> out');
    const { status, stdout } = spawnSync('unshare', ['-m', 'sh', '-c', setUp, 'sh', made], {
      env,
      encoding: 'utf8',
      timeout: LONGEST_MS,
      input: '',
    });
    return { status, said: stdout };
  }

  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'mailmaps-examples.'));
    mkdirSync('/etc/mail', { recursive: true });
    mkdirSync(join(home, 'bin'));
    for (const name of [...Object.keys(SENDMAIL), 'mailmaps'])
      writeFileSync(
        join(home, 'bin', name),
        `#!/bin/sh\nexec '${process.execPath}' '${resolve('bin', `${name}.cjs`)}' "$@"\n`,
        { mode: 0o755 },
      );
    cpSync('examples/etc-mail', join(home, 'etc-mail'), { recursive: true });
    writeFileSync(join(home, 'transport'), 'example.com smtp:[mx.example.com]\n');
    writeFileSync(join(home, 'mail.log'), LOG);
    writeFileSync(
      join(home, 'policy.yaml'),
      'expect:\n  - { expand: postmaster, reachesAtLeast: [admin@example.net] }\n',
    );
    for (const example of ['mailmaps build', 'cp aliases.lmdb virtusertable.lmdb'])
      onExampleHost(`cd etc-mail; ${example}`, home);
  });
  afterAll(() => rmSync(home, { recursive: true }));

  it.each(runnable)('%s', (example) => {
    const said = onExampleHost(example, home);
    const isAnswer = said.status !== null && ANSWERS.includes(said.status);
    expect(isAnswer ? '' : said).toBe('');
  });

  it.each(parsed)('%s is understood', async (example) => {
    const said = onExampleHost(`timeout 5 ${example}`, home);
    expect(said.said).not.toMatch(/unknown option|missing required|argument .* is invalid|too many arguments/);
    expect(said.status).not.toBe(64);
  });
});
