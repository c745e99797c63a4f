/**
 * Tables that ask for settings of other hosts, and compat_check: recorded answers of the real sendmail (rulesets authinfo,
 * queuegroup, greet_pause and check_compat).
 */
import { describe, expect, it } from 'vitest';
import type { AccessTag } from '../../src/access/decision.ts';
import type { Feature } from '../../src/access/features.ts';
import { formatReply } from '../../src/access/reply.ts';
import { type MailMaps, openMailMaps } from '../../src/config/mailmaps.ts';

const ACCESS = `AuthInfo:acc.example "U:access"
QGRP:a@x.example q1
QGRP:x.example q2
qgrp:y.example q3
QGRP:u@ q5
QGRP:w+*@z.example q7
Compat:a@x.example<@>b@y.example ERROR:no thanks
Compat:t@x.example<@>b@y.example TEMP:later
Compat:d@x.example<@>b@y.example DISCARD:dropped
Compat:d2@x.example<@>b@y.example DISCARD
Compat:r@x.example<@>b@y.example REJECT
Compat:e@x.example<@>b@y.example ERROR:5.7.1:550 code
Compat:c@x.example<@>B@y.example ERROR:case
`;
const AUTH_INFO = `AuthInfo:mx.example "U:alice" "P:secret"
AuthInfo:192.0.2.1 "U:ip"
AuthInfo: "U:dflt"
AuthInfo:example "U:never"
`;

function maps(features: readonly Feature[], texts: Readonly<Record<string, string>> = {}): MailMaps {
  return openMailMaps({ hostName: 'mail.oracle.test', features, texts: { access: ACCESS, ...texts } });
}

type Row = readonly [features: readonly Feature[], tag: AccessTag, name: string, address: string, value: string];

const own = { authinfo: AUTH_INFO };

const SETTINGS: readonly (Row | readonly [...Row, texts: Readonly<Record<string, string>>])[] = [
  [['authinfo'], 'AuthInfo', 'mx.example', '192.0.2.9', '"U:alice" "P:secret"', own],
  [['authinfo'], 'AuthInfo', 'a.mx.example', '192.0.2.9', '"U:dflt"', own],
  [['authinfo'], 'AuthInfo', 'h.example', '192.0.2.1', '"U:ip"', own],
  [['authinfo'], 'AuthInfo', 'acc.example', '192.0.2.9', '"U:dflt"', own],
  [[], 'AuthInfo', 'mx.example', '192.0.2.9', '"U:alice" "P:secret"', own],
  [[], 'AuthInfo', 'mx.acc.example', '192.0.2.9', '"U:access"'],
  [['queuegroup'], 'QGRP', 'a@x.example', '', 'q1'],
  [['queuegroup'], 'QGRP', '<a@x.example>', '', 'q1'],
  [['queuegroup'], 'QGRP', 'A@X.Example', '', 'q1'],
  [['queuegroup'], 'QGRP', 'b@sub.x.example', '', 'q2'],
  [['queuegroup'], 'QGRP', 'b@y.example', '', 'q3'],
  [['queuegroup'], 'QGRP', 'w+d@z.example', '', 'q7'],
  [['queuegroup'], 'QGRP', 'u@z.example', '', 'none'],
  [['queuegroup'], 'QGRP', 'alice', '', 'none'],
  [['queuegroup:main'], 'QGRP', 'u@z.example', '', 'main'],
  [['queuegroup:main'], 'QGRP', 'a@x.example', '', 'q1'],
  [['greet_pause:3000'], 'GreetPause', 'h.example', '192.0.2.1', '3000'],
  [['greet_pause'], 'GreetPause', 'h.example', '192.0.2.1', 'none'],
];

describe('settings', () => {
  it.each(SETTINGS)('%j %s %s %s: %s', (features, tag, name, address, value, texts = {}) => {
    const setting = maps(features, texts).accessSetting(tag, { name, ...(address !== '' && { address }) });
    expect(setting.status === 'found' ? setting.value : 'none').toBe(value);
  });
});

/** Sender, recipient, and the fate of the mail. */
const PAIRS: readonly (readonly [sender: string, recipient: string, answer: string])[] = [
  ['a@x.example', 'b@y.example', '553 5.3.0 no thanks error from check_compat'],
  ['<a@x.example>', '<b@y.example>', '553 5.3.0 no thanks error from check_compat'],
  ['A@X.example', 'B@y.example', '553 5.3.0 no thanks error from check_compat'],
  ['t@x.example', 'b@y.example', 'tempFail 553 5.3.0 later error from check_compat. Try again later'],
  ['d@x.example', 'b@y.example', 'discard'],
  ['d2@x.example', 'b@y.example', 'discard'],
  ['r@x.example', 'b@y.example', 'ok'],
  ['q@x.example', 'b@y.example', 'ok'],
  ['', 'b@y.example', 'ok'],
  ['e@x.example', 'b@y.example', '553 5.3.0 5.7.1:550 code error from check_compat'],
  ['c@x.example', 'b@y.example', '553 5.3.0 case error from check_compat'],
];

describe('compat_check', () => {
  it.each(PAIRS)('%s to %s: %s', (sender, recipient, answer) => {
    const decision = maps(['compat_check']).checkCompat(sender, recipient);
    const { action, reply } = decision;
    const word = action === 'tempFail' ? `${action} ` : '';
    expect(reply === undefined ? action : word + formatReply(decision)).toBe(answer);
  });
});
