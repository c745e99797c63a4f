/** A configuration with some of its files exchanged is another one; the first does not change. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Configuration, makeMap, openMailMaps } from '../../src/index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-exchange.'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const path = (name: string): string => join(directory, name);
const client = { address: '192.0.2.1', name: 'h.example' };
const connect = (of: Configuration): string => of.checkRelay(client).action;
const rcpt = (of: Configuration, recipient: string): string =>
  of.checkRcpt(recipient, { client, sender: 'a@b.example' }).action;

describe('in memory', () => {
  const texts = { access: 'Connect:192.0.2.1\tREJECT\n', 'relay-domains': 'old.example\n', mailertable: '' };

  it.each<[file: string, text: string, ask: (of: Configuration) => string, before: string, after: string]>([
    ['access', 'Connect:192.0.2\tOK\n', connect, 'reject', 'ok'],
    ['relay-domains', 'new.example\n', (of) => rcpt(of, 'x@new.example'), 'reject', 'relay'],
    ['local-host-names', 'new.example\n', (of) => rcpt(of, 'x@new.example'), 'reject', 'local'],
    ['/etc/mail/relay-domains', '', (of) => rcpt(of, 'x@old.example'), 'relay', 'reject'],
    ['aliases', 'x: y@far.example\n', (of) => JSON.stringify(of.expand('x').recipients.length), '0', '1'],
    ['mailertable', 'far.example\terror:nouser no\n', (of) => of.route('x@far.example').kind, 'remote', 'error'],
    ['domaintable', 'old.example\tfar.example\n', (of) => rcpt(of, 'x@old.example'), 'relay', 'reject'],
  ])('%s', (file, text, ask, before, after) => {
    const first = openMailMaps({ texts, hostName: 'mx.example', users: () => undefined }).current();
    const other = first.withTexts({ [file]: text });
    expect([ask(first), ask(other), ask(first)]).toEqual([before, after, before]);
  });

  it('the sendmail.cf', () => {
    const cf = (access: string): string => `V10\nKaccess hash ${access}\nFR /etc/mail/relay-domains\n`;
    const first = openMailMaps({
      texts: { ...texts, strict: '', 'sendmail.cf': cf('/etc/mail/access') },
      cf: '/etc/mail/sendmail.cf',
    });
    const other = first.withTexts({ 'sendmail.cf': cf('/etc/mail/strict') });
    expect([connect(first), connect(other), connect(first)]).toEqual(['reject', 'ok', 'reject']);
    expect(rcpt(other, 'x@old.example')).toBe('relay');
  });

  it('again and again', () => {
    const first = openMailMaps({ texts });
    const other = first.withTexts({ access: '' }).withTexts({ 'relay-domains': 'new.example\n' });
    expect([connect(other), rcpt(other, 'x@new.example'), rcpt(other, 'x@old.example')]).toEqual([
      'ok',
      'relay',
      'reject',
    ]);
  });

  it('names a text that is none', () => {
    const first = openMailMaps({ texts });
    expect(() => first.withTexts({ access: 7 } as never)).toThrow(TypeError);
    expect(() => first.withTexts('access' as never)).toThrow(TypeError);
  });
});

describe('on disk', () => {
  const write = async (access: string): Promise<void> => {
    writeFileSync(path('access'), access);
    await makeMap([Buffer.from(access)], path('access'));
  };

  it('the other files stay as they were when the first was made, and nothing is written', async () => {
    await write('Connect:192.0.2.1\tREJECT\n');
    writeFileSync(path('relay-domains'), 'old.example\n');
    using maps = openMailMaps({ directory, reloadCheckMs: 0 });
    const first = maps.current();
    await write('Connect:192.0.2.1\tOK\n');
    writeFileSync(path('local-host-names'), 'old.example\n');
    expect(connect(maps)).toBe('ok');
    const names = readdirSync(directory);
    const other = first.withTexts({ 'relay-domains': 'new.example\n' });
    expect([connect(first), connect(other), connect(maps)]).toEqual(['reject', 'reject', 'ok']);
    expect(['new', 'old'].map((name) => rcpt(other, `x@${name}.example`))).toEqual(['relay', 'reject']);
    expect(['new', 'old'].map((name) => rcpt(first, `x@${name}.example`))).toEqual(['reject', 'relay']);
    expect(readdirSync(directory)).toEqual(names);
  });

  it('reports nothing to those who listen to the first', async () => {
    await write('Connect:192.0.2.1\tREJECT\n');
    using maps = openMailMaps({ directory, reloadCheckMs: 0 });
    const heard: string[] = [];
    maps.on('problem', (problem) => heard.push(problem.message)).on('reload', ({ path: file }) => heard.push(file));
    const other = maps.withTexts({ access: 'no value\nbroken\n', 'relay-domains': '192.0.2.0/24\n' });
    expect(connect(other)).toBe('ok');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([connect(maps), ...heard]).toEqual(['reject']);
    expect(other.problems).toMatchObject([{ text: 'no RHS for LHS broken', file: path('access'), line: 2 }]);
  });
});
