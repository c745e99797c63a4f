/**
 * The programs do not use the network: no system call makes an internet socket, traced in whole processes. The library
 * resolves names only in functions that the caller calls, and `mailmaps serve` listens on the given addresses.
 *
 * @module-tag slow
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../oracle/programs.ts';

const ROOT = join(import.meta.dirname, '../..');
const strace = program('strace');

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-'));
  writeFileSync(join(directory, 'aliases'), 'list: root, someone@far.example\n', { mode: 0o644 });
  writeFileSync(join(directory, 'cf'), `O AliasFile=${join(directory, 'aliases')}\n`);
});
afterAll(() => rmSync(directory, { recursive: true }));

/** The internet sockets that a program makes, and its exit status. */
function traced(name: string, args: readonly string[], input: string): { status: number | null; sockets: string[] } {
  const log = join(directory, 'trace');
  const tracing = ['-f', '-qq', '-e', 'trace=socket,connect,sendto', '-o', log];
  const command = [process.execPath, join(ROOT, `bin/${name}.cjs`), ...args];
  const { status } = spawnSync(strace!, [...tracing, ...command], { cwd: directory, input });
  return {
    status,
    sockets: readFileSync(log, 'latin1')
      .split('\n')
      .filter((line) => /AF_INET|sin6?_addr/.test(line)),
  };
}

describe.runIf(strace)('without the network', () => {
  // biome-ignore format: one case per line
  it.each<[string, readonly string[], string, number]>([
    ['makemap', ['-C', 'cf', 'hash', 'access'], 'To:far.example\tRELAY\n', 0],
    ['makemap', ['-C', 'cf', '-u', 'hash', 'access'], '', 0],
    ['editmap', ['-C', 'cf', '-u', 'hash', 'access', 'to:b.example', 'RELAY'], '', 0],
    ['newaliases', ['-C', 'cf'], '', 0],
    ['praliases', ['-C', 'cf'], '', 0],
    ['mailmaps', ['check', 'rcpt', 'x@far.example', '-d', '.', '--client', '203.0.113.7', '--client-name', 'h.example'], '', 0],
    ['mailmaps', ['check', '--batch', '-d', '.'], '{"kind":"mail","sender":"a@nowhere.example","session":{"client":{"address":"203.0.113.7"}}}\n', 0],
    ['mailmaps', ['expand', 'list', '-d', '.'], '', 0],
  ])('%s %j', (name, args, input, status) => {
    expect(traced(name, args, input)).toEqual({ status, sockets: [] });
  });
});
