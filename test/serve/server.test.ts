/**
 * The servers as separate processes: tests for both protocols and every kind of socket.
 *
 * @module-tag slow
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeMap } from '../../src/map/make-map.ts';
import { newWriterId } from '../../src/store/replace/writer-id.ts';
import { playedWithin } from '../played-within.ts';
import { Peer, policyRequest } from './peer.ts';
import { PROGRAM, ServerProcess } from './server-process.ts';

const asRoot = process.getuid?.() === 0;
/** A peer of a server that is stopped has so long to read its last answers. */
const FAREWELL_MS = 2000;

let directory: string;
let path: string;
let servers: ServerProcess[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-serve.'));
  path = join(directory, 'socket');
  servers = [];
});

afterEach(async () => {
  await killServers();
  rmSync(directory, { recursive: true });
});

async function killServers(): Promise<void> {
  for (const server of servers) await server.stop('SIGKILL');
}

async function build(map: string, ...lines: readonly string[]): Promise<void> {
  await makeMap([Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1')], join(directory, map));
}

async function serve(...args: readonly string[]): Promise<ServerProcess> {
  const server = await ServerProcess.start(args[0]!, '-d', directory, ...args.slice(1));
  servers.push(server);
  return server;
}

const socketmap = (...args: readonly string[]): Promise<ServerProcess> =>
  serve('socketmap', '--listen', `unix:${path}`, ...args);

/** Maps that another program made. */
const COPIED = [
  ['sm-access-hash.db', 'berkeley.db'],
  ['c-sendmail.cdb', 'constant.cdb'],
  ['d-killed-hash.db', 'killed.db'],
] as const;

describe('a socketmap server', () => {
  it.each<[string, string, string, string]>([
    ['a key', 'access', 'a.example', 'OK RELAY'],
    ['a key in capitals', 'access', 'A.Example', 'OK RELAY'],
    ['a key with blanks', 'phrases', 'two  words', 'OK x'],
    ['a value with blanks', 'access', 'b.example', 'OK ERROR:5.7.1:550  no '],
    ['bytes', 'access', '\xff\xfe', 'OK \xe9'],
    ['no such key', 'access', 'c.example', 'NOTFOUND '],
    ['an empty key', 'access', '', 'NOTFOUND '],
    ['a key with NUL', 'access', 'a.example\0', 'NOTFOUND '],
    ['a key longer than any', 'access', 'x'.repeat(100_000), 'NOTFOUND '],
    ['the alias map of a sendmail', 'Alias0', 'root', 'OK alice'],
    ['a map of a sendmail with Berkeley DB', 'berkeley', '10.148.10', 'OK "550 no list24.invalid"'],
    ['no key of a Berkeley DB file', 'berkeley', 'c.example', 'NOTFOUND '],
    ['a CDB file', 'constant', '10.148.10', 'OK "550 no list24.invalid"'],
    ['a damaged Berkeley DB file', 'killed', 'a.example', 'TEMP '],
    ['no such map', 'nomap', 'a.example', 'TEMP '],
    ['a damaged map', 'damaged', 'a.example', 'TEMP '],
    ['no map', 'text.db', 'a.example', 'TEMP '],
    ['a directory', 'directory', 'a.example', 'TEMP '],
    ['a path', '../access', 'a.example', 'TEMP '],
    ['a path from the root', '/etc/mail/access', 'a.example', 'TEMP '],
    ['a path inside', 'directory/access', 'a.example', 'TEMP '],
    ['the directory itself', '.', 'a.example', 'TEMP '],
    ['something hidden', '.access', 'a.example', 'TEMP '],
    ['a name with NUL', 'access\0', 'a.example', 'TEMP '],
    ['no name', '', 'a.example', 'TEMP '],
  ])('answers for %s', async (_what, map, key, answer) => {
    await build('access', 'a.example RELAY', 'b.example ERROR:5.7.1:550  no ', '\xff\xfe \xe9');
    await build('aliases', 'root alice');
    await makeMap([Buffer.from('two  words:x\n')], join(directory, 'phrases'), { delimiter: ':' });
    for (const [from, to] of COPIED) copyFileSync(join('test/data/dbfiles', from), join(directory, to));
    writeFileSync(join(directory, 'damaged.lmdb'), Buffer.alloc(5000, 7));
    writeFileSync(join(directory, 'text.db'), 'a.example OK\n');
    execFileSync('mkdir', [join(directory, 'directory.lmdb')]);
    await socketmap();
    const peer = await Peer.connect({ path });
    const reply = await peer.ask(map, key);
    expect(answer === 'TEMP ' ? reply.slice(0, 5) : reply).toBe(answer);
    await peer.end();
  });

  it('answers a request without a key with a failure', async () => {
    await socketmap();
    const peer = await Peer.connect({ path });
    peer.send('6:access,');
    expect(await peer.until(/,$/)).toMatch(/^\d+:TEMP .*,$/);
    await peer.end();
  });

  it('answers many questions of a connection, in order, however they arrive', async () => {
    await build('access', ...Array.from({ length: 1000 }, (_, i) => `k${i} v${i}`));
    await socketmap();
    const peer = await Peer.connect({ path });
    const questions = Array.from({ length: 5000 }, (_, i) => `access k${i % 1000}`);
    const sent = questions.map((question) => `${question.length}:${question},`).join('');
    for (let at = 0; at < sent.length; at += 7777) peer.send(sent.slice(at, at + 7777));
    const answers = questions.map((_, i) => `OK v${i % 1000}`);
    const expected = answers.map((answer) => `${answer.length}:${answer},`).join('');
    let got = '';
    while (got.length < expected.length) got += await peer.until(/./s);
    expect(got === expected).toBe(true);
    await peer.end();
  });

  it.each<[string, readonly string[]]>([
    ['one process', []],
    ['two workers', ['--workers', '2']],
  ])('of %s answers all requests of a peer that has ended its side', async (_what, args) => {
    const server = await serve('policy', '--host-name', 'mail.example.com', '--listen', `unix:${path}`, ...args);
    const peer = await Peer.connect({ path });
    const recipients = Array.from({ length: 500 }, (_, i) => `u${i}@far.example`);
    const attributes = { protocol_state: 'RCPT', client_address: '203.0.113.9', sender: 'a@b.example' };
    peer.socket.end(recipients.map((recipient) => policyRequest({ ...attributes, recipient })).join(''));
    expect((await peer.rest()).match(/^action=.*$/gm)).toHaveLength(500);
    expect(await server.stop()).toBe(0);
  });

  it('follows maps that are replaced, and takes new ones into use', async () => {
    await build('access', 'a.example OK');
    const server = await socketmap();
    const peer = await Peer.connect({ path });
    expect(await peer.ask('access', 'a.example')).toBe('OK OK');
    expect(await peer.ask('later', 'a.example')).toMatch(/^TEMP /);
    await build('access', 'a.example REJECT');
    await build('later', 'a.example now');
    await sleep(300);
    expect(await peer.ask('access', 'a.example')).toBe('OK REJECT');
    expect(await peer.ask('later', 'a.example')).toBe('OK now');
    writeFileSync(join(directory, 'new'), 'no map');
    execFileSync('mv', [join(directory, 'new'), join(directory, 'access.lmdb')]);
    await sleep(300);
    expect(await peer.ask('access', 'a.example')).toBe('OK REJECT');
    await server.line(/access\.lmdb.* not/);
    await peer.end();
  });

  it('serves two thousand connections at once', async () => {
    await build('access', 'a.example OK');
    const server = await socketmap();
    const before = server.descriptors;
    const peers = await Promise.all(Array.from({ length: 2000 }, () => Peer.connect({ path })));
    const answers = await Promise.all(peers.map((peer) => peer.ask('access', 'a.example')));
    expect(new Set(answers)).toEqual(new Set(['OK OK']));
    await Promise.all(peers.map((peer) => peer.end()));
    await expect.poll(() => server.descriptors).toBeLessThanOrEqual(before + 1);
  });

  it('does not read from a peer that does not read its answers, and gives up on it', async () => {
    await build('access', `big ${'x'.repeat(1000)}`);
    const server = await socketmap('--idle-timeout', '2');
    const peer = await Peer.connect({ path });
    peer.socket.pause();
    const before = server.memory;
    // the answers would take 200 MB
    for (let i = 0; i < 200; i++) peer.send('10:access big,'.repeat(1000));
    await server.line(/answers are not read/);
    expect(server.memory - before).toBeLessThan(64);
    peer.socket.resume();
    await peer.closed;
    const other = await Peer.connect({ path });
    expect(await other.ask('access', 'none')).toBe('NOTFOUND ');
    await other.end();
  });

  it('goes on with a slow reader where it stopped', async () => {
    await build('access', `big ${'x'.repeat(1000)}`);
    await socketmap();
    const peer = await Peer.connect({ path });
    peer.socket.pause();
    peer.send('10:access big,'.repeat(3000));
    await sleep(200);
    peer.socket.resume();
    const answer = `1003:OK ${'x'.repeat(1000)},`;
    let length = 0;
    while (length < 3000 * answer.length) length += (await peer.until(/./s)).length;
    expect(length).toBe(3000 * answer.length);
    await peer.end();
  });
});

describe('a server and bad peers', () => {
  const many = (count: number): string => Array.from({ length: count }, (_, i) => `n${i}=v\n`).join('');
  it.each<[string, 'socketmap' | 'policy', string]>([
    ['a wrong length', 'socketmap', '3:access a,'],
    ['leading zeros', 'socketmap', '08:access a,'],
    ['a huge length', 'socketmap', '999999999999:access a,'],
    ['digits without end', 'socketmap', '9'.repeat(100_000)],
    ['a negative length', 'socketmap', '-8:access a,'],
    ['binary', 'socketmap', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\xff'],
    ['HTTP', 'socketmap', 'GET / HTTP/1.0\r\n\r\n'],
    ['NULs', 'socketmap', '\0'.repeat(1000)],
    ['thousands of attributes', 'policy', many(5000)],
    ['a line without end', 'policy', 'x'.repeat(200_000)],
    ['binary', 'policy', '\x16\x03\x01\x02\0\x01\n\0\x01\xfc\x03\x03\xff\n'],
    ['HTTP', 'policy', 'GET / HTTP/1.0\r\n\r\n'],
    ['another request', 'policy', policyRequest({ request: 'junk' })],
    ['a request without a client', 'policy', policyRequest({ protocol_state: 'RCPT', recipient: 'a@b.example' })],
    ['an empty request', 'policy', '\n'],
  ])('%s, as %s: the connection ends, the others do not', async (_what, protocol, bytes) => {
    await build('access', 'a.example OK');
    const server = await serve(protocol, '--listen', `unix:${path}`);
    const good = await Peer.connect({ path });
    const bad = await Peer.connect({ path });
    bad.send(bytes);
    expect(await bad.rest()).toBe('');
    await server.line(/mailmaps: (?:no netstring|a netstring|a request|a line|an attribute|more than|no request)/);
    if (protocol === 'socketmap') expect(await good.ask('access', 'a.example')).toBe('OK OK');
    else expect(await good.askPolicy({ protocol_state: 'DATA', client_address: '192.0.2.1' })).toBe('DUNNO');
    await good.end();
  });

  it.each<[string, string]>([
    ['says nothing', ''],
    ['leaves half a length', '1'],
    ['leaves half a request', '12:access'],
    ['leaves half a request after a whole one', '8:access a,12:acc'],
  ])('a peer that %s is left after the idle time', async (_what, bytes) => {
    await build('access', 'a OK');
    await socketmap('--idle-timeout', '0.3');
    const peer = await Peer.connect({ path });
    if (bytes !== '') peer.send(bytes);
    await peer.closed;
  });

  it('a peer that sends a byte at a time is left all the same', async () => {
    await build('access', 'a OK');
    await socketmap('--idle-timeout', '0.3');
    const peer = await Peer.connect({ path });
    peer.send('90:');
    const dribble = setInterval(() => peer.send('x'), 20);
    await peer.closed;
    clearInterval(dribble);
  });

  it('a peer that keeps asking is not left', async () => {
    await build('access', 'a OK');
    await socketmap('--idle-timeout', '4');
    // 4.5 seconds of pauses, and less than 4 seconds for any of them
    await playedWithin(8000, async () => {
      const peer = await Peer.connect({ path });
      for (let i = 0; i < 9; i++) {
        await sleep(500);
        expect(await peer.ask('access', 'a')).toBe('OK OK');
      }
      await peer.end();
    });
  });

  it('a peer that asks in time is answered, also when the server is held up for longer than the idle time', async () => {
    await build('access', 'a OK');
    const server = await socketmap('--idle-timeout', '0.5');
    await playedWithin(1200, async () => {
      const peer = await Peer.connect({ path });
      expect(await peer.ask('access', 'a')).toBe('OK OK');
      await expect.poll(() => server.state).toBe('S');
      server.child.kill('SIGSTOP');
      await expect.poll(() => server.state).toBe('T');
      const answer = peer.ask('access', 'a');
      await sleep(700);
      server.child.kill('SIGCONT');
      expect(await answer).toBe('OK OK');
      await peer.end();
    });
  });

  it('nothing is left of tens of thousands of them', async () => {
    await build('access', 'a OK');
    const server = await socketmap();
    const began = performance.now();
    const descriptors = server.descriptors;
    const nuisance = ['x', '9999999999', '5:hello!', '12:acc', '', '8:access a,8:acc', '07:access,'];
    const wave = async (): Promise<void> => {
      for (let done = 0; done < 5000; done += 200) {
        const peers = await Promise.all(Array.from({ length: 200 }, () => Peer.connect({ path })));
        for (const [i, peer] of peers.entries()) peer.send(nuisance[i % nuisance.length]!);
        await Promise.all(peers.map((peer) => peer.end()));
      }
    };
    // memory is collected only when there is enough garbage: it must stop growing, not grow little
    let [peak, flat] = [0, 0];
    for (let waves = 0; waves < 30 && flat < 2; waves++) {
      await wave();
      flat = server.memory <= peak + 1 ? flat + 1 : 0;
      peak = Math.max(peak, server.memory);
    }
    expect(flat).toBe(2);
    await expect.poll(() => server.descriptors).toBeLessThanOrEqual(descriptors + 4);
    // they do not fill the log: in a minute there are twenty of them, and the number of the others
    const minutes = Math.ceil((performance.now() - began) / 60_000) + 1;
    expect(server.lines.length).toBeLessThan(2 + 21 * minutes);
  });
});

describe('a socket', () => {
  it('may be a unix socket, TCP over IPv4 and over IPv6, all at once', async () => {
    await build('access', 'a OK');
    const server = await socketmap('--listen', 'tcp:127.0.0.1:0', '--listen', 'tcp:[::1]:0');
    await server.line(/tcp:\[::1\]:\d/);
    const [four, six] = server.lines
      .join('\n')
      .match(/(?<=tcp:.*:)\d+$/gm)!
      .map(Number);
    for (const target of [{ path }, { host: '127.0.0.1', port: four! }, { host: '::1', port: six! }]) {
      const peer = await Peer.connect(target);
      expect(await peer.ask('access', 'a')).toBe('OK OK');
      await peer.end();
    }
  });

  it('that other hosts reach is warned of, any other is not', async () => {
    const server = await socketmap('--listen', 'tcp:127.0.0.1:0', '--listen', 'tcp:0.0.0.0:0');
    expect(await server.line(/warning/)).toMatch(/^mailmaps: warning: whoever reaches tcp:0\.0\.0\.0:\d+ may ask$/);
    expect(server.lines.filter((line) => line.includes('warning'))).toHaveLength(1);
  });

  it('is not left behind when another cannot be had', async () => {
    const args = ['serve', 'socketmap', '--listen', `unix:${path}`, '--listen', 'tcp:192.0.2.1:1'];
    const server = new ServerProcess(process.execPath, [PROGRAM, ...args]);
    expect(await server.exited).toBe(73);
    expect(existsSync(path)).toBe(false);
  });

  it('is made where a killed server left its private directory, which is removed', async () => {
    const { pid } = spawnSync('true');
    const living = `.mailmaps.${newWriterId()}.socket`;
    const dead = living.replace(/-\d+-(\d+)-/, `-${pid}-$1-`);
    for (const name of [dead, living]) mkdirSync(join(directory, name));
    writeFileSync(join(directory, dead, 'socket'), '');
    await socketmap();
    expect(readdirSync(directory).sort()).toEqual([living, 'socket'].sort());
  });

  it('of a dead server is taken over', async () => {
    await build('access', 'a OK');
    const dead = await socketmap();
    await dead.stop('SIGKILL');
    expect(existsSync(path)).toBe(true);
    await socketmap();
    const peer = await Peer.connect({ path });
    expect(await peer.ask('access', 'a')).toBe('OK OK');
    await peer.end();
  });

  it.each<[string, (server: () => Promise<ServerProcess>) => unknown, number, RegExp]>([
    ['of a live server', (server) => server(), 75, /a server listens on .* already/],
    ['that is a file', () => writeFileSync(path, 'precious'), 73, /exists and is no socket/],
  ])('%s is left alone', async (_what, prepare, status, text) => {
    await prepare(socketmap);
    const second = new ServerProcess(process.execPath, [PROGRAM, 'serve', 'socketmap', '--listen', `unix:${path}`]);
    expect(await second.exited).toBe(status);
    expect(second.lines.join('\n')).toMatch(text);
    expect(existsSync(path)).toBe(true);
  });

  it.each<[string, readonly string[], string]>([
    ['owner and group', [], '660'],
    ['whom --socket-mode says', ['--socket-mode', '0606'], '606'],
  ])('is for %s', async (_what, args, mode) => {
    await socketmap(...args);
    expect((statSync(path).mode & 0o777).toString(8)).toBe(mode);
  });

  it.runIf(asRoot)('belongs to the group that --socket-group names', async () => {
    await socketmap('--socket-group', 'daemon');
    expect(statSync(path)).toMatchObject({ uid: 0, gid: 1 });
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ['no address', [], 64, /needs --listen/],
    ['another kind of address', ['--listen', 'udp:127.0.0.1:1'], 64, /'udp:127\.0\.0\.1:1' must be unix:/],
    ['a relative path', ['--listen', 'unix:socket'], 64, /must be unix:/],
    ['a port over 65535', ['--listen', 'tcp:127.0.0.1:65536'], 64, /must be unix:/],
    ['no IPv6 address', ['--listen', 'tcp:[localhost]:1'], 64, /must be unix:/],
    ['a path that is too long', ['--listen', `unix:/${'x'.repeat(107)}`], 64, /at most 107 bytes/],
    [
      'a directory that is not there',
      ['--listen', 'unix:/nonexistent/socket'],
      73,
      /cannot listen on unix:.*: No such file/,
    ],
    ['an address of another host', ['--listen', 'tcp:192.0.2.1:1'], 73, /cannot listen on tcp:192\.0\.2\.1:1: /],
    ['no group', ['--listen', 'unix:/tmp/x', '--socket-group', 'no-such'], 64, /no group 'no-such'/],
    ['no mode', ['--listen', 'unix:/tmp/x', '--socket-mode', '999'], 64, /three octal digits/],
    ['no time', ['--listen', 'unix:/tmp/x', '--idle-timeout', '-1'], 64, /a number of seconds/],
  ])('with %s is refused', async (_what, args, status, text) => {
    const server = new ServerProcess(process.execPath, [PROGRAM, 'serve', 'socketmap', ...args]);
    expect(await server.exited).toBe(status);
    expect(server.lines.join('\n')).toMatch(text);
  });
});

describe('a server that is stopped', () => {
  it.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])('by %s removes its socket and ends with 0', async (signal) => {
    const server = await socketmap();
    const idle = await Peer.connect({ path });
    expect(await server.stop(signal)).toBe(0);
    await idle.closed;
    expect(existsSync(path)).toBe(false);
    expect(server.lines.at(-1)).toBe('mailmaps: stopped');
  });

  it('removes no other file that has the name by then', async () => {
    const server = await socketmap();
    rmSync(path);
    writeFileSync(path, 'precious');
    expect(await server.stop()).toBe(0);
    expect(readFileSync(path, 'latin1')).toBe('precious');
    expect(readdirSync(directory)).toEqual(['socket']);
  });

  it.each<[NodeJS.Signals, string[]]>([
    ['SIGHUP', ['mailmaps: SIGHUP: changes are followed without it']],
    ['SIGUSR1', []],
    ['SIGPIPE', []],
  ])('is not stopped by %s', async (signal, said) => {
    await build('access', 'a OK');
    const server = await socketmap();
    const peer = await Peer.connect({ path });
    server.child.kill(signal);
    expect(await peer.ask('access', 'a')).toBe('OK OK');
    await peer.end();
    expect(await server.stop()).toBe(0);
    expect(server.lines.slice(1)).toEqual([...said, 'mailmaps: stopped']);
  });

  it('gives the answers that it began with, also to a slow reader', async () => {
    await build('access', `big ${'x'.repeat(1000)}`);
    const refuses = (): Promise<boolean> =>
      Peer.connect({ path }).then(
        (other) => other.end().then(() => false),
        () => true,
      );
    await playedWithin(FAREWELL_MS, async () => {
      await killServers();
      const server = await socketmap();
      const peer = await Peer.connect({ path });
      // in one piece: the server has all requests when it answers the first; the answers are more than the system's buffers hold
      peer.send('10:access big,'.repeat(500));
      const first = await peer.until(/./s);
      peer.socket.pause();
      const stopped = server.stop();
      await expect.poll(refuses).toBe(true);
      peer.socket.resume();
      const rest = await peer.rest();
      expect(await stopped).toBe(0);
      expect(first + rest === `1003:OK ${'x'.repeat(1000)},`.repeat(500)).toBe(true);
    });
  });
});

describe('a policy server', () => {
  it('needs a directory', async () => {
    const server = new ServerProcess(process.execPath, [
      ...[PROGRAM, 'serve', 'policy', '-d', '/nonexistent', '--listen', `unix:${path}`],
    ]);
    expect(await server.exited).toBe(66);
    expect(server.lines.join('\n')).toMatch(/^mailmaps: .*nonexistent/);
  });

  it.runIf(asRoot)('serves who may not read the maps', async () => {
    await build('access', 'Connect:192.0.2.1 REJECT');
    chmodSync(join(directory, 'access.lmdb'), 0o600);
    const server = await serve('policy', '--listen', 'tcp:127.0.0.1:0');
    const peer = await Peer.connect({ host: '127.0.0.1', port: server.port });
    expect(await peer.askPolicy({ protocol_state: 'CONNECT', client_address: '192.0.2.1' })).toBe(
      '550 5.7.1 Access denied',
    );
    await peer.end();
  });
});
