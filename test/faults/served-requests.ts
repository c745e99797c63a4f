/**
 * Bytes sent to the servers for Postfix and sendmail, of every kind and in pieces of every size. Each request gets one reply in
 * the frame of its protocol, the same for every split of the bytes; other bytes end the conversation.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { openMailMaps } from '../../src/config/mailmaps.ts';
import { MapError } from '../../src/core/errors.ts';
import type { LookupResult } from '../../src/core/lookup.ts';
import { makeMap } from '../../src/map/make-map.ts';
import { type Protocol, ProtocolError } from '../../src/serve/conversation.ts';
import { NetstringReader, netstring } from '../../src/serve/netstring.ts';
import { policyProtocol } from '../../src/serve/policy.ts';
import { socketmapProtocol } from '../../src/serve/socketmap.ts';
import { keptCases } from './corpus.ts';
import type { Family } from './fault.ts';
import { fuzzText } from './fuzz.ts';
import { hostileText } from './hostile-text.ts';
import { withDirectory } from './map-images.ts';
import { must, same } from './parser-promises.ts';

const ACCESS =
  'Connect:192.0.2.1\tREJECT\nConnect:192.0.2.2\tERROR:4.7.1:"450 Come\rlater"\nConnect:192.0.2.4\tQUARANTINE:odd\x01\nFrom:x@spam.example\t550 no\r\nTo:far.example\tRELAY\n';

// biome-ignore format: words of a kind on a line
const NETSTRING_WORDS = ['0:', ',', ':', '1:', '9', '10:access key', '10:access key,', '99999999999:', '00:', ' ', '14:access temp ok,', '12:access evil,', '4:none', '-1:', '+', 'access '];
const NETSTRING_SAMPLES = [
  netstring('access key'),
  netstring('access evil') + netstring('access temp'),
  '109999:x',
  '110001:x',
  netstring(`access ${'k'.repeat(300)}`),
];

const REQUEST =
  'request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=192.0.2.2\nclient_name=h.example\nreverse_client_name=h.example\nhelo_name=x\nsender=x@spam.example\nrecipient=a@far.example\n\n';
// biome-ignore format: words of a kind on a line
const REQUEST_WORDS = ['request=smtpd_access_policy\n', '\n', '=', 'protocol_state=', 'CONNECT\n', 'MAIL\n', 'RCPT\n', 'client_address=', '192.0.2.1\n', '2001:db8::1\n', '192.0.2.4\n', 'sender=', 'recipient=', '"a\rb"@far.example\n', 'sasl_method=PLAIN\n', 'ccert_subject=', '__proto__=x\n', 'client_name=unknown\n'];
const REQUEST_SAMPLES = [
  REQUEST,
  REQUEST + REQUEST,
  REQUEST.replace('.2.2', '.2.4').replace('RCPT', 'CONNECT'),
  'request=x\n\n',
];

/** The replies to what arrives in pieces; `ended`: it was no request. */
function replies(protocol: Protocol, pieces: readonly string[]): { replies: readonly string[]; ended: boolean } {
  const conversation = protocol();
  const all: string[] = [];
  try {
    for (const piece of pieces) {
      conversation.push(piece);
      for (let reply = conversation.next(); reply !== undefined; reply = conversation.next()) all.push(reply);
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { replies: all, ended: true };
  }
  return { replies: all, ended: false };
}

function bothWays(protocol: Protocol, text: string): readonly string[] {
  const whole = replies(protocol, [text]);
  same(replies(protocol, text.split('')), whole, 'byte by byte and whole');
  return whole.replies;
}

function lookUp(_map: string, key: string): LookupResult {
  if (key === 'temp') return { status: 'tempFail', error: new MapError('damaged', 'a\r\nb\x1b é') };
  return key === 'evil' ? { status: 'found', value: 'x,\r\n3:OK ,' } : { status: 'notFound' };
}

function socketmapHolds(text: string): void {
  for (const reply of bothWays(socketmapProtocol(lookUp, { onProblem: () => undefined }), text)) {
    const reader = new NetstringReader(1_000_000);
    reader.push(reply);
    must(
      /^(?:OK |NOTFOUND |TEMP )/.test(reader.next() ?? '') && !reader.isPartial,
      `no reply: ${JSON.stringify(reply)}`,
    );
  }
}

const SHORT = 60;
const LONG = 2_000;

export const servedRequests: Family = {
  name: 'served-requests',
  promise: 'any bytes from a peer get framed replies or an end, the same however they are cut',
  run: (round) =>
    withDirectory(async (directory) => {
      await makeMap([Buffer.from(ACCESS, 'latin1')], join(directory, 'access'));
      using maps = openMailMaps({ directory, hostName: 'mail.test' });
      const policy = policyProtocol(() => maps, { onProblem: () => undefined });
      const runs = round.long ? LONG : SHORT;
      const netstrings = hostileText(NETSTRING_WORDS, [...NETSTRING_SAMPLES, ...keptCases('netstrings')]);
      fuzzText(round, 'netstrings', netstrings, runs, socketmapHolds, keptCases('netstrings'));
      const requests = hostileText(REQUEST_WORDS, [...REQUEST_SAMPLES, ...keptCases('policy')]);
      const framed = fc.oneof(
        requests,
        requests.map((text) => `${REQUEST}${text}\n\n`),
      );
      fuzzText(
        round,
        'policy requests',
        framed,
        runs,
        (text) => {
          for (const reply of bothWays(policy, text))
            must(/^action=[^\r\n\0]*\n\n$/.test(reply), `no reply: ${JSON.stringify(reply)}`);
        },
        keptCases('policy'),
      );
    }),
};
