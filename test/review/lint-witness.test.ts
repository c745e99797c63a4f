/**
 * Every finding of lint about relaying is true: the configuration gives the same answer to its question. Random configurations,
 * of words that occur in such findings.
 */
import { describe, expect, it } from 'vitest';
import { openMailMaps } from '../../src/config/mailmaps.ts';
import { CODE_NAMES, CODES } from '../../src/core/codes/codes.ts';
import { type LintOptions, lint } from '../../src/review/lint/lint.ts';
import { fc } from '../property.ts';

const HOST_NAME = 'mail.here.test';
const ABOUT_RELAYING = /may relay|may send anywhere|is relayed for anybody|send to a stranger|is relayed$/;
const QUESTION = /^client (\S+?)(?: \((.*)\))?, MAIL FROM:<(.*)>, RCPT TO:<(.*)>$/;

const key = fc.constantFrom(
  ...['Connect:', 'From:', 'To:', ''].flatMap((tag) =>
    [
      'com',
      'a.example',
      'example',
      '81',
      '172',
      '10.1',
      '203.0.113',
      'localhost',
      'bob@a.example',
      'bob@',
      'invalid',
    ].map((subject) => `${tag}${subject}`),
  ),
);
const value = fc.constantFrom('RELAY', 'OK', 'REJECT', 'relay # x', 'SKIP', 'ERROR:5.7.1:"550 no"', 'DISCARD');
const access = fc
  .array(fc.tuple(key, value), { maxLength: 8 })
  .map((entries) => entries.map((entry) => `${entry.join('\t')}\n`).join(''));
const words = fc
  .uniqueArray(fc.constantFrom('com', 'a.example', 'localhost', '81', '172', 'invalid', 'b.a.example'), {
    maxLength: 3,
  })
  .map((names) => names.map((name) => `${name}\n`).join(''));
const features = fc.uniqueArray(
  fc.constantFrom(
    ...['blocklist_recipients', 'relay_mail_from', 'relay_mail_from:domain', 'relay_entire_domain', 'relay_hosts_only'],
    ...[
      'promiscuous_relay',
      'loose_relay_check',
      'delay_checks',
      'delay_checks:friend',
      'access_db:skip',
      'require_rdns',
    ],
    ...['relay_local_from', 'accept_unqualified_senders', 'use_client_ptr'],
  ),
  { maxLength: 3 },
);

/** Lint's findings about relaying, and whether their questions are answered as they say. Returns how many were asked. */
function check(options: LintOptions): number {
  let questions = 0;
  const { findings } = lint({
    directory: '/etc/mail',
    severity: 'style',
    hostName: HOST_NAME,
    users: () => undefined,
    ...options,
  });
  using maps = openMailMaps({ directory: '/etc/mail', hostName: HOST_NAME, users: () => undefined, ...options });
  for (const { code, text, witness } of findings) {
    if (witness === undefined) expect(`${code} ${text}`).not.toMatch(ABOUT_RELAYING);
    const asked = QUESTION.exec(witness?.question ?? '');
    if (asked === null) continue;
    const [, address, name, sender, recipient] = asked;
    const client = { address: address!, ...(name !== undefined && { name }) };
    const { action, because } = maps.checkRcpt(recipient!, { client, sender: sender! });
    questions++;
    expect([code, ['relay', 'ok'].includes(action), because?.rule === 'local recipient']).toEqual([code, true, false]);
  }
  return questions;
}

it('of random configurations', { tags: ['slow'] }, () => {
  let questions = 0;
  fc.assert(
    fc.property(access, words, words, features, (text, relay, local, named) => {
      questions += check({
        texts: { access: text, 'relay-domains': relay, 'local-host-names': local, aliases: '' },
        features: named as never,
      });
    }),
    { numRuns: 400 },
  );
  expect(questions).toBeGreaterThan(100);
});

describe('of its own example', () => {
  it.each(['MM001', 'MM002', 'MM003', 'MM004', 'MM005', 'MM007', 'MM008', 'MM109', 'MM506'] as const)('%s', (code) => {
    const { files, features: named } = CODES[code].bad;
    const options = { texts: { access: '', ...files }, features: named as never };
    check(options);
    const found = lint({ directory: '/etc/mail', severity: 'style', hostName: HOST_NAME, ...options }).findings;
    expect(found.find((finding) => finding.code === code)?.witness?.answer).toBe('relayed');
  });

  it('each code whose title is about relaying is one of these, or says that nobody may', () => {
    const silent = ['MM006', 'MM009', 'MM109', 'MM203', 'MM204'];
    const titled = CODE_NAMES.filter((code) => /relay/i.test(CODES[code].title) && !silent.includes(code));
    expect(titled).toEqual(['MM001', 'MM002', 'MM003', 'MM004', 'MM005', 'MM008', 'MM506']);
  });
});

it('no text in any file makes a rule fail, and every finding has a place in its file', { tags: ['slow'] }, () => {
  const pieces = [
    'Connect:',
    'To:',
    '@',
    'a.example',
    'bob',
    '\t',
    ' ',
    '\n',
    '\n',
    ':',
    '#',
    '"',
    '|',
    ',',
    '\\',
    '<',
    '>',
    '(',
    '%1',
    '+*',
  ];
  const text = fc
    .array(
      fc.constantFrom(
        ...pieces,
        '[',
        '*',
        '/24',
        '10.',
        '::',
        'RELAY',
        '\r',
        '\0',
        '\ufeff',
        '\u00a0',
        'owner-',
        ':include:/x',
        'esmtp:[h]',
      ),
      {
        maxLength: 25,
      },
    )
    .map((parts) => parts.join(''));
  const names = [
    'access',
    'aliases',
    'relay-domains',
    'local-host-names',
    'virtusertable',
    'mailertable',
    'genericstable',
  ];
  fc.assert(
    fc.property(fc.tuple(...names.map(() => text)), (contents) => {
      const texts = Object.fromEntries(names.map((name, i) => [name, contents[i]!]));
      const { findings, textOf } = lint({
        directory: '/etc/mail',
        severity: 'style',
        hostName: HOST_NAME,
        texts,
        features: ['virtusertable', 'mailertable', 'genericstable', 'delay_checks'],
        users: () => undefined,
      });
      for (const { file, line, column, length } of findings) {
        const lines = textOf(file).split('\n');
        expect(line).toBeLessThanOrEqual(lines.length);
        if (length > 1) expect(column + length - 1).toBeLessThanOrEqual(lines[line - 1]!.length);
      }
    }),
    { numRuns: 300, examples: [[['', '\\\nowner-Connect:', '', '', '', '', '']]] },
  );
});
