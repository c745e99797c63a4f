import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/access/decision.ts';
import { formatReply, parseReply } from '../../src/access/reply.ts';

const refused = (text: string, dsn?: string): Decision => ({
  question: 'rcpt',
  action: 'reject',
  reply: parseReply(text, dsn),
  final: true,
  because: { rule: 'check_rcpt' },
  trace: [],
});

describe('from the text of an error to the line of a reply', () => {
  // biome-ignore format: one case per line
  it.each([
    ['a code and a text',                 '550 no',                  undefined, '550 5.0.0 <a@b>... no'],
    ['no code',                           'no',                      undefined, '553 5.3.0 <a@b>... no'],
    ['a code alone is text',              '550',                     undefined, '553 5.3.0 <a@b>... 550'],
    ['no code, whatever the status',      'no',                      '5.7.1',   '553 5.3.0 <a@b>... no'],
    ['the status of the rule',            '550 no',                  '5.7.1',   '550 5.7.1 <a@b>... no'],
    ['the status of the text',            '550 5.1.1 no',            undefined, '550 5.1.1 <a@b>... no'],
    ['the status of the text comes first', '550 5.1.1 no',           '5.7.1',   '550 5.1.1 <a@b>... no'],
    ['what is no status is text',         '550 5.7 no',              undefined, '550 5.0.0 <a@b>... 5.7 no'],
    ['a status need not fit the code',    '450 no',                  '5.7.1',   '450 5.7.1 <a@b>... no'],
    ['a status that is none',             '550 no',                  'a.b.c',   '550 5.0.0 <a@b>... no'],
    ['451 goes without address',          '451 later',               '4.7.1',   '451 4.7.1 later'],
    ['codes without a class of status',   '354 go',                  undefined, '354 go'],
    ['small codes keep their digits',     '050 x',                   undefined, '050 x'],
    ['6xx becomes 5xx',                   '651 4.4.4 z',             undefined, '551 4.4.4 z'],
    ['quotes go',                         '"550 a  b" c',            undefined, '550 5.0.0 <a@b>... a  b c'],
    ['backslashes go',                    '550 a\\b "c\\"d"',        undefined, '550 5.0.0 <a@b>... ab c"d'],
    ['a reply is one line',               '550 a\r\n250 b',          undefined, '550 5.0.0 <a@b>... a 250 b'],
  ])('%s', (_, text, dsn, line) => expect(formatReply(refused(text, dsn), 'a@b')).toBe(line));

  it('leaves the address out for a decision about the client', () =>
    expect(formatReply(refused('550 no', '5.7.1'))).toBe('550 5.7.1 no'));
  it.each([undefined, null, {}, 'x', { question: 'any' }])('refuses %j, which is no decision', (none) =>
    expect(() => formatReply(none as never)).toThrow(
      new TypeError('decision must be a result of checkRelay, checkMail or checkRcpt'),
    ),
  );
  it('refuses an address that is none', () =>
    expect(() => formatReply(refused('550 no'), null as never)).toThrow(
      new TypeError('address must be a string, not null'),
    ));
  it('shows nothing of an address that ends a line, and everything else as the daemon does', () =>
    expect(formatReply(refused('550 no', '5.7.1'), 'a\r\n\0\t\v@b')).toBe('550 5.7.1 <a???\t\v@b>... no'));
  it('cuts the middle of an address by its bytes, and no character in two', () => {
    const address = `${'é'.repeat(60)}${'x'.repeat(90)}@a.example`;
    const line = `550 5.7.1 <${'é'.repeat(49)}...${'x'.repeat(89)}@a.example>... no`;
    expect(formatReply(refused('550 no', '5.7.1'), address)).toBe(line);
  });
  // biome-ignore format: one case per line
  it.each([
    ['relay', '250 2.0.0 Ok'],
    ['mail',  '250 2.1.0 <a@b>... Sender ok'],
    ['rcpt',  '250 2.1.5 <a@b>... Recipient ok'],
  ] as const)('has a line for acceptance: %s', (question, line) =>
    expect(formatReply({ question, action: 'ok', final: false, because: { rule: 'AUTH' }, trace: [] }, 'a@b')).toBe(line));
});
