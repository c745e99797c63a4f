/**
 * `/metrics` and `/healthz` over HTTP, for Prometheus and for supervisors.
 *
 * Limits: no other page, no request body, one request a connection, and no longer wait than a worker may take to report.
 * Requests that come while a page is made get that page, so many requests at once cost as much as one. Connections beyond
 * MAX_CONNECTIONS are closed.
 */
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
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
/** Scrapers and supervisors are few. */
const MAX_CONNECTIONS = 100;
const LOCAL = /^(?:127\.|::1$|::ffff:127\.)/;
const CHECK_MS = 1_000;

/** @throws MapError `unwritable` if the system refuses the address */
export async function startMonitor({ host, port, reports, text }: MonitorOptions): Promise<Monitor> {
  const limits = { requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS, connectionsCheckingInterval: CHECK_MS };
  const server = createServer(limits, listener(reports, text));
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = 1;
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

/** The same call for all who ask while it is in progress. */
function shared<T>(call: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= call().finally(() => {
      running = undefined;
    });
    return running;
  };
}

interface Page {
  readonly status: number;
  readonly text: string;
  readonly type?: string;
}

function listener(reports: MonitorOptions['reports'], text: MonitorOptions['text']): RequestListener {
  const pages: Readonly<Record<string, () => Promise<Page>>> = {
    '/metrics': shared(async () => {
      const values = (await reports()).map(({ metrics }) => metrics);
      return { status: 200, text: await text(values), type: 'text/plain; version=0.0.4; charset=utf-8' };
    }),
    '/healthz': shared(async () => {
      const troubles = (await reports()).flatMap(({ trouble }) => trouble ?? []);
      return troubles.length > 0 ? { status: 503, text: troubles.join('\n') } : { status: 200, text: 'ok' };
    }),
  };
  return ({ method, url, headers, socket }, response) => {
    if (!isAskedHere(headers.host ?? '', socket.localAddress ?? '')) {
      send(response, { status: 421, text: 'this is a local address' });
      return;
    }
    const page = ownField(pages, url ?? '');
    if (page === undefined) send(response, { status: 404, text: 'there are /metrics and /healthz' });
    else if (method !== 'GET' && method !== 'HEAD') send(response, { status: 405, text: 'GET' });
    else
      page().then(
        (made) => send(response, made),
        (error: Error) => send(response, { status: 503, text: error.message }),
      );
  };
}

/**
 * Whether a request to a local address names one. A page of somebody else can lead its own name to 127.0.0.1 (DNS rebinding); a
 * browser then lets it read the answer.
 */
function isAskedHere(host: string, address: string): boolean {
  if (!LOCAL.test(address)) return true;
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return name === '' || name.toLowerCase() === 'localhost' || isIP(name) > 0;
}

function send(response: ServerResponse, { status, text, type = 'text/plain; charset=utf-8' }: Page): void {
  const bytes = Buffer.from(`${text}\n`);
  const headers = { 'content-type': type, 'content-length': bytes.length, 'cache-control': 'no-store' };
  response.writeHead(status, headers).end(bytes);
}
