/**
 * Lookups of Postfix itself: postmap by socketmap, and a running SMTP server by check_policy_service.
 *
 * @module-tag slow
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Decision } from '../../src/access/decision.ts';
import { formatReply } from '../../src/access/reply.ts';
import { type MailMaps, openMailMaps } from '../../src/config/mailmaps.ts';
import type { Client } from '../../src/core/session.ts';
import { makeMap } from '../../src/map/make-map.ts';
import { Peer } from './peer.ts';
import {
  configureDirectory,
  Postfix,
  type PostfixClient,
  postfixAvailable,
  postmapAvailable,
  postmapQuery,
} from './postfix.ts';
import { ServerProcess } from './server-process.ts';

const ACCESS = `Connect:192.0.2.1\tREJECT
Connect:192.0.2.2\tERROR:4.7.1:"450 Come later"
Connect:192.0.2.4\tQUARANTINE:odd client
Connect:192.0.2.5\tDISCARD
Connect:192.0.2.9\tx<TMPF>
Connect:127.0.0.5\tREJECT
Connect:10.1\tRELAY
Connect:friend.example\tRELAY
From:spam.example\tREJECT
From:later@b.example\tERROR:4.7.1:"450 not now"
To:far.example\tRELAY
To:bob@local.test\tERROR:5.2.1:"550 Bob is gone"
big\t${'x'.repeat(900)}
`;
const FEATURES = ['blocklist_recipients'] as const;

let directory: string;

async function build(text: string): Promise<void> {
  await makeMap([Buffer.from(text)], join(directory, 'access'), { emptyValues: true });
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-postfix-test.'));
  chmodSync(directory, 0o755);
  await build(`${ACCESS}empty\n`);
  writeFileSync(join(directory, 'local-host-names'), 'local.test\n');
  writeFileSync(join(directory, 'damaged.lmdb'), 'x'.repeat(9000));
});

afterAll(() => rmSync(directory, { recursive: true }));

describe.runIf(postmapAvailable)('postmap -q through socketmap', () => {
  let server: ServerProcess;
  let tables: readonly string[];

  beforeAll(async () => {
    configureDirectory(directory);
    const path = join(directory, 'maps.socket');
    const listen = [`unix:${path}`, 'tcp:127.0.0.1:0', 'tcp:[::1]:0'].flatMap((address) => ['--listen', address]);
    server = await ServerProcess.start('socketmap', '-d', directory, ...listen);
    await server.line(/\[::1\]/);
    const ports = server.lines.join('\n').match(/(?<=tcp:.*:)\d+$/gm)!;
    tables = [`unix:${path}`, `inet:127.0.0.1:${ports[0]}`, `inet:[::1]:${ports[1]}`];
  });

  afterAll(() => server.stop());

  it.each<[string, string, string, { status: number; stdout: string; stderr: RegExp }]>([
    ['a key', 'access', 'To:far.example', { status: 0, stdout: 'RELAY\n', stderr: /^$/ }],
    ['a long value', 'access', 'big', { status: 0, stdout: `${'x'.repeat(900)}\n`, stderr: /^$/ }],
    ['no such key', 'access', 'nosuch', { status: 1, stdout: '', stderr: /^$/ }],
    ['an empty value', 'access', 'empty', { status: 0, stdout: '\n', stderr: /empty string result is not allowed/ }],
    ['no such map', 'nomap', 'a', { status: 1, stdout: '', stderr: /temporary error: .*nomap\.lmdb does not exist/ }],
    ['a damaged map', 'damaged', 'a', { status: 1, stdout: '', stderr: /temporary error: .*damaged\.lmdb/ }],
    ['a map elsewhere', '../access', 'a', { status: 1, stdout: '', stderr: /temporary error: not the name of a map/ }],
  ])('%s', (_what, map, key, { status, stdout, stderr }) => {
    for (const table of tables) {
      const ran = postmapQuery(directory, key, `socketmap:${table}:${map}`);
      expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status, stdout });
      expect(ran.stderr).toMatch(stderr);
    }
  });
});

const CLIENTS: readonly PostfixClient[] = [
  { address: '203.0.113.7', name: 'h.example' },
  { address: '203.0.113.8' },
  { address: '203.0.113.9', reverseName: 'friend.example' },
  { address: '203.0.113.10', name: 'friend.example' },
  { address: '10.1.2.3' },
  { address: '192.0.2.1', name: 'h.example' },
  { address: '192.0.2.2', name: 'h.example' },
  { address: '192.0.2.9', name: 'h.example' },
  { address: '2001:db8::7', name: 'six.example' },
];
const SENDERS = ['a@b.example', '', 'x@spam.example', 'later@b.example', '"q s"@b.example'];
const RECIPIENTS = [
  ...['alice@local.test', 'alice', 'bob@local.test', 'x@far.example', 'x@other.example'],
  ...['"x@other.example"@local.test', 'x%other.example@local.test', '"a b"@local.test'],
];

function asClient({ address, name, reverseName }: PostfixClient): Client {
  return {
    address,
    helo: 'client.example',
    ...(name && { name }),
    ...(reverseName !== undefined && name === undefined && { resolve: 'FORGED' as const }),
    ...((reverseName ?? name) && { ptr: reverseName ?? name }),
  };
}

/** Our decisions, in the order of the SMTP session. */
function decisions(maps: MailMaps, client: Client, sender: string, recipient: string): readonly Decision[] {
  const session = { client, sender };
  return [maps.checkRelay(client), maps.checkMail(sender, session), maps.checkRcpt(recipient, session)];
}

const isRefusal = ({ action }: Decision): boolean => action === 'reject' || action === 'tempFail';

/** The end of the reply that Postfix must give to RCPT. */
function expectedEnd(all: readonly Decision[], sender: string, recipient: string): string {
  const refusal = all.find(isRefusal);
  if (refusal === undefined) return '250 2.1.5 Ok';
  const address = { relay: undefined, mail: sender, rcpt: recipient, compat: recipient }[refusal.question];
  return formatReply(refusal, address).replace(/^\d{3} \S+ /, 'rejected: ');
}

/** The code and status with which it must begin; for a deferral it is Postfix's own 450. */
function expectedBegin(all: readonly Decision[]): string {
  const refusal = all.find(isRefusal);
  if (refusal === undefined) return '250 2.1.5';
  return `${refusal.action === 'tempFail' ? 450 : refusal.reply!.code} ${refusal.reply!.enhanced}`;
}

describe.runIf(postfixAvailable)('a Postfix that asks our policy server in smtpd_relay_restrictions', () => {
  let server: ServerProcess;
  let postfix: Postfix;

  beforeAll(async () => {
    const path = join(directory, 'policy.socket');
    const features = FEATURES.flatMap((feature) => ['--feature', feature]);
    server = await ServerProcess.start(
      ...['policy', '-d', directory, '--host-name', 'mail.local.test', ...features],
      ...['--listen', `unix:${path}`, '--socket-group', 'postfix'],
    );
    postfix = await Postfix.start([
      'myhostname = mail.local.test',
      'mydestination = local.test, mail.local.test',
      `smtpd_relay_restrictions = check_policy_service unix:${path}, reject_unauth_destination`,
      'smtpd_recipient_restrictions = check_recipient_access inline:{later@far.example=REJECT}',
    ]);
  });

  afterAll(async () => {
    await postfix[Symbol.asyncDispose]();
    await server.stop();
  });

  it.each(CLIENTS)('answers $address as we decide, for every sender and recipient', async (client) => {
    using maps = openMailMaps({ directory, features: FEATURES, hostName: 'mail.local.test' });
    const pairs = SENDERS.flatMap((sender) => RECIPIENTS.map((recipient) => ({ sender, recipient })));
    const replies = await postfix.session(
      client,
      pairs.flatMap(({ sender, recipient }) => ['RSET', `MAIL FROM:<${sender}>`, `RCPT TO:<${recipient}>`]),
    );
    for (const [i, { sender, recipient }] of pairs.entries()) {
      const [mail, rcpt] = replies.slice(3 * i + 1);
      const all = decisions(maps, asClient(client), sender, recipient);
      const [begin, end] = [expectedBegin(all), expectedEnd(all, sender, recipient)];
      const asked = { sender, recipient, mail: '250 2.1.0 Ok' };
      const got = { sender, recipient, mail, begin: rcpt!.slice(0, begin.length), end: rcpt!.slice(-end.length) };
      expect(got).toEqual({ ...asked, begin, end });
    }
  });

  it.each<[string, string, readonly string[]]>([
    ['allows relaying', 'x@far.example', ['250 2.1.5 Ok']],
    ["leaves the later lists' refusals alone", 'later@far.example', [expect.stringMatching(/^554 5\.7\.1 <later@far/)]],
    [
      'refuses what nobody may relay to',
      'x@other.example',
      ['550 5.7.1 <x@other.example>: Recipient address rejected: <x@other.example>... Relaying denied'],
    ],
  ])('%s', async (_what, recipient, replies) => {
    const got = await postfix.session(CLIENTS[0]!, ['MAIL FROM:<a@b.example>', `RCPT TO:<${recipient}>`]);
    expect(got.slice(1)).toEqual(replies);
  });

  const MESSAGE = ['MAIL FROM:<a@b.example>', 'RCPT TO:<alice@local.test>', 'DATA', 'Subject: x\r\n\r\nx\r\n.'];

  it('holds what is quarantined', async () => {
    const before = postfix.held;
    const replies = await postfix.session({ address: '192.0.2.4' }, MESSAGE);
    expect(replies.at(-1)).toMatch(/^250 2\.0\.0 Ok: queued as /);
    expect(postfix.held).toBe(before + 1);
    await expect.poll(() => postfix.log).toMatch(/hold: RCPT from unknown\[192\.0\.2\.4\]: .*odd client/);
  });

  it('drops what is discarded', async () => {
    const replies = await postfix.session({ address: '192.0.2.5' }, MESSAGE);
    expect(replies.at(-1)).toMatch(/^250 2\.0\.0 Ok: queued as /);
    await expect.poll(() => postfix.log).toMatch(/discard: RCPT from unknown\[192\.0\.2\.5\]: .*Connect:192\.0\.2\.5/);
  });

  it('sees a changed map within a session', async () => {
    const ask = async (): Promise<string | undefined> =>
      (await postfix.session(CLIENTS[0]!, ['MAIL FROM:<a@b.example>', 'RCPT TO:<new@local.test>']))[1];
    expect(await ask()).toBe('250 2.1.5 Ok');
    await build(`${ACCESS}To:new@local.test\t550 5.7.1 closed\n`);
    await sleep(300);
    expect(await ask()).toMatch(/^550 5\.7\.1 .*: <new@local\.test>\.\.\. closed$/);
    await build(ACCESS);
    await sleep(300);
  });

  it('defers, and accepts nothing, while our server is away', async () => {
    const path = join(directory, 'policy.socket');
    await server.stop();
    const [, rcpt] = await postfix.session(CLIENTS[0]!, ['MAIL FROM:<a@b.example>', 'RCPT TO:<alice@local.test>']);
    expect(rcpt).toMatch(/^451 4\.3\.5 /);
    server = await ServerProcess.start(
      'policy',
      '-d',
      directory,
      '--listen',
      `unix:${path}`,
      '--socket-group',
      'postfix',
    );
    const [, again] = await postfix.session(CLIENTS[0]!, ['MAIL FROM:<a@b.example>', 'RCPT TO:<alice@local.test>']);
    expect(again).toBe('250 2.1.5 Ok');
  });
});

describe.runIf(postfixAvailable)('a Postfix that asks our policy server at each stage', () => {
  let server: ServerProcess;
  let postfix: Postfix;

  beforeAll(async () => {
    server = await ServerProcess.start('policy', '-d', directory, '--listen', 'tcp:127.0.0.1:0');
    const service = `check_policy_service inet:127.0.0.1:${server.port}`;
    postfix = await Postfix.start([
      'myhostname = mail.local.test',
      'mydestination = local.test, mail.local.test',
      'smtpd_delay_reject = no',
      `smtpd_client_restrictions = ${service}`,
      `smtpd_sender_restrictions = ${service}`,
      `smtpd_relay_restrictions = ${service}, reject_unauth_destination`,
    ]);
  });

  afterAll(async () => {
    await postfix[Symbol.asyncDispose]();
    await server.stop();
  });

  it('refuses at CONNECT', async () => {
    const peer = await Peer.connect({ host: '127.0.0.1', port: postfix.port, localAddress: '127.0.0.5' });
    expect(await peer.until(/\r\n/)).toMatch(/^550 5\.7\.1 .*Client host rejected: Access denied\r\n$/);
    await peer.end();
  });

  it.each<[string, PostfixClient, readonly string[], readonly RegExp[]]>([
    [
      'refuses at MAIL',
      CLIENTS[0]!,
      ['MAIL FROM:<x@spam.example>', 'RCPT TO:<alice@local.test>'],
      [/^550 5\.7\.1 .*Sender address rejected: <x@spam\.example>\.\.\. Access denied$/, /^503 /],
    ],
    [
      'refuses at RCPT',
      CLIENTS[0]!,
      ['MAIL FROM:<a@b.example>', 'RCPT TO:<x@other.example>', 'RCPT TO:<alice@local.test>'],
      [/^250 2\.1\.0 /, /^550 5\.7\.1 .*: <x@other\.example>\.\.\. Relaying denied$/, /^250 2\.1\.5 /],
    ],
    [
      'accepts',
      CLIENTS[0]!,
      ['MAIL FROM:<a@b.example>', 'RCPT TO:<x@far.example>'],
      [/^250 2\.1\.0 /, /^250 2\.1\.5 /],
    ],
  ])('%s', async (_what, client, commands, replies) => {
    const got = await postfix.session(client, commands);
    expect(got).toEqual(replies.map((reply) => expect.stringMatching(reply)));
  });
});
