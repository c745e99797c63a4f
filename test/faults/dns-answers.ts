/**
 * `maps.ask` over a real DNS server that fails, lies and sends bytes that are no replies. Every question is answered in
 * {@link LONGEST_MS}. With failures alone nobody is relayed or let in whom DNS, when it answers, keeps out.
 */
import { Resolver } from 'node:dns/promises';
import { type Answer, type Feature, type MailMaps, MapError, openMailMaps, type Question } from '../../src/index.ts';
import type { Family, Round } from './fault.ts';
import { numbers, spending } from './fuzz.ts';
import { addressData, FAILURES, HostileDns, LIES, mxData, nameData, type Reply, type Zone } from './hostile-dns.ts';

/** The resolver below waits 100 ms for a reply; the rest is for a busy machine and rounds of questions. */
const LONGEST_MS = 10_000;
const TIMEOUT_MS = 100;

/** A stranger whose owner gave it our trusted partner's name, and listed names. */
const STRANGER = '203.0.113.9';
const ZONE: Zone = {
  'PTR 9.113.0.203.in-addr.arpa': [nameData('mx.trusted.example')],
  'A mx.trusted.example': [addressData('192.0.2.1')],
  'A 9.113.0.203.bl.example': [addressData('127.0.0.2')],
  'A bad.example.rhs.example': [addressData('127.0.0.2')],
  'A bad.example': [addressData('192.0.2.9')],
  'MX bad.example': [mxData(10, 'mx.bad.example')],
  'A mx.bad.example': [addressData('127.0.0.1')],
  'MX far.example': [mxData(10, 'mx.far.example')],
  'A far.example': [addressData('192.0.2.3')],
  'CNAME alias.example': [nameData('closed.example')],
  'A closed.example': [addressData('192.0.2.4')],
};
const session = { client: { address: STRANGER }, sender: 'eve@far.example' };

/** A question that an honest DNS answers with a refusal. */
type Case = readonly [name: string, features: readonly Feature[], question: Question];
const CASES: readonly Case[] = [
  ['a forged name', [], { kind: 'rcpt', recipient: 'bob@elsewhere.example', session }],
  ['require_rdns', ['require_rdns'], { kind: 'relay', client: session.client }],
  ['a client in a list', ['dnsbl:bl.example,,t'], { kind: 'relay', client: session.client }],
  [
    'a sender in a list',
    ['rhsbl:rhs.example,,t', 'delay_checks'],
    { kind: 'rcpt', recipient: 'bob@here.example', session: { ...session, sender: 'eve@bad.example' } },
  ],
  ['a bad mail exchanger', ['badmx'], { kind: 'mail', sender: 'eve@bad.example', session }],
  ['mail exchangers of others', ['relay_based_on_MX'], { kind: 'rcpt', recipient: 'bob@far.example', session }],
  ['the best exchanger of others', ['bestmx_is_local'], { kind: 'rcpt', recipient: 'bob@far.example', session }],
  ['a sender without a domain', [], { kind: 'mail', sender: 'eve@none.example', session }],
  ['an alias of a strange host', ['canonify'], { kind: 'rcpt', recipient: 'bob@alias.example', session }],
];
const FILES = {
  'local-host-names': 'here.example\n',
  'relay-domains': 'trusted.example\n',
  access: '',
  aliases: '',
};

const letIn = (answer: Answer): boolean =>
  'action' in answer && !['reject', 'tempFail', 'discard'].includes(answer.action);

/** One server and its questions; many are at work at once, because most of the time goes by in waiting. */
interface World {
  readonly dns: HostileDns;
  readonly random: (below: number) => number;
  readonly round: Round;
  longest: number;
}

const MAPS: readonly MailMaps[] = CASES.map(([, features]) =>
  openMailMaps({ hostName: 'mail.here.example', features, texts: FILES }),
);

/** Asks all questions once, with replies of some kinds. */
async function askAll(world: World, kinds: readonly Reply[], failsOnly: boolean): Promise<void> {
  const { dns, round } = world;
  await Promise.all(
    CASES.map(async ([name, , question], i) => {
      const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 });
      resolver.setServers([dns.address]);
      let answer: Answer | undefined;
      const { waited } = await spending(async () => {
        answer = await MAPS[i]!.ask(question, { resolver }).catch(refusal);
      });
      world.longest = Math.max(world.longest, waited);
      const isIn = answer !== undefined && letIn(answer);
      if (waited < LONGEST_MS && !(failsOnly && isIn)) round.held();
      else
        round.broke({
          tried: { name, kinds, round: round.seed },
          got: { waited, answer: answer && { ...answer, trace: [] } },
        });
    }),
  );
}

/** A MapError is an answer that lets nobody in. */
function refusal(error: unknown): undefined {
  if (!(error instanceof MapError)) throw error;
}

const SHORT = { worlds: 1, times: 1 };
/** 200,000 questions. */
const LONG = { worlds: 64, times: 22 };

export const dnsAnswers: Family = {
  name: 'dns-answers',
  promise: 'no answer of a DNS server crashes or delays us, and nobody is let in because DNS failed',
  async run(round) {
    const { worlds, times } = round.long ? LONG : SHORT;
    const longest = await Promise.all(Array.from({ length: worlds }, (_, i) => inWorld(round, round.seed + i, times)));
    round.figure(`the longest answer ${Math.round(Math.max(...longest))} ms`);
  },
};

/** Returns the longest time of an answer. */
async function inWorld(round: Round, seed: number, times: number): Promise<number> {
  const random = numbers(seed);
  const dns = await HostileDns.start(random);
  const world: World = { dns, random, round, longest: 0 };
  try {
    dns.zone = ZONE;
    await askAll(world, ['honest'], true);
    for (let i = 0; i < times; i++) {
      for (const kind of FAILURES) await planned(world, [kind], true);
      await planned(world, FAILURES, true);
      await planned(world, [...FAILURES, ...LIES], false);
    }
    return world.longest;
  } finally {
    dns.close();
  }
}

/** Each name and type gets one of some kinds of replies, the same at each question. */
async function planned(world: World, kinds: readonly Reply[], failsOnly: boolean): Promise<void> {
  const plans = new Map<string, Reply>();
  world.dns.plan = (name, type) => {
    const key = `${type} ${name}`;
    const kind = plans.get(key) ?? kinds[world.random(kinds.length)]!;
    plans.set(key, kind);
    return kind;
  };
  await askAll(world, kinds, failsOnly);
}
