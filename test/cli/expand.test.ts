import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_SHOWN } from '../../src/cli/mailmaps/expansion-text.ts';
import { main } from '../../src/cli/mailmaps/main.ts';
import { makeMap } from '../../src/map/make-map.ts';
import { runProgram } from './run-program.ts';

const ALIASES = [
  'staff alice, dave, "|/bin/archive a", x@far.example',
  'dave alice',
  'ring ring2',
  'ring2 ring',
  'half alice, nosuch',
  ...Array.from(
    { length: 60 },
    (_, i) => `l${i} ${Array.from({ length: 10 }, (_, k) => `x${k}@h${i}.example`).join(', ')}`,
  ),
  ...Array.from({ length: 6 }, (_, i) => `g${i} ${Array.from({ length: 10 }, (_, k) => `l${10 * i + k}`).join(', ')}`),
  `groups ${Array.from({ length: 6 }, (_, i) => `g${i}`).join(', ')}`,
  `many ${Array.from({ length: 30 }, (_, i) => `m${i}@far.example`).join(', ')}`,
].join('\n');

let directory = '';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-expand.'));
  mkdirSync(join(directory, 'home'));
  writeFileSync(
    join(directory, 'passwd'),
    `alice:x:${process.getuid!()}:${process.getgid!()}:Alice:${directory}/home:/bin/sh\n`,
  );
  await makeMap([Buffer.from(`${ALIASES}\n`)], join(directory, 'aliases'));
  await makeMap([Buffer.from('staff other@far.example\n')], join(directory, 'others'));
  // the directory is below one that all users may write
  const options = ['DontBlameSendmail=TrustStickyBit', `AliasFile=${directory}/others`, 'ForwardPath=$B.$u'];
  writeFileSync(join(directory, 'safe.cf'), `V10\nDB${directory}/home/by\n${options.map((o) => `O ${o}\n`).join('')}`);
  writeFileSync(join(directory, 'home/by.alice'), 'macro@far.example\n');
  chmodSync(directory, 0o755);
});
afterAll(() => rmSync(directory, { recursive: true }));

async function run(words: readonly string[], stdin = ''): Promise<{ rc: number; stdout: string; stderr: string }> {
  const common = ['-d', directory, '--host-name', 'mail.example', '--passwd', join(directory, 'passwd')];
  return runProgram(main, ['expand', ...words, ...common], { stdin });
}

describe('as text', () => {
  it('shows who led to whom, then the recipients', async () => {
    const { rc, stdout } = await run(['staff']);
    expect(stdout.split('\n')).toEqual([
      'staff',
      '  alice  [on the list already]',
      '  dave',
      '    alice',
      '  "|/bin/archive a"',
      '  x@far.example',
      '',
      '3 recipients',
      '  alice',
      '  |/bin/archive a (program of staff)',
      '  x@far.example',
      '',
    ]);
    expect(rc).toBe(0);
  });
  it('cuts large lists in the tree and nowhere else', async () => {
    const lines = (await run(['many'])).stdout.split('\n');
    expect(lines.slice(8, 12)).toEqual(['  m7@far.example', '  ... and 22 more', '', '30 recipients']);
    expect(lines.length).toBe(43);
  });
  it('cuts the tree of lists of lists as a whole, and says where', async () => {
    const lines = (await run(['groups'])).stdout.split('\n');
    const tree = lines.slice(0, lines.indexOf(''));
    const more = tree.filter((line) => line.includes('more')).length;
    expect(tree.length - more).toBe(MAX_SHOWN);
    expect(lines[tree.length + 1]).toBe('600 recipients');
    expect(more).toBeGreaterThan(0);
  });
  it('gives errors with the way to them', async () => {
    const { stdout } = await run(['ring']);
    expect(stdout).toContain('1 error\n  aliasing/forwarding loop broken (ring > ring2 > ring)\n');
  });
});

it.each([
  [['alice'], 0],
  [['nosuch'], 67],
  [['half'], 67],
  [['ring'], 64],
  [['alice@'], 64],
  [['a@b..c'], 68],
  [['ring', 'nosuch'], 67],
  [['alice', '--max-alias-recursion', 'x'], 64],
])('%j exits with %i', async (words, status) => {
  expect((await run(words)).rc).toBe(status);
});

describe('options', () => {
  it('--forward-path and --passwd say where .forward files are, and of whom', async () => {
    writeFileSync(join(directory, 'home/fwd.alice'), 'away@far.example\n');
    const { stdout } = await run(['alice', '--forward-path', '$z/none:$z/fwd.$u', '--cf', join(directory, 'safe.cf')]);
    expect(stdout).toContain(
      `  away@far.example  [${directory}/home/fwd.alice:1]\n\n1 recipient\n  away@far.example\n`,
    );
    expect((await run(['alice', '--forward-path', ''])).stdout).toBe('alice\n\n1 recipient\n  alice\n');
  });
  it('--max-alias-recursion', async () => {
    const { rc, stdout } = await run(['dave', '--max-alias-recursion', '0']);
    expect(stdout).toContain('aliasing/forwarding loop broken (1 aliases deep; 0 max) (dave > alice)\n');
    expect(rc).toBe(64);
  });
  it('--feature', async () => {
    expect((await run(['a%b.example'])).stdout).toContain('1 recipient\n  a@b.example\n');
    expect((await run(['a%b.example', '--feature', 'nopercenthack:nospecial'])).rc).toBe(67);
  });
  it('--cf: alias maps, macros and options of a sendmail.cf', async () => {
    const { stdout } = await run(['staff', 'alice', '--cf', join(directory, 'safe.cf')]);
    expect(stdout).toContain('1 recipient\n  other@far.example\n');
    expect(stdout).toContain(`  macro@far.example  [${directory}/home/by.alice:1]`);
  });
});

it('wants an address', async () => {
  expect(await run([])).toMatchObject({ rc: 64, stderr: 'mailmaps: expand needs an address\n' });
});

it('gives JSON, an expansion a line', async () => {
  const { stdout } = await run(['alice', 'nosuch', '--json']);
  const [first, second] = stdout.split('\n').map((line) => line && JSON.parse(line));
  expect(first).toMatchObject({ recipients: [{ kind: 'user', name: 'alice' }], errors: [] });
  expect(second).toMatchObject({ recipients: [], errors: [{ code: 'unknownUser', address: 'nosuch' }] });
});

it('answers batches in order and goes on after a bad line', async () => {
  const { rc, stdout } = await run(
    ['--batch'],
    '{"kind":"expand","address":"dave","id":7}\nx\n{"kind":"expand","address":"a"}\n',
  );
  const answers = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(answers[0]).toMatchObject({ id: 7, recipients: [{ name: 'alice' }] });
  expect(answers[1]).toMatchObject({ error: { code: 'badInput' } });
  expect(answers[2]).toMatchObject({ errors: [{ text: 'a... User unknown' }] });
  expect(rc).toBe(65);
});

describe('as a picture', () => {
  it('for Graphviz', async () => {
    expect((await run(['staff', '--graph', 'dot'])).stdout.split('\n')).toEqual([
      'digraph expansion {',
      '  rankdir=LR;',
      '  node [shape=box];',
      '  n0 [label="staff"];',
      '  n1 [label="alice" style=bold];',
      '  n2 [label="dave"];',
      '  n3 [label="\\"|/bin/archive a\\"" style=bold];',
      '  n4 [label="x@far.example" style=bold];',
      '  n0 -> n1;',
      '  n0 -> n2;',
      '  n2 -> n1;',
      '  n0 -> n3;',
      '  n0 -> n4;',
      '}',
      '',
    ]);
  });
  it('draws each way once, and what could be syntax as entities', async () => {
    expect((await run(['ring', '--graph', 'dot'])).stdout.match(/->/g)?.length).toBe(2);
    const { stdout } = await run(['"%%{init: {}}%%; [x](y) <b> \\"', '--graph', 'mermaid']);
    expect(stdout.split('\n')[1]).toMatch(/^ {2}n0\["[^"%{}<>;`|\\]*(?:#\d+;[^"%{}<>`|\\]*)*"\]$/);
  });
  it('for Mermaid, in which quotes are written as entities', async () => {
    const { stdout } = await run(['staff', '--graph', 'mermaid']);
    expect(stdout).toContain('flowchart LR\n  n0["staff"]\n  n1(["alice"])\n');
    expect(stdout).toContain('  n3(["#34;#124;/bin/archive a#34;"])\n');
    expect(stdout).toContain('  n2 --> n1\n');
  });
});
