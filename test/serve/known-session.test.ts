/**
 * The memory of a policy server for clients and senders never changes an answer: not in another session, not after a
 * change of the configuration, not after a failure.
 *
 * @module-tag slow
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Decision } from '../../src/access/decision.ts';
import { type MailMaps, openMailMaps } from '../../src/config/mailmaps.ts';
import { makeMap } from '../../src/map/make-map.ts';
import type { Questions } from '../../src/serve/known-session.ts';
import { policyProtocol } from '../../src/serve/policy.ts';
import { fc } from '../property.ts';
import { policyRequest } from './peer.ts';

const ACCESS = `Connect:192.0.2.1\tREJECT
Connect:192.0.2.2\tQUARANTINE:odd client
Connect:10.1\tRELAY
Connect:friend.example\tRELAY
From:spam.example\tREJECT
From:drop.example\tDISCARD
To:far.example\tRELAY
TLS_Clt:tls.example\tVERIFY
CERTSUBJECT:/CN=mx\tRELAY
`;
const VALUES = {
  protocol_state: ['CONNECT', 'EHLO', 'MAIL', 'RCPT', 'RCPT', 'RCPT'],
  client_address: ['192.0.2.1', '192.0.2.2', '10.1.2.3', '203.0.113.7', '2001:db8::1'],
  client_name: ['unknown', 'friend.example', 'tls.example', 'h.example'],
  reverse_client_name: ['unknown', 'friend.example', 'h.example'],
  helo_name: ['', 'h.example', 'mail.local.test', '[192.0.2.1]'],
  sender: ['', 'a@b.example', 'x@spam.example', 'x@drop.example', 'a@local.test'],
  recipient: ['alice@local.test', 'x@far.example', 'x@other.example', 'alice'],
  sasl_method: ['', 'PLAIN', 'LOGIN'],
  sasl_username: ['', 'alice'],
  encryption_protocol: ['', 'TLSv1.3'],
  ccert_subject: ['', 'mx', 'other'],
  ccert_issuer: ['', 'ca'],
  ccert_fingerprint: ['', '00:11'],
};
const request = fc.record(
  Object.fromEntries(Object.entries(VALUES).map(([name, values]) => [name, fc.constantFrom(...values)])),
);

let directory: string;
let maps: MailMaps;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-known.'));
  await makeMap([Buffer.from(ACCESS)], join(directory, 'access'));
  maps = openMailMaps({
    directory,
    hostName: 'mail.local.test',
    localHostNames: ['local.test'],
    features: ['block_bad_helo', 'trust_auth_mech:PLAIN', 'relay_local_from'],
  });
});

afterAll(() => {
  maps.close();
  rmSync(directory, { recursive: true });
});

/** A server that answers one request after another. */
function server(current: () => Questions): (attributes: Readonly<Record<string, string>>) => string | undefined {
  const conversation = policyProtocol(current, { onProblem: () => undefined })();
  return (attributes) => {
    conversation.push(policyRequest(attributes));
    return conversation.next();
  };
}

const STRANGER = { protocol_state: 'RCPT', client_address: '203.0.113.7', sender: 'a@b.example', recipient: 'alice' };
const refused = (text: string): string => `action=550 5.7.1 ${text}\n\n`;

describe('an answer', () => {
  it('is the same as from a server that was asked nothing before', () => {
    const old = server(() => maps);
    fc.assert(
      fc.property(fc.array(request, { minLength: 20, maxLength: 60 }), (requests) => {
        for (const attributes of requests) expect(old(attributes)).toBe(server(() => maps)(attributes));
      }),
    );
  });

  it('is that of the configuration of its moment', () => {
    using closed = openMailMaps({ directory, access: false, localHostNames: ['local.test'], hostName: 'b.example' });
    let current: Questions = maps;
    const ask = server(() => current);
    const attributes = { ...STRANGER, client_address: '192.0.2.1' };
    expect(ask(attributes)).toBe(refused('Access denied'));
    current = closed;
    expect(ask(attributes)).toBe('action=DUNNO\n\n');
    current = maps;
    expect(ask(attributes)).toBe(refused('Access denied'));
  });

  it('is sought again after a temporary failure', () => {
    const failure = maps.checkRelay({ address: '192.0.2.1' });
    const { question, because, trace } = failure;
    const reply = { code: 451, enhanced: '4.3.0', text: 'later' };
    const later: Decision = { question, because, trace, final: true, action: 'tempFail', reply };
    let fails = true;
    const questions: Questions = {
      checkRelay: (client) => (fails ? later : maps.checkRelay(client)),
      checkMail: (sender, session) => maps.checkMail(sender, session),
      checkRcpt: (recipient, session) => maps.checkRcpt(recipient, session),
      isLocal: (host) => maps.isLocal(host),
      ask: (question, options) => maps.ask(question, options),
    };
    const ask = server(() => questions);
    expect(ask(STRANGER)).toBe('action=DEFER_IF_PERMIT 4.3.0 later\n\n');
    fails = false;
    expect(ask(STRANGER)).toBe('action=DUNNO\n\n');
  });
});
