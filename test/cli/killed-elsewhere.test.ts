/**
 * A writer that is killed in a container, and the next one, in another.
 *
 * @module-tag slow
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const MAKEMAP = resolve('bin/makemap.cjs');
const ELSEWHERE = ['--pid', '--mount', '--fork', '--kill-child', '--mount-proc'];
const canUnshare = spawnSync('unshare', [...ELSEWHERE, 'true']).status === 0;

it.runIf(canUnshare)(
  'the next writer, in another namespace of processes, waits for nobody (needs unshare)',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mailmaps-killed-'));
    try {
      const run = (...args: string[]) =>
        spawnSync('unshare', [...ELSEWHERE, process.execPath, MAKEMAP, ...args], {
          cwd: directory,
          input: 'a.example OK\n',
          encoding: 'utf8',
          timeout: 300_000,
        });
      expect(run('hash', 'access').status).toBe(0);
      // it holds the lock while it waits for its input
      const first = spawn('unshare', [...ELSEWHERE, process.execPath, MAKEMAP, '-o', 'hash', 'access'], {
        cwd: directory,
      });
      const tickets = (): string[] => readdirSync(directory).filter((name) => /^\.access.*\.lock$/.test(name));
      await expect.poll(tickets).toHaveLength(1);
      // with the process that has its pipes, which ends after unshare
      const ended = new Promise((done) => first.on('close', done));
      first.kill('SIGKILL');
      await ended;
      expect(tickets()).toHaveLength(1);
      expect(run('-o', '-r', 'hash', 'access')).toMatchObject({ status: 0, stderr: '' });
      expect(readdirSync(directory)).toEqual(['access.lmdb']);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
