/**
 * A reply that is truncated over UDP and again over TCP, from a real server. The library of node:dns, like that of sendmail,
 * takes it for one without records. sendmail's answers were recorded with test/oracle: the entry of the table has
 * `rcode: 'truncated'`, and the questions are those below.
 */
import { Resolver } from 'node:dns/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DecisionQuestion } from '../../src/config/smtp-transaction.ts';
import { type Feature, formatReply, openMailMaps } from '../../src/index.ts';
import { openOracle, oracleAvailable } from '../oracle/client.ts';
import { DnsServer } from '../oracle/dns.ts';
import type { DnsTable, Query } from '../oracle/jobs.ts';

const TRUNCATED = 'truncated';
const DNS: DnsTable = {
  '7.2.0.192.bl.example': { A: ['127.0.0.2'], rcode: TRUNCATED },
  'bad.example.rhs.example': { A: ['127.0.0.2'], rcode: TRUNCATED },
  'far.example': { MX: [[10, 'mail.oracle.test']], A: ['192.0.2.99'], rcode: TRUNCATED },
};
const CLIENT = '192.0.2.7';
const [sender, recipient] = ['y@c.example', 'x@far.example'];

type Case = readonly [feature: Feature, question: DecisionQuestion, asked: Query, reply: string | undefined];
const relay: DecisionQuestion = { kind: 'relay', client: { address: CLIENT } };
const rcpt: DecisionQuestion = {
  kind: 'rcpt',
  recipient,
  session: { client: { address: CLIENT, name: 'h.example' }, sender },
};
const askedRelay: Query = { kind: 'relay', clientAddr: CLIENT };
const askedRcpt: Query = { kind: 'rcpt', rcpt: recipient, sender, clientAddr: CLIENT };
const DENIED = '550 5.7.1 <x@far.example>... Relaying denied';
const CASES: readonly Case[] = [
  ['dnsbl:bl.example,,t', relay, askedRelay, undefined],
  ['enhdnsbl:bl.example,,t', relay, askedRelay, undefined],
  ['relay_based_on_MX', rcpt, askedRcpt, DENIED],
  ['bestmx_is_local', rcpt, askedRcpt, DENIED],
];

let server: DnsServer;
beforeAll(async () => {
  server = await DnsServer.start(0);
  server.answerFrom(DNS);
});
afterAll(() => server.close());

it.each(CASES)('%s', async (feature, question, _asked, reply) => {
  const resolver = new Resolver();
  resolver.setServers([server.address]);
  using maps = openMailMaps({ hostName: 'mail.oracle.test', features: [feature], texts: { access: '' } });
  const decision = await maps.ask(question, { resolver });
  expect(decision.reply ? formatReply(decision, recipient) : undefined).toBe(reply);
});

it.runIf(oracleAvailable)('sendmail says the same', { tags: ['slow'] }, async () => {
  const oracle = await openOracle();
  try {
    const files = { 'service.switch': 'hosts dns files\naliases files\n' };
    for (const [feature, , asked, reply] of CASES) {
      const { results } = await oracle.ask({ features: [feature], dns: DNS, files, queries: [asked] });
      expect({ feature, reply: (results[0] as { reply?: string }).reply }).toEqual({ feature, reply });
    }
  } finally {
    await oracle.close();
  }
});
