/**
 * examples/ci works as documented: the hook in a Git repository, and each step of the workflow that runs mailmaps, in order.
 *
 * @module-tag slow
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const PROGRAM = join(import.meta.dirname, '../../bin/mailmaps.cjs');
const POLICY =
  'configuration: { hostName: mail.example.com }\nnever: [strangers relay to strangers]\nexpect: [{ expand: postmaster, reachesAtLeast: [admin@example.net] }]\n';

let root: string;
let repository: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mailmaps-ci.'));
  repository = join(root, 'repository');
  mkdirSync(join(root, 'bin'));
  symlinkSync(PROGRAM, join(root, 'bin/mailmaps'));
  cpSync(join(EXAMPLES, 'etc-mail'), join(repository, 'etc-mail'), { recursive: true });
  writeFileSync(join(repository, 'policy.yaml'), POLICY);
  for (const words of [
    ['init', '-q', '-b', 'main'],
    ['add', '-A'],
    ['commit', '-q', '-m', 'mail: start'],
  ])
    git(...words);
  git('update-ref', 'refs/remotes/origin/main', 'main');
  git('checkout', '-q', '-b', 'change');
});
afterEach(() => rmSync(root, { recursive: true }));

interface Ran {
  readonly status: number | null;
  readonly said: string;
}

function run(command: string, ...words: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(command, words, {
    cwd: repository,
    encoding: 'utf8',
    env: {
      ...{ PATH: `${join(root, 'bin')}:${process.env.PATH}`, HOME: root, GITHUB_BASE_REF: 'main' },
      ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.com' },
      ...{ GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' },
    },
  });
  return { status, said: stdout + stderr };
}

function git(...words: readonly string[]): Ran {
  return run('git', ...words);
}

function append(line: string): void {
  const access = join(repository, 'etc-mail/access');
  writeFileSync(access, `${readFileSync(access, 'utf8')}${line}\n`);
}

describe('the pre-commit hook', () => {
  beforeEach(() => cpSync(join(EXAMPLES, 'ci/pre-commit'), join(repository, '.git/hooks/pre-commit')));

  it.each([
    ['takes a good change', 'To:partner.example RELAY', true],
    ['refuses an error, and says where', 'To:a.example RELAY # ours', false],
  ])('%s', (_what, line, isTaken) => {
    append(line);
    git('add', '-A');
    const { status, said } = git('commit', '-m', 'mail: change');
    expect({ isTaken: status === 0, said }).toMatchObject({ isTaken });
    if (!isTaken) expect(said).toMatch(/access:\d+:\d+: error MM201/);
  });

  it('looks at what is committed, not at what lies around', () => {
    append('To:partner.example RELAY');
    git('add', '-A');
    append('To:a.example RELAY # ours');
    expect(git('commit', '-m', 'mail: change')).toMatchObject({ status: 0 });
  });
});

interface Workflow {
  readonly jobs: { readonly review: { readonly steps: readonly { readonly name?: string; readonly run?: string }[] } };
}

/** The steps that run mailmaps, as GitHub runs them; it stops at the first that fails. */
function steps(): readonly (Ran & { readonly name: string })[] {
  const { jobs }: Workflow = parse(readFileSync(join(EXAMPLES, 'ci/review.yml'), 'utf8'));
  const done: (Ran & { name: string })[] = [];
  for (const { name = '', run: script = '' } of jobs.review.steps) {
    if (!script.includes('mailmaps ')) continue;
    done.push({ name, ...run('bash', '-e', '-c', script) });
    if (done.at(-1)!.status !== 0) break;
  }
  return done;
}

describe('the workflow', () => {
  it('passes a change, and keeps the page of its effects', () => {
    append('To:partner.example RELAY');
    git('commit', '-q', '-a', '-m', 'mail: change');
    expect(steps().map(({ name, status }) => ({ name, status }))).toEqual([
      { name: 'mistakes', status: 0 },
      { name: 'expectations', status: 0 },
      { name: 'effects', status: 0 },
    ]);
    expect(readFileSync(join(repository, 'diff.html'), 'utf8')).toContain('to:partner.example');
  });

  it.each([
    ['a mistake', 'To:a.example RELAY # ours', 'mistakes', /::error file=.*MM201/],
    ['an expectation that breaks', '', 'expectations', /::error file=policy.yaml,line=3/],
  ])('stops at %s', (_what, line, name, said) => {
    if (line === '') writeFileSync(join(repository, 'etc-mail/aliases'), 'postmaster: bob\nabuse: bob\nroot: bob\n');
    else append(line);
    const last = steps().at(-1)!;
    expect(last).toMatchObject({ name, status: 1 });
    expect(last.said).toMatch(said);
    expect(existsSync(join(repository, 'diff.html'))).toBe(false);
  });
});
