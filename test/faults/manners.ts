/**
 * Peers with bad manners for a server of mail decisions: each is a function that connects, misbehaves, and ends within the time
 * that it is given. Nothing that happens to its socket is an error: a server may end such a connection at any moment.
 */
import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { ByteString } from '../../src/core/bytes.ts';

/** The server that a peer meets. */
export interface Target {
  readonly address: NetConnectOpts;
  /** A request that the server answers. */
  readonly request: ByteString;
}

interface Bad {
  readonly socket: Socket;
  readonly request: ByteString;
  readonly random: (below: number) => number;
  /** Milliseconds for which it may stay. */
  readonly stayMs: number;
}

const PATIENCE_MS = 4000;
const GIANT = 4 << 20;
/** Requests of a flood. */
const FLOOD = 1500;
const MEGABYTE = 1 << 20;

/** A unix socket has no resets. */
function reset(socket: Socket): void {
  if (socket.remoteFamily === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

/** Resolves when the connection has ended or another event comes, or after a while. */
async function endOf(socket: Socket, ms: number, ...events: readonly string[]): Promise<void> {
  if (socket.destroyed) return;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ms);
  try {
    await Promise.race(['close', ...events].map((event) => once(socket, event, { signal: stop.signal })));
  } catch {
    // an error of the socket, or too late
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

async function stay({ socket, stayMs }: Bad): Promise<void> {
  await endOf(socket, stayMs);
}

/** Writes as far as the server reads, for at most a few seconds; then the peer gives up. */
async function write(socket: Socket, bytes: ByteString): Promise<void> {
  if (socket.destroyed || socket.write(bytes, 'latin1')) return;
  await endOf(socket, PATIENCE_MS, 'drain');
  if (socket.writableNeedDrain) socket.destroy();
}

const noise = (length: number, random: (below: number) => number): ByteString =>
  String.fromCharCode(...Array.from({ length }, () => random(256)));

const half = (text: ByteString): ByteString => text.slice(0, text.length >> 1);

/** A name, and the behaviour after the connection is made. */
type Manners = readonly [name: string, behave: (bad: Bad) => void | Promise<void>];

async function sayAndWait(bad: Bad, bytes: ByteString): Promise<void> {
  bad.socket.resume();
  await write(bad.socket, bytes);
  await endOf(bad.socket, 2000);
}

/** One byte at a time. */
async function slowly({ socket, random }: Bad, text: ByteString): Promise<void> {
  socket.resume();
  for (const byte of text) {
    if (socket.destroyed) return;
    socket.write(byte, 'latin1');
    await sleep(random(20));
  }
}

async function giant(bad: Bad, piece: ByteString): Promise<void> {
  bad.socket.resume();
  for (let sent = 0; sent < GIANT && !bad.socket.destroyed; sent += piece.length) await write(bad.socket, piece);
  await endOf(bad.socket, 1000);
}

/** For every server. */
export const ANY_MANNERS: readonly Manners[] = [
  ['vanishes', () => undefined],
  ['resets', ({ socket, request }) => void socket.write(half(request), () => reset(socket))],
  ['is idle', stay],
  [
    'sends half a request and stays',
    async (bad) => {
      await write(bad.socket, half(bad.request));
      await stay(bad);
    },
  ],
  [
    'sends half a request and ends its side',
    async ({ socket, request }) => {
      socket.resume().end(half(request));
      await endOf(socket, 2000);
    },
  ],
  ['writes slowly', (bad) => slowly(bad, bad.request + bad.request)],
  ['a giant line', (bad) => giant(bad, 'x'.repeat(64 << 10))],
  ['a giant line of digits', (bad) => giant(bad, '9'.repeat(64 << 10))],
  ['NULs', (bad) => giant(bad, '\0'.repeat(64 << 10))],
  ['line ends only', (bad) => sayAndWait(bad, '\n'.repeat(MEGABYTE))],
  ['noise', (bad) => sayAndWait(bad, noise(1 + bad.random(20_000), bad.random))],
  ['a request that is damaged', (bad) => sayAndWait(bad, damaged(bad))],
  [
    'floods',
    async (bad) => {
      bad.socket.resume();
      for (let i = 0; i < 10 && !bad.socket.destroyed; i++) await write(bad.socket, bad.request.repeat(FLOOD / 10));
      bad.socket.end();
      await endOf(bad.socket, 5000);
    },
  ],
  [
    'asks and never reads',
    async (bad) => {
      bad.socket.pause();
      for (let i = 0; i < 20 && !bad.socket.destroyed; i++) bad.socket.write(bad.request.repeat(FLOOD / 10));
      await stay(bad);
    },
  ],
  [
    'asks much and resets',
    async ({ socket, request }) => {
      socket.write(request.repeat(FLOOD / 10), () => reset(socket));
      await endOf(socket, 1000);
    },
  ],
  ['speaks HTTP', (bad) => sayAndWait(bad, 'GET /metrics HTTP/1.1\r\nHost: here.example\r\n\r\n')],
  [
    'posts a request over HTTP',
    (bad) => sayAndWait(bad, `POST / HTTP/1.1\r\nContent-Length: ${bad.request.length}\r\n\r\n${bad.request}`),
  ],
  ['speaks SMTP', (bad) => sayAndWait(bad, 'EHLO here.example\r\nMAIL FROM:<>\r\nRCPT TO:<a@far.example>\r\n')],
  [
    'speaks TLS',
    async ({ socket }) => {
      const secure = connectTls({ socket, rejectUnauthorized: false }).on('error', () => undefined);
      await endOf(socket, 2000);
      secure.destroy();
    },
  ],
  ['a request and noise', (bad) => sayAndWait(bad, bad.request.repeat(3) + noise(200, bad.random))],
];

function damaged({ request, random }: Bad): ByteString {
  const at = random(request.length);
  return request.slice(0, at) + String.fromCharCode(random(256)) + request.slice(at + random(4));
}

/** For the servers of Postfix's policy. */
export const POLICY_MANNERS: readonly Manners[] = [
  ['a request without end', (bad) => giant(bad, `${'a'.repeat(1000)}=${'b'.repeat(9000)}\n`)],
  ['attributes without number', (bad) => giant(bad, Array.from({ length: 5000 }, (_, i) => `a${i}=\n`).join(''))],
  [
    'a recipient of a megabyte',
    (bad) =>
      sayAndWait(bad, `request=smtpd_access_policy\nprotocol_state=RCPT\nrecipient=${'@a!'.repeat(MEGABYTE / 3)}\n\n`),
  ],
];

/** For the servers of socket maps. */
export const SOCKETMAP_MANNERS: readonly Manners[] = [
  ['a length without end', (bad) => sayAndWait(bad, '999999999999999999999:x')],
  ['a length that lies', (bad) => sayAndWait(bad, '5:access key,5:access key,')],
  ['the longest key that may be', (bad) => sayAndWait(bad, `100000:access ${'k'.repeat(100_000 - 7)},`.repeat(5))],
];

/** For the port of metrics. */
export const HTTP_MANNERS: readonly Manners[] = [
  ['slow headers', (bad) => slowly(bad, 'GET /metrics HTTP/1.1\r\nX-Slow: yes\r\n'.repeat(4))],
  ['giant headers', (bad) => giant(bad, `X-Giant: ${'y'.repeat(8000)}\r\n`)],
  [
    'many pages at once, unread',
    async (bad) => {
      bad.socket.pause();
      bad.socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200));
      await stay(bad);
    },
  ],
  ['a page that is none', (bad) => sayAndWait(bad, `GET /${'../'.repeat(2000)}etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n`)],
  ['a name of its own', (bad) => sayAndWait(bad, 'GET __proto__ HTTP/1.1\r\nHost: x\r\n\r\n')],
  [
    'a body that does not come',
    (bad) => sayAndWait(bad, 'POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n'),
  ],
  [
    'chunks that lie',
    (bad) => sayAndWait(bad, 'GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n'),
  ],
];

/** One peer, from its connection to its end. The connection was refused: false. */
export async function misbehave(
  target: Target,
  [, behave]: Manners,
  random: (below: number) => number,
  stayMs: number,
): Promise<boolean> {
  const socket = connect(target.address).on('error', () => undefined);
  const isConnected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('close', () => resolve(false));
  });
  if (!isConnected) return false;
  await behave({ socket, request: target.request, random, stayMs });
  socket.destroy();
  return true;
}
