/**
 * `--log decisions` on outputs that fail: a pipe that workers share and nobody reads for a while, a full disk.
 *
 * @module-tag slow
 */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, createReadStream, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DecisionLog, type WriteOutput } from '../../src/cli/mailmaps/serve/decision-log.ts';
import { Peer, policyRequest } from './peer.ts';
import { PROGRAM, ServerProcess } from './server-process.ts';

let directory: string;
let path: string;
let server: ServerProcess | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-decisions.'));
  path = join(directory, 'socket');
});
afterEach(async () => {
  await server?.stop('SIGKILL');
  server = undefined;
  rmSync(directory, { recursive: true });
});

async function serve(output: number, ...args: readonly string[]): Promise<ServerProcess> {
  const listen = ['--listen', `unix:${path}`, '--host-name', 'mail.example.com', '--log', 'decisions'];
  server = new ServerProcess(process.execPath, [PROGRAM, 'serve', 'policy', '-d', directory, ...listen, ...args], {
    output,
  });
  closeSync(output);
  await server.line(/serving/);
  return server;
}

/** Long fields, and characters that JSON escapes. */
const REQUEST = policyRequest({
  protocol_state: 'RCPT',
  client_address: '203.0.113.9',
  client_name: 'unknown',
  helo_name: '\x1b'.repeat(255),
  sender: `${'\x9b'.repeat(300)}@b.example`,
  recipient: `${'\x7f'.repeat(300)}@far.example`,
});

async function ask(times: number): Promise<void> {
  const peer = await Peer.connect({ path });
  for (let i = 0; i < times; i++) {
    peer.send(REQUEST);
    await peer.until(/\n\n$/);
  }
  await peer.end();
}

it('has whole lines in a pipe that workers share, however slow its reader', async () => {
  const pipe = join(directory, 'pipe');
  spawnSync('mkfifo', [pipe]);
  const held = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  const running = await serve(openSync(pipe, constants.O_WRONLY), '--workers', '2');
  await Promise.all([ask(100), ask(100), ask(100), ask(100)]);
  const reader = createReadStream(pipe, 'utf8');
  const closed = once(reader, 'close');
  let read = '';
  reader.on('data', (text) => {
    read += text;
  });
  await once(reader, 'open');
  closeSync(held);
  // a server that stops does not wait for a slow reader
  await expect.poll(() => read.split('\n').length).toBeGreaterThan(400);
  await running.stop();
  await closed;
  const lines = read.split('\n').slice(0, -1);
  expect(lines).toHaveLength(400);
  for (const line of lines) {
    expect(Buffer.byteLength(line)).toBeLessThan(4096);
    expect(JSON.parse(line)).toMatchObject({ client_address: '203.0.113.9', question: expect.any(String) });
  }
});

it('reports a full disk once, and the server goes on and stops as usual', async () => {
  const running = await serve(openSync('/dev/full', 'w'));
  await ask(5);
  await running.line(/decisions cannot be logged: No space left/);
  await ask(5);
  expect(await running.stop()).toBe(0);
  expect(running.lines.slice(1)).toEqual([
    'mailmaps: decisions cannot be logged: No space left on device',
    'mailmaps: stopped',
  ]);
});

it('goes on, with no line torn, when the disk has room again', async () => {
  const answered = { service: 'policy', answer: 'OK', milliseconds: 1, asked: { sender: 'a' } } as const;
  let room = 10;
  let written = '';
  /** A disk that takes as many bytes as it has room for. */
  const disk: WriteOutput = (bytes, done) => {
    const taken = Math.min(room, bytes.length);
    room -= taken;
    written += bytes.subarray(0, taken).toString();
    setImmediate(() => done(taken === 0 ? new Error('ENOSPC') : null, taken));
  };
  const problems: string[] = [];
  const log = new DecisionLog((text) => problems.push(text), disk);
  for (let i = 0; i < 20_000; i++) log.onAnswer(answered);
  await expect.poll(() => problems.length).toBe(1);
  room = Number.POSITIVE_INFINITY;
  await expect.poll(() => written.split('\n').length).toBeGreaterThan(1000);
  log.onAnswer(answered);
  await log.close();
  const lines = written
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { leftOut?: number });
  expect(lines.length + lines.reduce((sum, { leftOut = 0 }) => sum + leftOut, 0)).toBe(20_001);
  expect(problems).toHaveLength(1);
});
