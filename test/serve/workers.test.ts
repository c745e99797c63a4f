/**
 * `--workers`: several processes behind one socket.
 *
 * @module-tag slow
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeMap } from '../../src/map/make-map.ts';
import { playedWithin } from '../played-within.ts';
import { Peer } from './peer.ts';
import { ServerProcess } from './server-process.ts';

/** Peers of a server that is stopped have so long to read their last answers. */
const FAREWELL_MS = 2000;

let directory: string;
let path: string;
let server: ServerProcess | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-workers.'));
  path = join(directory, 'socket');
  await makeMap([Buffer.from('a.example one\n')], join(directory, 'access'));
});

afterEach(async () => {
  await server?.stop('SIGKILL');
  rmSync(directory, { recursive: true });
});

async function serve(...args: readonly string[]): Promise<ServerProcess> {
  server = await ServerProcess.start('socketmap', '-d', directory, '--workers', '2', ...args);
  return server;
}

function workersOf({ child }: ServerProcess): number[] {
  return execFileSync('pgrep', ['-P', String(child.pid)], { encoding: 'latin1' })
    .trim()
    .split('\n')
    .map(Number);
}

/** Files that a process has open, by their names. */
function opened(pid: number): string {
  return execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'latin1' });
}

async function peers(count: number): Promise<Peer[]> {
  const all = await Promise.all(Array.from({ length: count }, () => Peer.connect({ path })));
  for (const peer of all) expect(await peer.ask('access', 'a.example')).toBe('OK one');
  return all;
}

describe('two workers', () => {
  it('share the connections, and have the maps each for itself', async () => {
    const main = await serve('--listen', `unix:${path}`);
    const all = await peers(4);
    const workers = workersOf(main);
    expect(workers).toHaveLength(2);
    for (const pid of workers) expect(opened(pid)).toContain('access.lmdb');
    expect(opened(main.child.pid!)).not.toContain('access.lmdb');
    for (const peer of all) await peer.end();
  });

  it('answer over TCP', async () => {
    const main = await serve('--listen', 'tcp:127.0.0.1:0');
    const peer = await Peer.connect({ host: '127.0.0.1', port: main.port });
    expect(await peer.ask('access', 'a.example')).toBe('OK one');
    await peer.end();
  });

  it('see a map that is replaced', async () => {
    await serve('--listen', `unix:${path}`);
    const all = await peers(4);
    await makeMap([Buffer.from('a.example two\n')], join(directory, 'access'));
    await sleep(300);
    for (const peer of all) expect(await peer.ask('access', 'a.example')).toBe('OK two');
    for (const peer of all) await peer.end();
  });

  it('are two again after one was killed, and nobody is refused meanwhile', async () => {
    const main = await serve('--listen', `unix:${path}`);
    const [first, second] = [await Peer.connect({ path }), await Peer.connect({ path })];
    await first.ask('access', 'a.example');
    await second.ask('access', 'a.example');
    const before = workersOf(main);
    process.kill(before[0]!, 'SIGKILL');
    await main.line(/worker \d+ ended \(SIGKILL\), another follows/);
    for (const peer of await peers(4)) await peer.end();
    await expect.poll(() => workersOf(main).length).toBe(2);
    expect(workersOf(main)).not.toEqual(before);
    for (const peer of await peers(4)) await peer.end();
  });

  it('are ill while one is missing, by its number and reason, and well when it is replaced', async () => {
    const main = await serve('--listen', `unix:${path}`, '--metrics', '127.0.0.1:0');
    const page = /http:\S+(?=metrics)/.exec(await main.line(/metrics on /))![0];
    const health = async (): Promise<string> => {
      const answer = await fetch(`${page}healthz`);
      return `${answer.status} ${await answer.text()}`;
    };
    await expect.poll(health).toBe('200 ok\n');
    let killed = 0;
    const healthWithout = async (): Promise<string> => {
      const workers = workersOf(main);
      // on a busy machine the next one can be ready before anybody has asked
      if (workers.length === 2) {
        killed = workers[0]!;
        process.kill(killed, 'SIGKILL');
      }
      return (await health()).replace(` ${killed} `, ' PID ');
    };
    await expect.poll(healthWithout).toBe('503 1 of 2 workers missing: worker PID ended (SIGKILL)\n');
    await expect.poll(async () => (await fetch(`${page}metrics`)).status).toBe(200);
    await expect.poll(health).toBe('200 ok\n');
    expect(workersOf(main)).not.toContain(killed);
  });

  function limitFiles({ child }: ServerProcess, most: number): void {
    execFileSync('prlimit', ['--pid', String(child.pid), `--nofile=${most}:`]);
  }

  it('are two again after one could not be started, because no descriptor was left', async () => {
    const main = await serve('--listen', `unix:${path}`);
    const [first] = workersOf(main);
    const [, hard = ''] =
      /Max open files +\d+ +(\d+)/.exec(readFileSync(`/proc/${main.child.pid}/limits`, 'latin1')) ?? [];
    limitFiles(main, main.descriptors);
    process.kill(first!, 'SIGKILL');
    await main.line(/EMFILE, another follows$/);
    limitFiles(main, Number(hard));
    await expect.poll(() => workersOf(main).length).toBe(2);
    for (const peer of await peers(4)) await peer.end();
  });

  it('go on when the directory is moved, and when a link in it leads to itself, whoever asks for metrics', async () => {
    const main = await serve('--listen', `unix:${path}`, '--metrics', '127.0.0.1:0');
    const page = /http:\S+/.exec(await main.line(/metrics on /))![0];
    const peer = await Peer.connect({ path });
    expect(await peer.ask('access', 'a.example')).toBe('OK one');
    const workers = workersOf(main);
    // a worker that does not report in time makes it 503 for now
    const status = async (of: string): Promise<number> => (await fetch(of)).status;
    symlinkSync('loop.db', join(directory, 'loop.db'));
    await expect.poll(() => status(page)).toBe(200);
    renameSync(directory, `${directory}.moved`);
    await expect.poll(() => status(page)).toBe(200);
    expect(await status(page.replace('metrics', 'healthz'))).toBe(503);
    renameSync(`${directory}.moved`, directory);
    expect(workersOf(main)).toEqual(workers);
    expect(await peer.ask('access', 'a.example')).toBe('OK one');
    await peer.end();
  });

  it('answer what was asked, and end with the main process', async () => {
    await playedWithin(FAREWELL_MS, async () => {
      await server?.stop('SIGKILL');
      const main = await serve('--listen', `unix:${path}`);
      const all = await peers(2);
      const workers = workersOf(main);
      // in one piece: a worker has all requests when it answers the first
      for (const peer of all) peer.send('16:access a.example,'.repeat(500));
      const begun = await Promise.all(all.map((peer) => peer.until(/./s)));
      expect(await main.stop()).toBe(0);
      for (const pid of workers) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
      for (const [i, peer] of all.entries()) expect(begun[i] + (await peer.rest())).toBe('6:OK one,'.repeat(500));
    });
  });

  it('that hang are reported, and do not keep the server from ending', async () => {
    const main = await serve('--listen', `unix:${path}`, '--metrics', '127.0.0.1:0');
    const page = /http:\S+(?=metrics)/.exec(await main.line(/metrics on /))![0];
    const workers = workersOf(main);
    process.kill(workers[0]!, 'SIGSTOP');
    const health = await fetch(`${page}healthz`);
    expect([health.status, await health.text()]).toEqual([503, `worker ${workers[0]} does not answer\n`]);
    expect(await main.stop()).toBe(0);
    for (const pid of workers) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  it('are not started when the configuration cannot be opened', async () => {
    writeFileSync(join(directory, 'file'), '');
    const args = ['serve', 'policy', '-d', join(directory, 'file'), '--workers', '2', '--listen', `unix:${path}`];
    const { PROGRAM } = await import('./server-process.ts');
    server = new ServerProcess(process.execPath, [PROGRAM, ...args]);
    expect(await server.exited).not.toBe(0);
    expect(server.lines.join('\n')).toMatch(/file/);
  });
});
