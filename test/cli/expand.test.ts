import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/mailmaps.ts';
import { makeMap } from '../../src/map/build.ts';
import { runProgram } from './run-program.ts';

const ALIASES = [
  'staff alice, dave, "|/bin/archive a", x@far.example',
  'dave alice',
  'ring ring2',
  'ring2 ring',
  'half alice, nosuch',
  `many ${Array.from({ length: 30 }, (_, i) => `m${i}@far.example`).join(', ')}`,
].join('\n');

let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mailmaps-expand.'));
  mkdirSync(join(folder, 'home'));
  writeFileSync(join(folder, 'passwd'), `alice:x:4001:4001:Alice:${folder}/home:/bin/sh\n`);
  await makeMap([Buffer.from(`${ALIASES}\n`)], join(folder, 'aliases'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(words: readonly string[], stdin = ''): Promise<{ rc: number; stdout: string; stderr: string }> {
  const common = ['-d', folder, '--host-name', 'mail.example', '--passwd', join(folder, 'passwd')];
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

it('wants an address', async () => {
  expect(await run([])).toMatchObject({ rc: 65, stderr: 'mailmaps: expand needs an address\n' });
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
  it('for Mermaid, in which quotes are written as entities', async () => {
    const { stdout } = await run(['staff', '--graph', 'mermaid']);
    expect(stdout).toContain('flowchart LR\n  n0["staff"]\n  n1(["alice"])\n');
    expect(stdout).toContain('  n3(["#34;#124;/bin/archive a#34;"])\n');
    expect(stdout).toContain('  n2 --> n1\n');
  });
});
