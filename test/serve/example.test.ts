/**
 * examples/serve as written: its README, followed step by step on a separate host with a real Postfix. Mail to every
 * kind of alias of examples/etc-mail arrives from any sender, and strangers cannot relay.
 *
 * @module-tag slow
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Host, hostAvailable } from './host.ts';
import { type PostfixClient, smtpSession } from './postfix.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/serve');
const README = readFileSync(join(EXAMPLE, 'README.md'), 'utf8');
const UNITS = ['mailmaps-socketmap', 'mailmaps-policy'];

/** The commands of a step. */
function step(name: string): string {
  return new RegExp(`^\`\`\`sh ${name}\\n(.*?)\`\`\`$`, 'ms').exec(README)![1]!.trim();
}

describe.runIf(spawnSync('systemd-analyze', ['--version']).status === 0)('the units', () => {
  it.each(UNITS)('%s is hardened', (unit) => {
    const args = ['security', '--offline=true', '--threshold=25', '--no-pager', join(EXAMPLE, `${unit}.service`)];
    const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    expect({ status, end: stdout.trim().split('\n').at(-1) }).toMatchObject({ status: 0 });
  });
});

const STRANGER: PostfixClient = { address: '203.0.113.7', name: 'mx.stranger.example' };
const COLLEAGUE: PostfixClient = { address: '192.0.2.55', name: 'pc.example.com' };
const LOGIN = `AUTH PLAIN ${Buffer.from('\0alice\0secret').toString('base64')}`;
const POSTMASTER = ['admin@example.net elsewhere', 'alice mailbox'];
const CAROL = ['carol mailbox', 'carol@example.org elsewhere'];

describe.runIf(hostAvailable)('a host on which the README was followed', () => {
  let host: Host;
  let journalBefore: string;

  beforeAll(async () => {
    host = await Host.start();
    await host.run('cd /etc/mail && makemap hash access < access');
    await host.run(`mkdir -p /etc/systemd/system && cd ${EXAMPLE} && ${step('copy')}`);
    for (const unit of UNITS) await host.startUnit(`/etc/systemd/system/${unit}`);
    await host.run(`cd ${EXAMPLE} && ${step('main.cf')}`);
    await host.startPostfix();
    // only root may read the maps so far
    const session = smtpSession(host.port, STRANGER, ['MAIL FROM:<a@stranger.example>', 'RCPT TO:<alice@example.com>']);
    await vi.waitFor(() => expect(host.journal).toMatch(/access\.lmdb/), { timeout: 300_000 });
    journalBefore = host.journal;
    await host.run(`${step('maps')}\n${step('build')}`);
    expect((await session).at(-1)).toMatch(/^(?:250|4)/);
    await host.run(step('postfix').split('\n')[0]!);
  });

  afterAll(() => host[Symbol.asyncDispose]());

  it('said who may not read which map, and went on by itself once it could', async () => {
    expect(journalBefore).toMatch(
      /cannot open \/etc\/mail\/access\.lmdb: Permission denied \(mode 0640, owner 0, group 0; asked by user 61999, groups .*\)/,
    );
    await expect.poll(() => host.journal).toMatch(/serving policy of \/etc\/mail on socket 3 \(policy\)/);
  });

  it('asks the server, as the README says', async () => {
    const [, ask] = step('postfix').split('\n');
    expect(await host.run(ask!)).toBe('root\n');
  });

  /** Sends one message and waits for its deliveries: the recipients, and the kinds of delivery. */
  async function deliver(client: PostfixClient, recipient: string, login: readonly string[] = []): Promise<string[]> {
    const before = host.log.length;
    const envelope = [...login, 'MAIL FROM:<a@stranger.example>', `RCPT TO:<${recipient}>`];
    const answer = (await smtpSession(host.port, client, envelope)).at(-1)!;
    if (!answer.startsWith('250 ')) return [answer];
    const sent = await smtpSession(host.port, client, [...envelope, 'DATA', 'Subject: x\r\n\r\nx\r\n.']);
    const [, queue = ''] = /queued as (\w+)/.exec(sent.at(-1)!) ?? [];
    await expect.poll(() => unfinished(host.log.slice(before), queue)).toEqual([]);
    const lines = host.log.slice(before).matchAll(/ to=<([^>]*)>.* status=(.*)$/gm);
    return [...lines].flatMap(([, to, status]) => deliveryOf(to!, status!)).sort();
  }

  /** Of a message and those as which it was forwarded: the ones that are not done yet. The log comes after the delivery. */
  function unfinished(log: string, queue: string): string[] {
    const forwarded = [...log.matchAll(/forwarded as (\w+)/g)].map(([, name]) => name!);
    return [queue, ...forwarded].filter((name) => !log.includes(`${name}: removed`));
  }

  function deliveryOf(to: string, status: string): string[] {
    const name = to.replace(/@(?:mail\.)?example\.com$/, '').replace(/\+.*/, '');
    if (status.startsWith('sent (forwarded as ')) return [];
    if (status === 'sent (delivered to mailbox)') return [`${name} mailbox`];
    const how = /^sent \(delivered to (file|command): (.*)\)$/.exec(status);
    if (how !== null) return [`${how[1]} ${how[2]}`];
    return [status.startsWith('sent (') ? `${name} elsewhere` : `${name} ${status}`];
  }

  it.each<[string, readonly string[]]>([
    ['alice', ['alice mailbox']],
    ['alice+detail', ['alice mailbox']],
    ['postmaster', POSTMASTER],
    ['Abuse', POSTMASTER],
    ['bin', POSTMASTER],
    ['nobody', ['file /dev/null']],
    ['alice.anders', ['alice mailbox']],
    ['sales', ['alice mailbox', 'bob mailbox']],
    ['sales+detail', ['alice mailbox', 'bob mailbox']],
    ['carol', CAROL],
    ['announce', ['alice mailbox', 'bob mailbox', 'dora@example.net elsewhere', 'erik@example.org elsewhere']],
    ['owner-announce', CAROL],
    ['owner-owner', POSTMASTER],
    ['team', ['alice mailbox', 'bob mailbox', ...CAROL]],
    ['tickets', ['command /usr/local/bin/ticket --queue support']],
    ['archive', ['file /var/mail/archive']],
  ])("delivers a stranger's mail to %s", async (alias, deliveries) => {
    expect(await deliver(STRANGER, `${alias}@example.com`)).toEqual([...deliveries].sort());
  });

  it.each<[string, PostfixClient, string, readonly string[], readonly unknown[]]>([
    [
      'a stranger to a user of another name of ours',
      STRANGER,
      'alice@lists.example.com',
      [],
      ['alice@lists.example.com mailbox'],
    ],
    ['a stranger to a domain that we relay for', STRANGER, 'x@backup.example', [], ['x@backup.example elsewhere']],
    ['a stranger to nobody', STRANGER, 'nosuch@example.com', [], [expect.stringMatching(/^550 5\.1\.1 /)]],
    [
      'a stranger to an address that is closed',
      STRANGER,
      'oldlist@example.com',
      [],
      [expect.stringMatching(/^550 5\.1\.1 .*The list has moved/)],
    ],
    ['a stranger elsewhere', STRANGER, 'x@far.example', [], [expect.stringMatching(/^550 5\.7\.1 .*Relaying denied/)]],
    [
      'a stranger who is not welcome',
      { address: '203.0.113.66' },
      'alice@example.com',
      [],
      [expect.stringMatching(/^550 5\.7\.1 .*infected/)],
    ],
    ['a colleague elsewhere', COLLEAGUE, 'x@far.example', [], ['x@far.example elsewhere']],
    ['a colleague to an alias', COLLEAGUE, 'sales@example.com', [], ['alice mailbox', 'bob mailbox']],
    ['a user elsewhere, from anywhere', STRANGER, 'x@far.example', [LOGIN], ['x@far.example elsewhere']],
    ['a user to an alias, from anywhere', STRANGER, 'postmaster@example.com', [LOGIN], POSTMASTER],
  ])('answers %s', async (_who, client, recipient, login, deliveries) => {
    expect(await deliver(client, recipient, login)).toEqual(deliveries);
  });
});
