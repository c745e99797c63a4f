/**
 * `node polite.mjs POLICY SOCKETMAP METRICS PID...`: peers with good manners, one for each port of 127.0.0.1. They ask again and
 * again, over old and new connections, until standard input ends; then the counts are printed as JSON.
 *
 * The time of an answer does not count the time for which this process, or one of the servers' processes, had to wait for a
 * processor.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { netstring } from '../../src/serve/netstring.ts';
import { Peer, policyRequest } from '../serve/peer.ts';
import { waitedOf, watchLag } from './lag.ts';

const [policy, socketmap, metrics, ...servers] = process.argv.slice(2).map(Number) as [number, number, number];
const PAUSE_MS = 20;
const REQUESTS_A_CONNECTION = 25;
/** A worker that does not report in three seconds makes a page 503; it may have waited for a processor that long. */
const LATE_REPORT_MS = 1500;

/** Each peer's request, and the answer that it must get. */
const ASKED = [
  {
    port: policy,
    request: policyRequest({
      protocol_state: 'RCPT',
      client_address: '203.0.113.9',
      client_name: 'unknown',
      sender: 'a@far.example',
      recipient: 'victim@far.example',
    }),
    end: /\n\n$/,
    answer: /^action=550 5\.7\.1 .*Relaying denied.*\n\n$/,
    isKept: true,
  },
  {
    port: socketmap,
    request: netstring('access from:spam@example.net'),
    end: /,$/,
    answer: /^\d+:OK REJECT,$/,
    isKept: true,
  },
  {
    port: metrics,
    request: 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    end: /(?!)/,
    answer: /^HTTP\/1\.1 200 [\s\S]*\r\n\r\nok\n$/,
    isKept: false,
  },
  {
    port: metrics,
    request: 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    end: /(?!)/,
    answer: /^HTTP\/1\.1 200 [\s\S]*\nmailmaps_requests_total/,
    isKept: false,
  },
] as const;

let isOver = false;
process.stdin
  .on('end', () => {
    isOver = true;
  })
  .resume();

const seen = { answers: 0, longest: 0, latest: '', wrong: [] as string[] };

const lagged = watchLag();

const waited = (): number => lagged() + waitedOf(servers);

async function ask({ request, end, answer, isKept }: (typeof ASKED)[number], peer: Peer): Promise<void> {
  const [began, before] = [performance.now(), waited()];
  peer.send(request);
  const reply = await peer.until(end);
  const wait = waited() - before;
  const took = performance.now() - began - wait;
  if (took > seen.longest) [seen.longest, seen.latest] = [took, request.slice(0, 40)];
  seen.answers++;
  const isLateReport = !isKept && wait > LATE_REPORT_MS && reply.startsWith('HTTP/1.1 503 ');
  if (!answer.test(reply) && !isLateReport)
    seen.wrong.push(`${JSON.stringify(request)}: ${JSON.stringify(reply.slice(0, 200))}`);
}

async function askOn(asked: (typeof ASKED)[number]): Promise<void> {
  while (!isOver) {
    const peer = await Peer.connect({ host: '127.0.0.1', port: asked.port });
    for (let i = 0; i < (asked.isKept ? REQUESTS_A_CONNECTION : 1) && !isOver; i++) {
      await ask(asked, peer);
      await sleep(asked.isKept ? PAUSE_MS : PAUSE_MS * 10);
    }
    await peer.end();
  }
}

console.log('ready');
await Promise.all(ASKED.map(askOn));
console.log(JSON.stringify(seen));
process.exit();
