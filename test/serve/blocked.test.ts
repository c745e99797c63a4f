/**
 * A server when the other side does not keep up: a log that nobody reads, and peers that never finish their
 * requests.
 *
 * @module-tag slow
 */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServeLog } from '../../src/cli/mailmaps/serve/log.ts';
import { makeMap } from '../../src/map/make-map.ts';
import { parseFleetAddress } from '../../src/publish/address.ts';
import { publish } from '../../src/publish/publish.ts';
import { parseTrust } from '../../src/publish/signature.ts';
import { Peer } from './peer.ts';
import { PROGRAM, ServerProcess } from './server-process.ts';

let directory: string;
let path: string;
let server: ServerProcess | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-blocked.'));
  path = join(directory, 'socket');
  await makeMap([Buffer.from('a.example RELAY\n')], join(directory, 'access'));
});

afterEach(async () => {
  await server?.stop('SIGKILL');
  server = undefined;
  rmSync(directory, { recursive: true });
});

/** A pipe that takes nothing more; the number of its end to write to, and what closes the other. */
function fullPipe(): { readonly end: number; readonly close: () => void } {
  const name = join(directory, 'pipe');
  execFileSync('mkfifo', [name]);
  const held = openSync(name, constants.O_RDWR | constants.O_NONBLOCK);
  const end = openSync(name, constants.O_WRONLY);
  try {
    for (;;) writeSync(held, Buffer.alloc(4096));
  } catch {
    return { end, close: () => closeSync(held) };
  }
}

/** Waits until a server without a log listens, or ends. */
async function connected(): Promise<Peer> {
  while (server?.child.exitCode === null) {
    try {
      return await Peer.connect({ path });
    } catch {
      await sleep(50);
    }
  }
  throw new Error('the server does not listen');
}

describe('a server whose log is a full pipe', () => {
  it('answers, and stops when it is told to', async () => {
    const log = fullPipe();
    server = new ServerProcess(
      process.execPath,
      [PROGRAM, 'serve', 'socketmap', '-d', directory, '--listen', `unix:${path}`],
      { log: log.end },
    );
    closeSync(log.end);
    const peer = await connected();
    // each of these has a line of the log
    for (let i = 0; i < 100; i++) expect(await peer.ask(`none${'x'.repeat(1000)}${i}`, 'a.example')).toMatch(/^TEMP /);
    expect(await peer.ask('access', 'a.example')).toBe('OK RELAY');
    await peer.end();
    expect(await server.stop()).toBe(0);
    log.close();
  });
});

describe('a follower whose log is a full pipe', () => {
  it('follows, and stops when it is told to', async () => {
    const log = fullPipe();
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const line = `ed25519 ${publicKey.export({ format: 'der', type: 'spki' }).toString('base64')}`;
    writeFileSync(join(directory, 'trust'), line);
    for (const name of ['files', 'state', 'engine']) mkdirSync(join(directory, name));
    const address = `file://${directory}/engine?fleet=mx`;
    const options = {
      fleet: 'mx',
      trust: parseTrust(line, 'trust'),
      keys: [privateKey],
      by: 'a',
      message: '',
      tool: 't',
    };
    const args = ['--fleet', address, '--trust', join(directory, 'trust'), '--into', join(directory, 'host')];
    server = new ServerProcess(process.execPath, [PROGRAM, 'follow', ...args], { log: log.end, output: log.end });
    closeSync(log.end);
    await using engine = parseFleetAddress(address).open();
    for (const text of ['first', 'second']) {
      writeFileSync(join(directory, 'files/access'), text);
      await publish(engine, join(directory, 'files'), { ...options, state: join(directory, 'state') });
      const followed = (): string => textOf(join(directory, 'host/current/access'));
      await expect.poll(followed, { timeout: 10_000 }).toBe(text);
    }
    expect(await server.stop()).toBe(0);
    log.close();
  });
});

/** Empty while there is no file. */
function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

describe('a line of the log', () => {
  it('stays one line, whatever is in it', () => {
    let log = '';
    const err = (line: string | Uint8Array): void => {
      log += String(line);
    };
    new ServeLog({ stdin: [], out: err, err, env: {}, argv0: '', isTerminal: false }).problem(
      'a\nmailmaps: stopped\x1b[2J',
    );
    expect(log).toBe('mailmaps: a?mailmaps: stopped?[2J\n');
  });

  it('is cut between characters, whatever a peer asks for', async () => {
    server = await ServerProcess.start('socketmap', '-d', directory, '--listen', `unix:${path}`);
    const peer = await connected();
    // the cut is somewhere in the name: at one of two lengths it falls into a character of two UTF-16 units
    for (const start of ['', 'x']) {
      const name = Buffer.from(`${start}${'😀'.repeat(600)}`).toString('latin1');
      expect(await peer.ask(name, 'a.example')).toMatch(/^TEMP /);
    }
    expect(await peer.ask('access', 'a.example')).toBe('OK RELAY');
    await peer.end();
    await expect.poll(() => server?.lines.filter((line) => /😀\.\.\. \(\d+ characters\)$/u.test(line))).toHaveLength(2);
  });
});

describe('peers that never finish their requests', () => {
  it('are cut off when they hold too much in all, and those who speak the protocol are answered', async () => {
    server = await ServerProcess.start('socketmap', '-d', directory, '--listen', `unix:${path}`);
    const honest = await connected();
    const part = 'x'.repeat(100_000);
    const greedy: Peer[] = [];
    // 100 MB in all, of which the server keeps 64 MiB
    for (let i = 0; i < 1000; i++) {
      const peer = await connected();
      peer.send(`110000:${part}`);
      greedy.push(peer);
    }
    expect(await server.line(/all peers together hold too much/)).toBeDefined();
    expect(await honest.ask('access', 'a.example')).toBe('OK RELAY');
    await expect.poll(() => greedy.filter(({ socket }) => socket.closed).length).toBeGreaterThan(250);
    await Promise.all(greedy.map((peer) => peer.end()));
    expect(await honest.ask('access', 'a.example')).toBe('OK RELAY');
    await honest.end();
  });
});
