/**
 * OpenSMTPD's table process. The requests were recorded from smtpd 7.6.0p1 (Debian trixie) with its configuration
 * `table aliases mailmaps:/etc/mail/aliases` and mail to each of these names; it accepted these answers and
 * delivered.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MapError } from '../../src/core/errors.ts';
import { makeAliases } from '../../src/map/make-aliases.ts';
import { tableProtocol } from '../../src/serve/table.ts';
import { lookupIn } from '../lookup-in.ts';
import { PROGRAM } from './server-process.ts';

const ALIASES = new Map(
  Object.entries({
    root: 'alice, admin@example.net',
    carol: '\\carol, carol@example.org',
    team: 'alice,\t\tbob,\t\t"Carol Cole" <carol>',
    tickets: '"|/usr/local/bin/ticket --queue support"',
    archive: '/var/mail/archive',
    announce: ':include:/etc/mail/lists/announce',
    broken: 'alice, <bob',
    empty: '',
    'a|b': 'alice',
    'example.com': 'OK',
    '@': '@',
  }),
);
const HANDSHAKE = 'config|smtpd-version|7.6.0\nconfig|protocol|0.1\nconfig|tablename|aliases\nconfig|ready\n';
const REGISTERED =
  'register|alias\nregister|domain\nregister|mailaddr\nregister|mailaddrmap\nregister|string\nregister|ready\n';

/** The answer to these bytes, after the handshake; an error that ends it begins with `! `. */
function answers(text: string, lookup = lookupIn(ALIASES)): string {
  const conversation = tableProtocol(lookup, 'mail.example.com', { onProblem: () => undefined })();
  let said = '';
  try {
    for (const piece of [HANDSHAKE, ...text]) {
      conversation.push(piece);
      for (let reply = conversation.next(); reply !== undefined; reply = conversation.next()) said += reply;
    }
  } catch (error) {
    said += `! ${(error as Error).message}`;
  }
  expect(said.startsWith(REGISTERED)).toBe(true);
  return said.slice(REGISTERED.length);
}

const asked = (operation: string): string => `table|0.1|1713795082.354255|aliases|${operation}\n`;

describe('a table process', () => {
  it.each<[string, string]>([
    ['lookup|alias|b72508d|root', 'lookup-result|b72508d|found|alice, admin@example.net'],
    ['lookup|alias|1|carol', 'lookup-result|1|found|carol, carol@example.org'],
    ['lookup|alias|1|team', 'lookup-result|1|found|alice, bob, carol'],
    ['lookup|alias|1|tickets', 'lookup-result|1|found|"|/usr/local/bin/ticket --queue support"'],
    ['lookup|alias|1|archive', 'lookup-result|1|found|/var/mail/archive'],
    ['lookup|alias|1|announce', 'lookup-result|1|found|:include:/etc/mail/lists/announce'],
    ['lookup|alias|1|a|b', 'lookup-result|1|found|alice'],
    ['lookup|alias|1|nosuch', 'lookup-result|1|not-found'],
    ['lookup|alias|1|@', 'lookup-result|1|not-found'],
    ['lookup|alias|1|', 'lookup-result|1|not-found'],
    ['lookup|alias|1|broken', 'lookup-result|1|error'],
    ['lookup|alias|1|empty', 'lookup-result|1|error'],
    ['lookup|netaddr|1|192.0.2.1', 'lookup-result|1|error'],
    ['check|domain|1|example.com', 'check-result|1|found'],
    ['check|domain|1|example.net', 'check-result|1|not-found'],
    ['lookup|string|1|example.com', 'lookup-result|1|found|OK'],
    ['fetch|source|1', 'fetch-result|1|error'],
    ['update|478ff0d2', 'update-result|478ff0d2|ok'],
  ])('answers %s', (request, reply) => {
    expect(answers(asked(request))).toBe(`${reply}\n`);
  });

  it('cannot tell what the map cannot, without a reason, which smtpd 7.6 could not read', () => {
    const failing = () => ({ status: 'tempFail', error: new MapError('damaged', 'it is') }) as const;
    expect(answers(asked('lookup|alias|1|root') + asked('check|alias|2|root'), failing)).toBe(
      'lookup-result|1|error\ncheck-result|2|error\n',
    );
  });

  it.each<[string, string, RegExp]>([
    ['another protocol', 'filter|0.1|1|x\n', /^! /],
    ['another version', 'table|0.2|1.0|aliases|update|1\n', /^! /],
    ['an operation that there is not', asked('dump|alias|1|x'), /^! /],
    ['no ID', asked('lookup|alias'), /^! /],
    ['a line without end', 'x'.repeat(10_000), /^! a line of more than/],
  ])('ends at %s', (_what, text, said) => {
    expect(answers(text)).toMatch(said);
  });
});

describe('mailmaps serve table', { tags: ['slow'] }, () => {
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mailmaps-table.'));
    writeFileSync(join(directory, 'aliases'), 'root: alice, admin@example.net\n');
    await makeAliases(join(directory, 'aliases'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const run = (map: string, input: string) =>
    spawnSync(process.execPath, [PROGRAM, 'serve', 'table', join(directory, map)], { input, encoding: 'latin1' });

  it('answers on standard output until its input ends', () => {
    const { status, stdout } = run('aliases', HANDSHAKE + asked('lookup|alias|1|root'));
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: `${REGISTERED}lookup-result|1|found|alice, admin@example.net\n`,
    });
  });

  it('ends without a word when smtpd has ended', () => {
    const line = 'table|0.1|1|t|lookup|alias|id|root\n'.repeat(20_000);
    const run = `${process.execPath} ${PROGRAM} serve table ${join(directory, 'aliases')} | head -1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', run], { input: `config|ready\n${line}`, encoding: 'latin1' });
    expect({ stdout, stderr }).toEqual({ stdout: 'register|alias\n0\n', stderr: '' });
  });

  it('says on standard error which map it cannot open', () => {
    const { status, stderr, stdout } = run('nosuch', HANDSHAKE);
    expect({ status, stdout }).toEqual({ status: 66, stdout: '' });
    expect(stderr).toMatch(/nosuch\.lmdb does not exist/);
  });
});
