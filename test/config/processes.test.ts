/**
 * Several processes, or threads, read one directory while the programs rebuild its maps. No reader waits, locks or sees half a
 * map.
 *
 * @module-tag slow
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundled } from '../bundled.ts';
import type { Seen } from './reader-program.ts';

const run = promisify(execFile);
const WORKERS = 3;
const GENERATIONS = 8;
const MEMBERS = 40;

let program: string;
let directory: string;

beforeAll(() => {
  if (!existsSync('dist/programs')) execFileSync('npm', ['run', 'build'], { stdio: 'pipe' });
  program = bundled('test/config/reader-program.ts');
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-processes.'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Builds both maps anew with the real programs. */
async function rebuild(generation: number): Promise<void> {
  const members = Array.from({ length: MEMBERS }, (_, i) => `g${generation}@m${i}.example`);
  writeFileSync(join(directory, 'aliases'), `all: ${members.join(', ')}\n`, { mode: 0o644 });
  await run(process.execPath, [resolve('bin/newaliases.cjs'), `-oA${join(directory, 'aliases')}`]);
  const [whole, host] = generation % 2 === 0 ? ['OK', 'RELAY'] : ['RELAY', 'OK'];
  const others = Array.from({ length: 2000 }, (_, i) => `To:h${i}.example\tREJECT\n`).join('');
  const making = run(process.execPath, [resolve('bin/makemap.cjs'), 'hash', join(directory, 'access')]);
  making.child.stdin!.end(`To:x@far.example\t${whole}\n${others}To:far.example\t${host}\n`);
  await making;
}

describe.each(['cluster', 'threads'])('%s', (kind) => {
  it('see every generation whole, and leave the directory alone', async () => {
    await rebuild(0);
    const args = [program, kind, directory, String(WORKERS), String(GENERATIONS), String(MEMBERS)];
    let reading = true;
    const readers = run(process.execPath, args).finally(() => {
      reading = false;
    });
    for (let generation = 1; reading; generation++) await rebuild(generation);
    const seen = (await readers).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Seen);
    expect(seen).toHaveLength(WORKERS);
    for (const each of seen) {
      expect(each).toMatchObject({ mixed: [], problems: [] });
      expect(each.aliasGenerations).toBeGreaterThanOrEqual(GENERATIONS);
      expect(each.accessGenerations).toBeGreaterThanOrEqual(GENERATIONS);
    }
    expect(readdirSync(directory).sort()).toEqual(['access.lmdb', 'aliases', 'aliases.lmdb']);
  });
});
