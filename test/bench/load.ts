/**
 * Requests of many connections to a server, one at a time on each -> the time of each, measured by the client. A wrong reply
 * ends the run.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { ByteString } from '../../src/core/bytes.ts';

export interface Exchange {
  readonly request: ByteString;
  readonly reply: ByteString;
}

export interface Load {
  readonly seconds: number;
  /** Milliseconds each, sorted. */
  readonly latencies: Float64Array;
}

/** Exchanges, of which several are sent at once, so that the client itself costs little. */
export function together(exchanges: readonly Exchange[], count: number): Exchange[] {
  return Array.from({ length: Math.floor(exchanges.length / count) }, (_, i) => {
    const some = exchanges.slice(i * count, (i + 1) * count);
    return { request: some.map(({ request }) => request).join(''), reply: some.map(({ reply }) => reply).join('') };
  });
}

/** Sends `total` requests, the exchanges in turn. @throws Error for a wrong reply, or none */
export async function load(
  path: string,
  connections: number,
  exchanges: readonly Exchange[],
  total: number,
): Promise<Load> {
  const latencies = new Float64Array(total);
  let sent = 0;
  const ask = async (): Promise<void> => {
    const socket = connect(path);
    await once(socket, 'connect');
    await new Promise<void>((resolve, reject) => {
      let [at, began, received] = [-1, 0, ''];
      const next = (): void => {
        if (sent === total) return void socket.end();
        at = sent++;
        received = '';
        began = performance.now();
        socket.write(exchanges[at % exchanges.length]!.request, 'latin1');
      };
      socket.on('data', (chunk) => {
        const { request, reply } = exchanges[at % exchanges.length]!;
        received += chunk.toString('latin1');
        if (received.length < reply.length) return;
        if (received !== reply) return reject(new Error(`${request} was answered with ${received}, not ${reply}`));
        latencies[at] = performance.now() - began;
        next();
      });
      socket.on('error', reject);
      socket.on('close', () => (sent === total ? resolve() : reject(new Error('the server hung up'))));
      next();
    });
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: connections }, ask));
  return { seconds: (performance.now() - began) / 1000, latencies: latencies.sort() };
}

export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
