/**
 * The delay of one peer's questions while another peer asks expensive ones, one after the other: hostile keys and addresses,
 * lists of the longest form. Other work of the machine delays questions, too;
 * so the figure is the processor time of an expensive question, and the delays stand beside it.
 */
import { writeFileSync } from 'node:fs';
import { updateRecord } from '../../../src/map/edit.ts';
import { netstring } from '../../../src/serve/netstring.ts';
import { Peer, policyRequest } from '../../serve/peer.ts';
import { ServerProcess } from '../../serve/server-process.ts';
import type { Bench, Group } from '../group.ts';
import { type Exchange, load, percentile } from '../load.ts';
import { processorSeconds } from '../process-cost.ts';
import { makeRelayWorld } from '../relay-world.ts';

const QUESTIONS = 400;
const MOST_MS = 20;
const MEGABYTES_16 = 16_000_000;

/** The end of a reply to each server. */
const ENDS = { socketmap: /,$/, policy: /\n\n$/ } as const;

/** An expensive question that is repeated while the delay is measured. */
interface Trouble {
  readonly what: string;
  readonly server: keyof typeof ENDS;
  /** Absent: nothing is asked. */
  readonly request?: string;
}

const MANY_MEMBERS = Array.from({ length: 380 }, () => `${'b!'.repeat(120)}a`).join(',');
const THOUSAND = Array.from(
  { length: 1000 },
  (_, i) => `Member Number ${i} <user${i}@host${i}.example> (a comment)`,
).join(', ');

const TROUBLES: readonly Trouble[] = [
  { what: 'nothing else', server: 'socketmap' },
  { what: 'an alias with 1000 members', server: 'socketmap', request: netstring('aliases thousand@here.example') },
  { what: 'an alias of 92 kB, in UUCP form', server: 'socketmap', request: netstring('aliases bangs@here.example') },
  { what: 'an alias of 98,000 brackets', server: 'socketmap', request: netstring('aliases brackets@here.example') },
  { what: 'an alias of 16 MB', server: 'socketmap', request: netstring('aliases million@here.example') },
  {
    what: 'an address of 110 kB',
    server: 'socketmap',
    request: netstring(`aliases ${'a@b,'.repeat(27_000)}a@here.example`),
  },
  { what: 'nothing else', server: 'policy' },
  { what: 'addresses of 8 kB', server: 'policy', request: hostileRequest('\x80'.repeat(8000)) },
  {
    what: 'addresses with 700 routes',
    server: 'policy',
    request: hostileRequest(`<${'@b.example,'.repeat(700)}:a@c>`),
  },
];

function hostileRequest(address: string): string {
  const client = { client_address: '2001:db8:1:22:333:4444:55:1', client_name: `${'a.'.repeat(120)}example` };
  return policyRequest({ protocol_state: 'RCPT', ...client, sender: address, recipient: address });
}

export const serveDelays: Group = {
  name: 'serve-delays',
  about: 'the delay of a question to mailmaps serve while another peer asks expensive ones',
  async run(bench) {
    const directory = `${bench.scratch}/delays`;
    makeRelayWorld(bench, directory);
    await makeAliasMap(directory);
    const servers = Object.keys(ENDS) as (keyof typeof ENDS)[];
    const running = await Promise.all(
      servers.map((kind) => ServerProcess.start(kind, '-d', directory, '--listen', `unix:${directory}/${kind}`)),
    );
    try {
      for (const trouble of TROUBLES) {
        await measure(bench, directory, trouble, running[servers.indexOf(trouble.server)]!);
      }
    } finally {
      await Promise.all(running.map((server) => server.stop()));
    }
  },
};

async function makeAliasMap(directory: string): Promise<void> {
  writeFileSync(`${directory}/local-host-names`, 'here.example\n');
  const million = 'user@host.example,'.repeat(MEGABYTES_16 / 18);
  const values = { thousand: THOUSAND, bangs: MANY_MEMBERS, brackets: '('.repeat(98_000), million };
  const problem = { onProblem: () => undefined };
  for (const [name, value] of Object.entries(values)) await updateRecord(`${directory}/aliases`, name, value, problem);
}

async function measure(bench: Bench, directory: string, trouble: Trouble, server: ServerProcess): Promise<void> {
  const path = `${directory}/${trouble.server}`;
  const stop = new AbortController();
  const before = processorSeconds(server.child.pid!);
  const troubled = ask(path, trouble, stop.signal);
  const { latencies } = await load(path, 1, [plain(trouble.server)], QUESTIONS);
  stop.abort();
  const count = (await troubled) || QUESTIONS;
  const milliseconds = ((processorSeconds(server.child.pid!) - before) / count) * 1000;
  const [p50, p99] = [0.5, 0.99].map((share) => percentile(latencies, share).toFixed(2));
  bench.report({
    work: `${trouble.server}, beside ${trouble.what}`,
    against: 'a bound',
    ours: `${milliseconds.toPrecision(2)} ms; the others wait p50 ${p50}, p99 ${p99} ms`,
    theirs: '',
    figure: milliseconds,
    target: { is: 'atMost', figure: MOST_MS, unit: 'ms' },
    samples: {},
  });
}

function plain(server: Trouble['server']): Exchange {
  if (server === 'socketmap') return { request: netstring('access nosuch.example'), reply: netstring('NOTFOUND ') };
  const request = policyRequest({ protocol_state: 'CONNECT', client_address: '127.0.0.1' });
  return { request, reply: 'action=DUNNO\n\n' };
}

/** Asks without a pause. Returns the number of questions. */
async function ask(path: string, { request, server }: Trouble, signal: AbortSignal): Promise<number> {
  if (request === undefined) return 0;
  const peer = await Peer.connect({ path });
  let asked = 0;
  for (; !signal.aborted; asked++) {
    peer.send(request);
    await peer.until(ENDS[server]);
  }
  await peer.end();
  return asked;
}
