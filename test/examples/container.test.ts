/** The container file, as far as it can be checked without an engine: its command is valid. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { main } from '../../src/cli/mailmaps/main.ts';
import { runProgram } from '../cli/run-program.ts';

const file = readFileSync('examples/container/Containerfile', 'utf8');
const words = (instruction: string): string[] =>
  JSON.parse(new RegExp(`^${instruction} (\\[.*\\])$`, 'm').exec(file)?.[1] ?? '[]');

it('starts a program of the package', () => {
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: Readonly<Record<string, string>> };
  expect(Object.keys(bin)).toContain(words('ENTRYPOINT')[0]);
});

it('is of a Node that is supported', () => {
  expect(Number(/^FROM .*node:(\d+)/m.exec(file)?.[1])).toBeGreaterThanOrEqual(20);
});

it('starts it with options that it has', async () => {
  // without a configuration there it ends before it listens
  const command = words('CMD').map((word) => (word === '/etc/mail' ? '/nonexistent' : word));
  const { rc, stderr } = await runProgram(main, [...command, '--check']);
  expect({ rc, stderr }).toMatchObject({ rc: 66, stderr: expect.stringContaining('/nonexistent') });
});
