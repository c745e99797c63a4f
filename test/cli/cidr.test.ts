/** mailmaps cidr: the networks of a text -> the keys that sendmail looks up. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { main } from '../../src/cli/mailmaps/main.ts';
import { runProgram } from './run-program.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-cidr.'));
});
afterAll(() => rmSync(directory, { recursive: true }));

it.each<[text: string, args: readonly string[], out: string, status: number]>([
  ['#makemap --cidr\n192.0.2.0/23\nb.example\n', [], 'b.example\n192.0.2\n192.0.3\n', 0],
  ['Connect:2001:DB8::7  OK\n', [], 'Connect:IPv6:2001:db8:0:0:0:0:0:7\tOK\n', 0],
  ['Connect:2001:DB8:0::7  OK\n', ['--compressed'], 'Connect:IPv6:2001:db8::7\tOK\n', 0],
  ['192.0.2.1/23\nb.example\n', [], 'b.example\n', 65],
])('%j', async (text, args, out, status) => {
  const file = join(directory, 'text');
  writeFileSync(file, text);
  const { rc, stdout, stderr } = await runProgram(main, ['cidr', file, ...args]);
  expect([stdout, rc]).toEqual([out, status]);
  expect(stderr).toContain(status === 0 ? '' : `${file}: line 1: 192.0.2.1/23 has bits set`);
});

it('says that a file is missing', async () => {
  const { rc, stderr } = await runProgram(main, ['cidr', join(directory, 'none')]);
  expect([rc, stderr]).toEqual([
    66,
    `mailmaps: ${join(directory, 'none')} cannot be read: No such file or directory\n`,
  ]);
});

it('build takes networks with --cidr, and says how many', async () => {
  const site = mkdtempSync(join(directory, 'site.'));
  writeFileSync(join(site, 'access'), '192.0.2.0/23 OK\na.example OK\n');
  const { rc, stdout } = await runProgram(main, ['build', '--cidr', '-d', site]);
  const said = `${join(site, 'access.lmdb')}: made, 3 records; networks: 1, keys of networks: 2\n`;
  expect([rc, stdout]).toEqual([0, said]);
});
