/** Policy requests whose answers depend on DNS: they and later requests of the same peer wait for it, other peers do not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openMailMaps } from '../../src/config/mailmaps.ts';
import type { Resolver } from '../../src/dns/resolver.ts';
import type { Protocol } from '../../src/serve/conversation.ts';
import { policyProtocol } from '../../src/serve/policy.ts';
import { tableResolver } from '../access/table-resolver.ts';
import { Peer } from './peer.ts';
import { served } from './served.ts';

const maps = openMailMaps({
  hostName: 'mail.here.example',
  features: ['dnsbl:bl.example', 'accept_unresolvable_domains'],
  texts: { 'local-host-names': 'here.example\n', access: '', aliases: '' },
});
const resolver = tableResolver({ '7.2.0.192.bl.example': { A: ['127.0.0.2'] } });

function protocol(resolver: Resolver): Protocol {
  const configuration = maps.current();
  const questions = {
    ask: ((question) => configuration.ask(question, { resolver })) as typeof configuration.ask,
    checkRelay: configuration.checkRelay.bind(configuration),
    checkMail: configuration.checkMail.bind(configuration),
    checkRcpt: configuration.checkRcpt.bind(configuration),
    isLocal: configuration.isLocal.bind(configuration),
  };
  return policyProtocol(() => questions, { onProblem: () => undefined });
}

const request = (address: string): string =>
  `request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=${address}\nclient_name=h.example\nsender=a@b.example\nrecipient=x@here.example\n\n`;

describe('a DNS list', () => {
  it.each([
    ['192.0.2.7', 'action=550 5.7.1 Rejected: 192.0.2.7 listed at bl.example\n\n'],
    ['192.0.2.8', 'action=DUNNO\n\n'],
  ])('decides about %s', async (address, reply) => {
    const conversation = protocol(resolver)();
    conversation.push(request(address));
    expect(conversation.next()).toBeUndefined();
    expect(await conversation.pending).toBe(reply);
    expect(conversation.pending).toBeUndefined();
  });
});

it('is silent for one peer, and every other peer gets its answers meanwhile', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'mailmaps-silent.'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'socket');
  let isAsked: (answer: () => void) => void;
  const asked = new Promise<() => void>((resolve) => {
    isAsked = resolve;
  });
  const silent: Resolver = {
    ...resolver,
    resolve4: (name) =>
      name.startsWith('7.')
        ? new Promise((resolve) => {
            isAsked(() => resolve(['127.0.0.2']));
          })
        : resolver.resolve4(name),
  };
  await using _server = await served(protocol(silent), path);
  const peers = await Promise.all(Array.from({ length: 5 }, () => Peer.connect({ path })));
  const [slow, ...others] = peers as [Peer, ...Peer[]];
  slow.send(request('192.0.2.7'));
  const answer = await asked;
  for (const other of others) {
    other.send(request('192.0.2.8'));
    expect(await other.until(/\n\n$/)).toBe('action=DUNNO\n\n');
  }
  answer();
  expect(await slow.until(/\n\n$/)).toMatch(/^action=550 5\.7\.1 Rejected/);
  for (const peer of peers) await peer.end();
});
