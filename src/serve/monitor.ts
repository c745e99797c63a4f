/**
 * `/metrics` and `/healthz` over HTTP, for Prometheus and for supervisors.
 *
 * Limits: no other page, no request body, and no longer wait than a worker may take to report.
 */
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MapError } from '../core/errors.ts';
import { ownField } from '../core/own-field.ts';
import { systemText } from '../core/system-error.ts';
import type { MetricValues } from './metrics.ts';

/** The report of one process that answers requests. */
export interface Report {
  /** The reason why it cannot answer. */
  readonly trouble?: string;
  readonly metrics: MetricValues;
}

export interface Monitor {
  /** The address that it listens on. */
  readonly address: string;
  close(): void;
}

export interface MonitorOptions {
  readonly host: string;
  readonly port: number;
  readonly reports: () => Promise<readonly Report[]>;
  readonly text: (values: readonly MetricValues[]) => Promise<string>;
}

const TIMEOUT_MS = 5_000;

/** @throws MapError `unwritable` if the system refuses the address */
export async function startMonitor({ host, port, reports, text }: MonitorOptions): Promise<Monitor> {
  const server = createServer(listener(reports, text));
  server.requestTimeout = TIMEOUT_MS;
  server.headersTimeout = TIMEOUT_MS;
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    throw new MapError('unwritable', `cannot listen on ${host}:${port}: ${systemText(cause)}`, { cause });
  }
  const { address, port: taken } = server.address() as AddressInfo;
  return {
    address: `http://${address.includes(':') ? `[${address}]` : address}:${taken}/metrics`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listener(reports: MonitorOptions['reports'], text: MonitorOptions['text']): RequestListener {
  const pages: Readonly<Record<string, (response: ServerResponse) => Promise<void>>> = {
    '/metrics': async (response) => {
      const values = (await reports()).map(({ metrics }) => metrics);
      send(response, 200, await text(values), 'text/plain; version=0.0.4; charset=utf-8');
    },
    '/healthz': async (response) => {
      const troubles = (await reports()).flatMap(({ trouble }) => trouble ?? []);
      send(response, troubles.length > 0 ? 503 : 200, troubles.length > 0 ? troubles.join('\n') : 'ok');
    },
  };
  return ({ method, url }, response) => {
    const page = ownField(pages, url ?? '');
    if (page === undefined) send(response, 404, 'there are /metrics and /healthz');
    else if (method !== 'GET' && method !== 'HEAD') send(response, 405, 'GET');
    else page(response).catch((error: Error) => send(response, 503, error.message));
  };
}

function send(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(`${text}\n`);
}
