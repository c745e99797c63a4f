/**
 * sendmail's tables as Postfix tables: looked up one by one, and used by a real Postfix that refuses, renames and
 * routes.
 *
 * @module-tag slow
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MailMaps, openMailMaps } from '../../src/config/mailmaps.ts';
import { makeMap } from '../../src/map/make-map.ts';
import { askPostfixTable } from '../../src/serve/postfix-tables.ts';
import { Peer } from './peer.ts';
import { Postfix, postfixAvailable, postmapQuery } from './postfix.ts';
import { ServerProcess } from './server-process.ts';

const FILES = {
  'local-host-names': 'here.example\n',
  'relay-domains': 'backup.example\n192.0.2\n',
  'virtuser-domains': 'shop.example\nall.example\n',
  'generics-domains': 'here.example\n',
};
const MAPS = {
  access: 'To:tagged.example RELAY\nTo:no.example REJECT\n',
  virtusertable:
    'info@shop.example alice\nsales@shop.example bob@far.example\ngone@shop.example error:5.7.0:550 No such user here\n' +
    'late@shop.example error:4.2.1:450 Come later\nshut@here.example error:5.7.0:550 Closed\n@all.example %1@here.example\n',
  mailertable:
    'far.example esmtp:[mail.far.example]\n.wide.example smtp:hub.wide.example\nnone.example error:5.1.2:550 no such host\n' +
    'carols.example local:carol\ntwo.example relay:a.example:b.example\nsix.example esmtp:[IPv6:2001:db8::1]\n' +
    'paper.example procmail:/etc/mail/paper\n',
  genericstable: 'alice Alice.Anders@shop.example\n',
};

let directory: string;

beforeAll(async () => {
  directory = mkdtempSync('/run/mailmaps-tables.');
  chmodSync(directory, 0o755);
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(directory, name), text);
  for (const [name, text] of Object.entries(MAPS)) await makeMap([Buffer.from(text)], join(directory, name));
});

afterAll(() => rmSync(directory, { recursive: true }));

const CASES: readonly (readonly [table: string, key: string, value: string | undefined])[] = [
  ['virtual_alias_maps', 'info@shop.example', 'alice'],
  ['virtual_alias_maps', 'info+x@shop.example', 'alice'],
  ['virtual_alias_maps', 'Info@Shop.Example', 'alice'],
  ['virtual_alias_maps', 'sales@shop.example', 'bob@far.example'],
  ['virtual_alias_maps', 'u@all.example', 'u'],
  ['virtual_alias_maps', 'x@carols.example', 'carol'],
  ['virtual_alias_maps', 'gone@shop.example', undefined],
  ['virtual_alias_maps', 'shut@here.example', undefined],
  ['virtual_alias_maps', 'alice@here.example', undefined],
  ['virtual_alias_maps', 'x@plain.example', undefined],
  ['virtual_alias_maps', 'alice', undefined],
  ['transport_maps', 'x@far.example', 'smtp:[mail.far.example]'],
  ['transport_maps', 'x@a.wide.example', 'smtp:hub.wide.example'],
  ['transport_maps', 'x@two.example', 'relay:a.example, b.example'],
  ['transport_maps', 'x@six.example', 'smtp:[ipv6:2001:db8::1]'],
  ['transport_maps', 'x@none.example', 'error:5.1.2 no such host'],
  ['transport_maps', 'gone@shop.example', 'error:5.7.0 No such user here'],
  ['transport_maps', 'shut@here.example', 'error:5.7.0 Closed'],
  ['transport_maps', 'late@shop.example', 'retry:4.2.1 Come later'],
  ['transport_maps', 'sales@shop.example', undefined],
  ['transport_maps', 'x@carols.example', undefined],
  ['transport_maps', 'x@plain.example', undefined],
  ['transport_maps', 'alice@here.example', undefined],
  ['transport_maps', '*', undefined],
  ['sender_canonical_maps', 'alice@here.example', 'Alice.Anders@shop.example'],
  ['sender_canonical_maps', 'bob@here.example', undefined],
  ['sender_canonical_maps', 'x@far.example', undefined],
  ['sender_canonical_maps', 'alice', undefined],
  ['relay_domains', 'backup.example', 'OK'],
  ['relay_domains', 'sub.backup.example', 'OK'],
  ['relay_domains', 'tagged.example', 'OK'],
  ['relay_domains', 'no.example', undefined],
  ['relay_domains', 'other.example', undefined],
  ['relay_domains', 'here.example', undefined],
  ['relay_domains', 'x y', undefined],
];

describe('a table of Postfix', () => {
  let maps: MailMaps;

  beforeAll(() => {
    maps = openMailMaps({ directory, hostName: 'mail.here.example' });
  });
  afterAll(() => maps.close());

  it.each(CASES)('%s for %s', (table, key, value) => {
    const result = value === undefined ? { status: 'notFound' } : { status: 'found', value };
    expect(askPostfixTable(table, key, () => maps)).toEqual(result);
  });

  it('of relay domains is empty when everybody may relay anywhere', () => {
    using open = openMailMaps({ directory, hostName: 'mail.here.example', features: ['promiscuous_relay'] });
    expect(askPostfixTable('relay_domains', 'other.example', () => open)).toEqual({ status: 'notFound' });
  });

  it.each<[string, string]>([
    ['virtual_alias_maps', 'info@shop.example'],
    ['transport_maps', 'x@far.example'],
    ['sender_canonical_maps', 'alice@here.example'],
    ['relay_domains', 'tagged.example'],
  ])('%s cannot tell while a map cannot be used, and the others are', async (table, key) => {
    const broken = mkdtempSync('/run/mailmaps-tables.');
    try {
      await makeMap([Buffer.from(MAPS.virtusertable)], join(broken, 'virtusertable'));
      for (const name of ['access', 'genericstable', 'mailertable']) writeFileSync(join(broken, `${name}.lmdb`), 'x');
      await using _ = stopped(await ServerProcess.start('socketmap', '-d', broken, '--listen', `unix:${broken}/s`));
      const peer = await Peer.connect({ path: `${broken}/s` });
      expect(await peer.ask(table, key)).toMatch(/^TEMP /);
      expect(await peer.ask('virtusertable', 'info@shop.example')).toBe('OK alice');
      await peer.end();
    } finally {
      rmSync(broken, { recursive: true });
    }
  });
});

function stopped(server: ServerProcess): AsyncDisposable {
  return { [Symbol.asyncDispose]: async () => void (await server.stop()) };
}

describe.runIf(postfixAvailable)('a Postfix that asks for its tables', () => {
  let server: ServerProcess;
  let postfix: Postfix;
  let table: (name: string) => string;

  beforeAll(async () => {
    const path = join(directory, 'socket');
    const args = ['-d', directory, '--host-name', 'mail.here.example', '--socket-group', 'postfix'];
    server = await ServerProcess.start('socketmap', ...args, '--listen', `unix:${path}`);
    table = (name) => `socketmap:unix:${path}:${name}`;
    postfix = await Postfix.start([
      'myhostname = mail.here.example',
      'mydestination = here.example, mail.here.example',
      'virtual_alias_domains = shop.example',
      ...['virtual_alias_maps', 'transport_maps', 'sender_canonical_maps', 'relay_domains'].map(
        (name) => `${name} = ${table(name)}`,
      ),
      'smtpd_relay_restrictions = reject_unauth_destination',
    ]);
  });

  afterAll(async () => {
    await postfix[Symbol.asyncDispose]();
    await server.stop();
  });

  it.each(CASES.filter(([, key]) => key.includes('@') || key.includes('.')))('%s for %s', (name, key, value) => {
    const { stdout, status } = postmapQuery(postfix.directory, key, table(name));
    expect({ stdout, status }).toEqual(
      value === undefined ? { stdout: '', status: 1 } : { stdout: `${value}\n`, status: 0 },
    );
  });

  it.each<[string, RegExp]>([
    ['info@shop.example', /^250 2\.1\.5 /],
    ['sales@shop.example', /^250 2\.1\.5 /],
    ['gone@shop.example', /^550 5\.1\.1 .*User unknown in virtual alias table/],
    ['late@shop.example', /^451 4\.3\.0 /],
    ['shut@here.example', /^550 5\.\d\.\d <shut@here\.example>: .*Closed/],
    ['other@shop.example', /^550 5\.1\.1 .*User unknown in virtual alias table/],
    ['x@backup.example', /^250 2\.1\.5 /],
    ['x@tagged.example', /^250 2\.1\.5 /],
    ['x@other.example', /^454 4\.7\.1 |^554 5\.7\.1 .*Relay access denied/],
  ])('answers RCPT TO:<%s>', async (recipient, reply) => {
    const client = { address: '203.0.113.7', name: 'h.example' };
    const replies = await postfix.session(client, ['MAIL FROM:<a@b.example>', `RCPT TO:<${recipient}>`]);
    expect(replies.at(-1)).toMatch(reply);
  });
});
