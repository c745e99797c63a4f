import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/access/decision.ts';
import { formatReply } from '../../src/access/reply.ts';
import { MapError } from '../../src/core/errors.ts';
import { clientAddress } from '../../src/core/ip-address.ts';
import { checksOf } from '../machine.ts';

const client = { address: '192.0.2.7', name: 'h.a.example' };
const DEFAULT = ['accept_unresolvable_domains', 'blocklist_recipients'];
const keys = (decision: Decision): string[] =>
  decision.trace.flatMap((step) => (step.kind === 'key' ? [step.key] : []));

describe('the trace', () => {
  it('has the keys of a recipient in the order in which they are asked', () => {
    const decision = checksOf(DEFAULT).checkRcpt('u+d@x.example', { client });
    expect(keys(decision)).toEqual([
      ...['To:u+d@x.example', 'u+d@x.example', 'To:u+*@x.example', 'u+*@x.example', 'To:u@x.example', 'u@x.example'],
      ...['To:x.example', 'x.example', 'To:example', 'example'],
      ...['To:x.example', 'x.example', 'To:example', 'example'],
      ...[
        'Connect:192.0.2.7',
        '192.0.2.7',
        'Connect:192.0.2',
        '192.0.2',
        'Connect:192.0',
        '192.0',
        'Connect:192',
        '192',
      ],
      ...['Connect:h.a.example', 'h.a.example', 'Connect:a.example', 'a.example', 'Connect:example', 'example'],
    ]);
  });

  it.each([[[]], [DEFAULT]])('writes our own name as $j has it (%j)', (features) => {
    const asked = keys(checksOf(features).checkMail('a@MAIL.oracle.TEST', { client }));
    expect(asked).toContain('From:a@mail.oracle.test');
  });
});

describe('a recipient that is a program', () => {
  it.each(['DISCARD', 'QUARANTINE:why', 'RELAY'])('is refused, though its entry says %s', (value) => {
    const features = [...DEFAULT, 'delay_checks'];
    const checks = checksOf(features, { access: `192.0.2.7\t${value}\n` });
    const decision = checks.checkRcpt('|prog', { client: { address: '192.0.2.7' } });
    expect(formatReply(decision, '|prog')).toBe('550 5.7.1 <|prog>... Cannot mail directly to programs');
  });
});

describe('why', () => {
  it('names key and value', () => {
    const checks = checksOf(DEFAULT, { access: 'Connect:192.0 REJECT\n' });
    expect(checks.checkRelay(client).because).toMatchObject({
      rule: 'check_relay',
      key: 'Connect:192.0',
      value: 'REJECT',
      source: { file: '/etc/mail/access', line: 1 },
    });
  });
  it('names the class', () => {
    const checks = checksOf(DEFAULT, { 'relay-domains': 'b.example\n' });
    const decision = checks.checkRcpt('x@sub.b.example', { client });
    expect(decision).toMatchObject({ action: 'relay', final: false, because: { rule: 'class R' } });
    expect(decision.trace.at(-1)).toEqual({
      kind: 'class',
      rule: 'class R',
      subject: 'sub.b.example',
      holds: true,
      source: { file: '/etc/mail/relay-domains', line: 1 },
    });
  });
  it('says that the domain of a sender was not looked up', () => {
    const decision = checksOf([]).checkMail('x@b.example', { client });
    expect(decision.trace.at(-1)).toMatchObject({ kind: 'note', rule: 'sender domain' });
  });
});

describe('what only the daemon shows', () => {
  it('keeps the quotes of a reason to hold a message', () =>
    expect(
      checksOf([], { access: 'From:b.example QUARANTINE:"a  b"\n' }).checkMail('x@b.example', { client }),
    ).toMatchObject({
      action: 'quarantine',
      reason: '"a  b"',
    }));
  // biome-ignore format: one case per line
  it.each([
    ['a value that does not balance', 'From:b.example REJECT>\n',  "553 5.0.0 REJECT>... Unbalanced '>'"],
    ['a backslash before a word',     'From:b.example \\OK\n',     '553 5.3.0 <x@b.example>... OK'],
  ])('%s', (_, access, reply) => {
    const decision = checksOf([], { access }).checkMail('x@b.example', { client });
    expect(formatReply(decision, 'x@b.example')).toBe(reply);
  });
});

describe('a map that cannot tell', () => {
  // biome-ignore format: one case per line
  it.each([
    ['an unreadable map',            null],
    ['a value that ends in <TMPF>',  '192.0.2.7 x<TMPF>\nx@b.example <TMPF>\n'],
  ])('%s is a temporary failure, never "not found"', (_, access) => {
    const checks = checksOf(DEFAULT, { access });
    const reply = '451 4.3.0 Temporary system failure. Please try again later.';
    for (const decision of [
      checks.checkRelay({ address: '192.0.2.7' }),
      checks.checkMail('x@b.example', { client }),
      checks.checkRcpt('x@b.example', { client }),
    ]) {
      expect([decision.action, formatReply(decision, 'x@b.example')]).toEqual(['tempFail', reply]);
    }
  });
  it('yields when the client may relay anyway', () => {
    const checks = checksOf([], { access: null, 'relay-domains': '192.0.2\n' });
    expect(checks.checkRcpt('x@b.example', { client }).action).toBe('relay');
  });
});

describe('client addresses', () => {
  // biome-ignore format: one case per line
  it.each([
    ['192.0.2.7',              false, '192.0.2.7'],
    ['2001:DB8::5',            false, 'IPv6:2001:db8:0:0:0:0:0:5'],
    ['IPv6:2001:db8::5',       false, 'IPv6:2001:db8:0:0:0:0:0:5'],
    ['2001:db8:0:0:1::5',      true,  'IPv6:2001:db8::1:0:0:5'],
    ['::1',                    true,  'IPv6:::1'],
    ['::',                     true,  'IPv6:::'],
    ['::ffff:192.0.2.7',       false, '192.0.2.7'],
    ['64:ff9b::192.0.2.1',     false, 'IPv6:64:ff9b:0:0:0:0:c000:201'],
    ['',                       false, ''],
    ['0',                      false, '0'],
    ['fe80::1%eth0',           false, 'IPv6:fe80:0:0:0:0:0:0:1'],
    ['IPv6:fe80::1%eth0',      true,  'IPv6:fe80::1'],
  ])('%s, compressed %s: %s', (given, compressed, spelled) => expect(clientAddress(given, compressed)).toBe(spelled));

  it.each(['x', '192.0.2', '192.0.2.256', '1:2', 'fe80::1%', '192.0.2.7\n', 'IPv6:'])('refuses %j', (address) =>
    expect(() => checksOf([]).checkRelay({ address })).toThrow(MapError),
  );
});

describe('hostile input', () => {
  const huge = 'a.'.repeat(500_000);
  it.each(['name', 'ptr', 'helo'])('refuses a megabyte as %s', (field) =>
    expect(() => checksOf(DEFAULT).checkRelay({ ...client, [field]: huge })).toThrow(/longer than 256 bytes/),
  );
  it.each(['name', 'ptr'])('refuses a parenthesis in a %s, which would hide whose name it is', (field) => {
    const checks = checksOf([...DEFAULT, 'use_client_ptr']);
    const stranger = { ...client, [field]: 'relay.example(.stranger.example' };
    expect(() => checks.checkRcpt('x@far.example', { client: stranger })).toThrow(/holds a parenthesis/);
  });
  it('takes a literal with an interface for the address', () => {
    const local = { address: 'fe80::1%eth0', name: '[fe80::1%eth0]', resolve: 'FAIL' } as const;
    const { reply } = checksOf(DEFAULT).checkRcpt('x@far.example', { client: local });
    expect(reply?.text).toBe('Relaying denied. IP name lookup failed [IPv6:fe80:0:0:0:0:0:0:1]');
  });
  it('refuses control characters in names', () =>
    expect(() => checksOf(DEFAULT).checkRelay({ ...client, name: 'a\0b' })).toThrow(/control character/));
  it.each([
    huge,
    `${huge}@b.example`,
    '<'.repeat(100_000),
    '('.repeat(100_000),
    '\\'.repeat(100_001),
    '%!@'.repeat(50_000),
  ])('refuses a hostile address at once', (address) => {
    const checks = checksOf([...DEFAULT, 'relay_mail_from:domain', 'delay_checks:friend']);
    expect(checks.checkMail(address, { client }).action).toBe('reject');
    expect(checks.checkRcpt(address, { client }).action).toBe('reject');
  });
  it('refuses an unknown feature', () => expect(() => checksOf(['relay_everything'])).toThrow(/unknown feature/));
});

describe("clients whose names are words of sendmail's rules", () => {
  // the daemon lets the first two relay, and answers the others 554 5.3.5 buildaddr: no user
  it.each(['relay', 'RELAY', 't', 't.example', 'T.x.example'])('%s may not relay', (name) => {
    const client = { address: '192.0.2.7', name };
    const { reply } = checksOf([]).checkRcpt('x@far.example', { client, sender: 'y@far.example' });
    expect(reply).toMatchObject({ code: 550, enhanced: '5.7.1', text: 'Relaying denied' });
  });
});
