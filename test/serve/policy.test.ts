/** Policy requests -> actions, with a real directory. postfix.test.ts shows the effect in Postfix. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Feature } from '../../src/access/features.ts';
import { openMailMaps } from '../../src/config/mailmaps.ts';
import { makeMap } from '../../src/map/make-map.ts';
import { policyProtocol } from '../../src/serve/policy.ts';
import { Peer, policyRequest } from './peer.ts';
import { served } from './served.ts';

const ACCESS = `Connect:192.0.2.1\tREJECT
Connect:192.0.2.2\tERROR:4.7.1:"450 Come later"
Connect:192.0.2.3\tDISCARD
Connect:192.0.2.4\tQUARANTINE:odd client
Connect:192.0.2.5\tERROR:"421 Go away"
Connect:192.0.2.6\tERROR:"250 strange"
Connect:192.0.2.8\tERROR:"450 no status"
Connect:192.0.2.9\tx<TMPF>
Connect:10.1\tRELAY
Connect:friend.example\tRELAY
Connect:[198.51.100]\tREJECT
From:spam.example\tREJECT
From:odd.example\tQUARANTINE:odd sender
From:drop.example\tDISCARD
From:odd.example\tQUARANTINE:odd sender
To:far.example\tRELAY
To:bob@local.test\tERROR:5.2.1:"550 Bob is gone"
TLS_Clt:tls.example\tVERIFY
CERTISSUER:/CN=Our+20CA\tSUBJECT
CERTSUBJECT:/CN=mx+2Bone\tRELAY
`;

const FEATURES: readonly Feature[] = ['blocklist_recipients', 'trust_auth_mech:PLAIN', 'require_rdns'];
const STRANGER = {
  protocol_state: 'RCPT',
  client_address: '203.0.113.7',
  client_name: 'h.example',
  reverse_client_name: 'h.example',
  helo_name: 'h.example',
  sender: 'a@b.example',
  recipient: 'bob@local.test',
};

let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-policy.'));
  await makeMap([Buffer.from(ACCESS)], join(directory, 'access'));
  writeFileSync(join(directory, 'local-host-names'), 'local.test\n');
  writeFileSync(join(directory, 'relay-domains'), 'relay.test\n');
});

afterAll(() => rmSync(directory, { recursive: true }));

/** The answer to one request, with a directory with these features. */
function action(attributes: Readonly<Record<string, string>>, features = FEATURES): string | undefined {
  using maps = openMailMaps({ directory, features, hostName: 'mail.local.test' });
  const conversation = policyProtocol(() => maps, { onProblem: () => undefined })();
  conversation.push(policyRequest({ ...STRANGER, ...attributes }));
  return conversation.next()?.replace(/^action=(.*)\n\n$/, '$1');
}

const unverified = { client_name: 'unknown', reverse_client_name: 'unknown' };

describe('the answer', () => {
  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['to a stranger, for a local recipient', { recipient: 'alice@local.test' }, 'DUNNO'],
    ['to a stranger, for a local user', { recipient: 'alice' }, 'DUNNO'],
    [
      'to a stranger, for others',
      { recipient: 'x@other.example' },
      '550 5.7.1 <x@other.example>... Relaying denied. Proper authentication required.',
    ],
    ['for a recipient of class R', { recipient: 'x@relay.test' }, 'OK'],
    ['for a recipient of the map', { recipient: 'x@far.example' }, 'OK'],
    ['to a client that may relay', { client_address: '10.1.2.3', recipient: 'x@other.example' }, 'OK'],
    ['to a client that may relay, by name', { client_name: 'friend.example', recipient: 'x@other.example' }, 'OK'],
    [
      'to a client that says it has such a name',
      { client_name: 'unknown', reverse_client_name: 'friend.example', recipient: 'x@other.example' },
      'DEFER 4.1.8 Possibly forged hostname for 203.0.113.7',
    ],
    ['to a client that may relay, for a local recipient', { client_address: '10.1.2.3', recipient: 'a' }, 'DUNNO'],
    [
      'to an authenticated client',
      { sasl_method: 'plain', sasl_username: 'alice', recipient: 'x@other.example' },
      'OK',
    ],
    [
      'to one that used another mechanism',
      { sasl_method: 'LOGIN', sasl_username: 'alice', recipient: 'x@other.example' },
      '550 5.7.1 <x@other.example>... Relaying denied. Proper authentication required.',
    ],
    [
      'to a client with a certificate',
      { ccert_issuer: 'Our+20CA', ccert_subject: 'mx+2Bone', encryption_protocol: 'TLSv1.3', recipient: 'x@o.example' },
      'OK',
    ],
    [
      'to one with another certificate',
      { ccert_issuer: 'Our+20CA', ccert_subject: 'mx', encryption_protocol: 'TLSv1.3', recipient: 'x@o.example' },
      '550 5.7.1 <x@o.example>... Relaying denied. Proper authentication required.',
    ],
    [
      'to a client that has to use TLS, and does not',
      { client_name: 'tls.example', recipient: 'alice' },
      'DEFER_IF_PERMIT 4.7.0 authentication required',
    ],
    [
      'to one that has no certificate',
      { client_name: 'tls.example', encryption_protocol: 'TLSv1.3', recipient: 'alice' },
      'DEFER_IF_PERMIT 4.7.0 not authenticated',
    ],
    [
      'to one that has a certificate which Postfix does not trust',
      { client_name: 'tls.example', encryption_protocol: 'TLSv1.3', ccert_fingerprint: 'A0:B1', recipient: 'alice' },
      'DEFER_IF_PERMIT 4.7.0 authentication failed',
    ],
    [
      'to one that has a trusted certificate',
      {
        client_name: 'tls.example',
        encryption_protocol: 'TLSv1.3',
        ccert_fingerprint: 'A0:B1',
        ccert_subject: 'mx',
        recipient: 'alice',
      },
      'DUNNO',
    ],
    ['for a recipient that is refused', {}, '550 5.2.1 <bob@local.test>... Bob is gone'],
    ['for a refused client', { client_address: '192.0.2.1' }, '550 5.7.1 Access denied'],
    [
      'for a refused client, at CONNECT',
      { client_address: '192.0.2.1', protocol_state: 'CONNECT' },
      '550 5.7.1 Access denied',
    ],
    [
      'for a refused client, at MAIL',
      { client_address: '192.0.2.1', protocol_state: 'MAIL' },
      '550 5.7.1 Access denied',
    ],
    [
      'for a refused client, at EHLO',
      { client_address: '192.0.2.1', protocol_state: 'EHLO' },
      '550 5.7.1 Access denied',
    ],
    ['for a refused client, at DATA', { client_address: '192.0.2.1', protocol_state: 'DATA' }, 'DUNNO'],
    ['for a refused client, at VRFY', { client_address: '192.0.2.1', protocol_state: 'VRFY' }, 'DUNNO'],
    ['for a client that has to wait', { client_address: '192.0.2.2' }, 'DEFER_IF_PERMIT 4.7.1 Come later'],
    ['for one that has to wait, without status', { client_address: '192.0.2.8' }, 'DEFER_IF_PERMIT 4.0.0 no status'],
    [
      'where the map cannot tell',
      { client_address: '192.0.2.9' },
      'DEFER_IF_PERMIT 4.3.0 Temporary system failure. Please try again later.',
    ],
    [
      'for a client that has to wait, for others, to whom it may relay',
      { client_address: '192.0.2.2', recipient: 'x@far.example' },
      'DEFER 4.7.1 Come later',
    ],
    [
      'for a client that has to wait, for others, to whom it may not relay',
      { client_address: '192.0.2.2', recipient: 'x@other.example' },
      'DEFER 4.7.1 Come later',
    ],
    [
      'where the map cannot tell, for others',
      { client_address: '192.0.2.9', recipient: 'x@other.example' },
      'DEFER 4.3.0 Temporary system failure. Please try again later.',
    ],
    [
      'to what is no address, for others',
      { client_address: 'unknown', recipient: 'x@far.example' },
      'DEFER 4.3.0 Temporary system failure. Please try again later.',
    ],
    [
      'for a client that has to wait, for one who is hidden behind a local host',
      { client_address: '192.0.2.2', recipient: 'x%other.example@local.test' },
      'DEFER 4.7.1 Come later',
    ],
    ['for mail that is dropped', { client_address: '192.0.2.3', recipient: 'alice' }, 'DISCARD Connect:192.0.2.3'],
    ['for mail that is held', { client_address: '192.0.2.4', recipient: 'alice' }, 'HOLD odd client'],
    [
      'for mail that is held twice',
      { client_address: '192.0.2.4', sender: 'a@odd.example', recipient: 'alice' },
      'HOLD odd sender',
    ],
    ['for mail that is held and refused', { client_address: '192.0.2.4' }, '550 5.2.1 <bob@local.test>... Bob is gone'],
    [
      'for mail that is held, for others',
      { client_address: '192.0.2.4', recipient: 'x@other.example' },
      '550 5.7.1 <x@other.example>... Relaying denied. Proper authentication required.',
    ],
    [
      'for mail that is held and dropped',
      { client_address: '192.0.2.4', sender: 'a@drop.example', recipient: 'alice' },
      'DISCARD From:drop.example',
    ],
    ['for a client that is hung up on', { client_address: '192.0.2.5' }, 'DEFER_IF_PERMIT 4.0.0 Go away'],
    ['for a refusal with a code of success', { client_address: '192.0.2.6' }, '554 2.0.0 strange'],
    ['for a client without a name', { ...unverified, recipient: 'alice' }, '550 5.7.1 Fix reverse DNS for 203.0.113.7'],
    [
      'for a client without a name, by its address in brackets',
      { ...unverified, client_address: '198.51.100.7' },
      '550 5.7.1 Access denied',
    ],
    ['for a refused sender', { sender: 'x@spam.example' }, '550 5.7.1 <x@spam.example>... Access denied'],
    [
      'for a refused sender, at MAIL',
      { sender: 'x@spam.example', protocol_state: 'MAIL' },
      '550 5.7.1 <x@spam.example>... Access denied',
    ],
    ['for a refused sender, at CONNECT', { sender: 'x@spam.example', protocol_state: 'CONNECT' }, 'DUNNO'],
    ['for the null sender', { sender: '', recipient: 'alice' }, 'DUNNO'],
    [
      'for a sender whose quotes Postfix took away',
      { sender: 'a b@spam.example', recipient: 'alice' },
      '550 5.7.1 <"a b"@spam.example>... Access denied',
    ],
    [
      'for a recipient that hides another behind quotes',
      { recipient: 'x@other.example@local.test' },
      '550 5.7.1 <"x@other.example"@local.test>... Relaying denied. Proper authentication required.',
    ],
    [
      'for a percent hack',
      { recipient: 'x%other.example@local.test' },
      '550 5.7.1 <x%other.example@local.test>... Relaying denied. Proper authentication required.',
    ],
    ['to an IPv6 client', { client_address: '2001:db8::1', recipient: 'alice' }, 'DUNNO'],
    [
      'to what is no address',
      { client_address: 'unknown', recipient: 'alice' },
      'DEFER_IF_PERMIT 4.3.0 Temporary system failure. Please try again later.',
    ],
    ['to a greeting without end', { helo_name: 'h'.repeat(5000), recipient: 'alice' }, 'DUNNO'],
    ['to a greeting with control characters', { helo_name: 'a\x01\x7fb', recipient: 'alice' }, 'DUNNO'],
    [
      'for a recipient with control characters',
      { recipient: 'a\x01@other.example' },
      expect.stringMatching(/^55\d [ -~]*$/) as unknown as string,
    ],
  ])('%s', (_what, attributes, expected) => {
    expect(action(attributes)).toEqual(expected);
  });

  it.each(['', '0', 'local'])('is none to a client that passes for this host: %j', (client_address) => {
    expect(() => action({ client_address, recipient: 'x@far.example' })).toThrow('a request without a client address');
  });

  it.each<[string, Feature, Readonly<Record<string, string>>, string]>([
    ['waits for the recipient', 'delay_checks', { protocol_state: 'CONNECT', client_address: '192.0.2.1' }, 'DUNNO'],
    [
      'and comes then',
      'delay_checks',
      { client_address: '192.0.2.1', recipient: 'alice' },
      '550 5.7.1 <alice>... Access denied',
    ],
    [
      'to a client that greets with our name',
      'block_bad_helo',
      { helo_name: 'mail.local.test', recipient: 'x@other.example' },
      '550 5.7.1 <x@other.example>... bogus HELO name used: mail.local.test',
    ],
    [
      'to a client that does not greet',
      'block_bad_helo',
      { helo_name: '', recipient: 'x@other.example' },
      '550 5.7.1 <x@other.example>... bogus HELO name used: ',
    ],
    [
      'to a client that cannot have greeted yet',
      'block_bad_helo',
      { helo_name: '', protocol_state: 'CONNECT' },
      'DUNNO',
    ],
    [
      'by the name that was not verified',
      'use_client_ptr',
      { client_name: 'unknown', reverse_client_name: 'friend.example', protocol_state: 'CONNECT' },
      'DUNNO',
    ],
  ])('%s, with %s', (_what, feature, attributes, expected) => {
    expect(action(attributes, [feature])).toBe(expected);
  });

  it('comes for each of many requests of a connection, in order', async () => {
    using maps = openMailMaps({ directory, features: FEATURES });
    const path = join(directory, 'socket');
    await using _ = await served(
      policyProtocol(() => maps, { onProblem: () => undefined }),
      path,
    );
    const peer = await Peer.connect({ path });
    const addresses = Array.from({ length: 500 }, (_, i) => `192.0.2.${1 + (i % 2)}`);
    peer.send(addresses.map((client_address) => policyRequest({ ...STRANGER, client_address })).join(''));
    const wanted = addresses.map((address) =>
      address.endsWith('1') ? 'action=550 5.7.1 Access denied\n\n' : 'action=DEFER_IF_PERMIT 4.7.1 Come later\n\n',
    );
    let got = '';
    while (got.length < wanted.join('').length) got += await peer.until(/\n\n$/);
    expect(got).toBe(wanted.join(''));
    await peer.end();
  });

  it('is not given to more connections than there may be', async () => {
    using maps = openMailMaps({ directory });
    const path = join(directory, 'socket');
    const problems: string[] = [];
    const options = { maxConnections: 3, onProblem: (text: string) => problems.push(text) };
    await using _ = await served(
      policyProtocol(() => maps, { onProblem: () => undefined }),
      path,
      options,
    );
    const peers = await Promise.all(['a', 'b', 'c'].map(() => Peer.connect({ path })));
    expect(await peers[2]!.askPolicy({ ...STRANGER, recipient: 'alice' })).toBe('DUNNO');
    await (await Peer.connect({ path })).closed;
    expect(problems).toEqual(['more than 3 connections']);
    await peers[0]!.end();
    const next = await Peer.connect({ path });
    expect(await next.askPolicy({ ...STRANGER, recipient: 'alice' })).toBe('DUNNO');
  });
});
