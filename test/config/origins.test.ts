/** The place of each entry behind an answer: file and line of a text, or the map that has no text. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MailMaps, makeAliases, makeMap, openMailMaps } from '../../src/index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-origins.'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const path = (name: string): string => join(directory, name);
const write = (name: string, text: string): void => writeFileSync(path(name), text);
const map = (name: string, text: string) => makeMap([Buffer.from(text)], path(name));

const TEXTS = {
  access: '# ours\nConnect:192.0.2.66\tREJECT\n\nGreetPause:192.0.2\t500\nTo:relay.example\tRELAY\n',
  aliases: '# ours\nstaff: alice,\n\tbob\nops: :include:/etc/mail/lists/ops\nroot: alice\n',
  'lists/ops': 'carol\n# nobody\ndave\n',
  'local-host-names': '\nlocal.example\n',
  'relay-domains': 'partner.example\n#makemap --cidr\n198.51.100.0/23\n',
  virtusertable: '@old.example\t%1@far.example\nerr@local.example\terror:nouser gone\n',
  'virtuser-domains': 'old.example\n',
  mailertable: '\n\nfar.example\tesmtp:[gate.example]\n',
  genericstable: 'alice\tAlice.A@local.example\n',
  'generics-domains': 'local.example\n',
  domaintable: 'short.example\tfar.example\n',
};
const PASSWD = 'alice:x:1:1::/home:/bin/sh\nbob:x:2:2::/home:/bin/sh\n';
const texts = { ...TEXTS, '/etc/passwd': PASSWD };
const inMemory = (more: Parameters<typeof openMailMaps>[0] & object = {}): MailMaps =>
  openMailMaps({ texts, hostName: 'mx.example', ...more });
const stranger = { client: { address: '203.0.113.9', name: 'h.example' }, sender: 'a@b.example' };
const at = (file: string, line?: number) => ({
  file: `/etc/mail/${file}`,
  ...(line !== undefined && { line }),
});

describe('in memory', () => {
  it('an entry of the access map', () => {
    expect(inMemory().checkRelay({ address: '192.0.2.66' }).because.source).toEqual(at('access', 2));
  });

  it('a setting of the access map', () => {
    const setting = inMemory().accessSetting('GreetPause', { address: '192.0.2.7' });
    expect(setting).toMatchObject({ status: 'found', source: at('access', 4) });
    expect(inspect(setting)).toContain('line: 4');
  });

  it.each<[recipient: string, address: string, line: number]>([
    ['x@sub.partner.example', '203.0.113.9', 1],
    ['x@elsewhere.example', '198.51.101.7', 3],
  ])('a word of relay-domains: %s from %s', (recipient, address, line) => {
    const decision = inMemory().checkRcpt(recipient, { client: { address, name: 'h.example' } });
    expect([decision.action, decision.because.source]).toEqual(['relay', at('relay-domains', line)]);
    const steps = JSON.parse(JSON.stringify(decision.trace.filter((step) => step.kind === 'class' && step.holds)));
    expect(steps).toMatchObject([{ source: at('relay-domains', line) }]);
  });

  it('a word of local-host-names', () => {
    const decision = inMemory().checkRcpt('x@elsewhere.example', {
      client: { address: '203.0.113.9', name: 'local.example' },
    });
    expect(decision.because).toMatchObject({ rule: 'class w', source: at('local-host-names', 2) });
  });

  it.each<[address: string, table: string, file: string, line: number]>([
    ['bob@old.example', 'virtusertable', 'virtusertable', 1],
    ['bob@old.example', 'mailertable', 'mailertable', 3],
    ['x@short.example', 'domaintable', 'domaintable', 1],
    ['err@local.example', 'virtusertable', 'virtusertable', 2],
  ])('a table of route: %s, %s', (address, table, file, line) => {
    const { trace } = inMemory({ features: ['virtuser_entire_domain'] as never }).route(address);
    const found = trace.find((step) => step.kind === 'table' && step.table === table && step.status === 'found');
    expect(found?.kind === 'table' && found.source).toEqual(at(file, line));
  });

  it('the entry that decides a route', () => {
    expect(inMemory().route('x@far.example').because).toMatchObject({
      rule: 'mailertable',
      source: at('mailertable', 3),
    });
  });

  it('the entry that decides a rewriting', () => {
    const rewritten = inMemory().rewrite('alice@local.example', { where: 'header', role: 'sender' });
    expect(rewritten.because).toMatchObject({ rule: 'genericstable', source: at('genericstable', 1) });
  });

  it('aliases begin on their first line, and lists have their own lines', () => {
    const sources = (address: string) =>
      inMemory()
        .expand(address)
        .trace.map(({ source }) => source);
    expect(sources('staff')).toEqual([undefined, at('aliases', 2), at('aliases', 2)]);
    expect(sources('ops')).toEqual([undefined, at('aliases', 4), at('lists/ops', 1), at('lists/ops', 3)]);
  });

  it('tables of the access map in a decision', () => {
    const { because, trace } = inMemory().checkRcpt('err@local.example', stranger);
    expect(because).toMatchObject({ rule: 'virtusertable', source: at('virtusertable', 2) });
    const found = trace.filter((step) => step.kind === 'key' && step.status === 'found');
    expect(JSON.parse(JSON.stringify(found))).toMatchObject([
      { rule: 'virtusertable', source: at('virtusertable', 2) },
    ]);
  });

  it('a key of a network has the line of the network', () => {
    const access = '#makemap --cidr\nConnect:192.0.2.0/23\tOK\nConnect:192.0.2.64/26\tREJECT\n';
    const m = openMailMaps({ texts: { access } });
    expect(m.checkRelay({ address: '192.0.2.65' }).because.source).toEqual(at('access', 3));
    expect(m.checkRelay({ address: '192.0.3.65' }).because.source).toEqual(at('access', 2));
  });
});

describe('a sendmail.cf', () => {
  const cf = 'V10\nCRpartner.example\nKaccess hash /etc/mail/access\nKmailertable hash /etc/mail/mailertable\n';

  it('has the lines of its classes and the tables of its K lines', () => {
    const m = inMemory({ cf: '/etc/mail/sendmail.cf', texts: { ...texts, 'sendmail.cf': cf } });
    expect(m.checkRcpt('x@partner.example', stranger).because.source).toEqual(at('sendmail.cf', 2));
    expect(m.checkRelay({ address: '192.0.2.66' }).because.source).toEqual(at('access', 2));
    expect(m.route('x@far.example').because.source).toEqual(at('mailertable', 3));
  });
});

describe('tables that are functions', () => {
  it('have no place', () => {
    const access = (key: string) =>
      key === 'Connect:192.0.2.1' ? ({ status: 'found', value: 'REJECT' } as const) : ({ status: 'notFound' } as const);
    const { because } = openMailMaps({ texts: {}, access }).checkRelay({ address: '192.0.2.1' });
    expect(because).toEqual({ rule: 'check_relay', key: 'Connect:192.0.2.1', value: 'REJECT' });
    expect('source' in because).toBe(false);
  });
});

describe('on disk', () => {
  const source = (m: MailMaps) => m.checkRelay({ address: '192.0.2.66' }).because.source;

  it('a map without a source file is the place itself', async () => {
    await map('access', TEXTS.access);
    await map('mailertable', TEXTS.mailertable);
    using m = openMailMaps(directory);
    expect(source(m)).toEqual({ file: path('access.lmdb') });
    expect(JSON.stringify(m.route('x@far.example').because)).toContain(
      `"source":{"file":"${path('mailertable.lmdb')}"}`,
    );
  });

  it('a text that was changed after its map has no line for what is not in it', async () => {
    await map('access', TEXTS.access);
    write('access', 'Connect:192.0.2.66\tOK\n');
    using m = openMailMaps(directory);
    expect(source(m)).toBe(undefined);
  });

  it('a line is of the text that was there, and of the next one after the map is made', async () => {
    write('access', TEXTS.access);
    await map('access', TEXTS.access);
    using m = openMailMaps({ directory, reloadCheckMs: 0 });
    expect(source(m)).toEqual({ file: path('access'), line: 2 });
    const held = m.current();
    write('access', `\n\n${TEXTS.access}`);
    expect([source(m), source(held as MailMaps)]).toEqual([undefined, undefined]);
    await map('access', `\n\n${TEXTS.access}`);
    expect(source(m)).toEqual({ file: path('access'), line: 4 });
    expect(source(held as MailMaps)).toBe(undefined);
  });

  it('aliases', async () => {
    write('aliases', TEXTS.aliases);
    await makeAliases(path('aliases'), { hostName: 'mx.example' });
    mkdirSync(path('lists'));
    using m = openMailMaps({ directory, hostName: 'mx.example' });
    expect(m.expand('root').trace.at(-1)?.source).toEqual({ file: path('aliases'), line: 5 });
    rmSync(path('aliases'));
    using alone = openMailMaps({ directory, hostName: 'mx.example' });
    expect(alone.expand('root').trace.at(-1)?.source).toEqual({ file: path('aliases.lmdb') });
  });
});

describe('DNS lists', () => {
  const resolver = { resolve4: async () => ['127.0.0.2'] } as never;
  const question = { kind: 'relay', client: { address: '192.0.2.1', name: 'h.example' } } as const;
  const CF = [
    'V10',
    'SBasic_check_relay',
    'R$*\t$: $&{client_addr}',
    'R$-.$-.$-.$-\t$: <?> $(dnsbl $4.$3.$2.$1.bl.example. $: OK $)',
    'R<?>OK\t$: OKSOFAR',
    'R<?>$+\t$#error $@ 5.7.1 $: "550 Rejected"',
    '',
  ];

  it('named by an option have their answer, and no place', async () => {
    const m = openMailMaps({ texts: {}, features: ['dnsbl:bl.example'] });
    const { because } = await m.ask(question, { resolver });
    expect(because).toMatchObject({ rule: 'dnsbl', key: 'bl.example', value: '127.0.0.2' });
    expect('source' in because).toBe(false);
  });

  it('of a sendmail.cf have the line that asks', async () => {
    const m = openMailMaps({
      texts: { 'sendmail.cf': CF.join('\n') },
      cf: '/etc/mail/sendmail.cf',
      rules: 'built-in',
    });
    const { because } = await m.ask(question, { resolver });
    expect(because).toMatchObject({ rule: 'dnsbl', value: '127.0.0.2', source: at('sendmail.cf', 4) });
  });
});
