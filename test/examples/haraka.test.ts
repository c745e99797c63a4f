/**
 * examples/haraka in a running Haraka, compared with the replies of the real daemon in the same sessions.
 *
 * @module-tag slow
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMap } from '../../src/index.ts';
import { freePort } from '../free-port.ts';
import type { DnsServer } from '../oracle/dns.ts';
import {
  attempt,
  DNS_FEATURES,
  DNS_SESSIONS,
  FEATURES,
  HOST_NAME,
  makeDirectory,
  SESSIONS,
  type Server,
  SmtpClient,
  startDns,
  startServer,
} from './relay-host.ts';

/** The place where CONTRIBUTING.md installs it. */
const haraka = process.env.MAILMAPS_HARAKA ?? resolve('.cache/haraka/node_modules/Haraka');

/** A directory as `haraka -i` makes one, with the plugin in its node_modules. */
function makeInstance(directory: string, port: number, dns: string, features: readonly string[]): string {
  const instance = join(directory, `haraka-${port}`);
  const modules = join(instance, 'node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(join(haraka, 'config'), join(instance, 'config'), { recursive: true });
  cpSync('examples/haraka', join(modules, 'haraka-plugin-mailmaps'), { recursive: true });
  symlinkSync(resolve('.'), join(modules, 'mailmaps'));
  const settings = [
    `directory=${directory}`,
    `features=${features.join(',')}`,
    `host_name=${HOST_NAME}`,
    `passwd=${directory}/passwd`,
    `dns=${dns}`,
  ];
  const files = {
    'mailmaps.ini': settings.join('\n'),
    plugins: 'mailmaps\nqueue/test',
    'smtp.ini': `listen=127.0.0.1:${port}\nnodes=0`,
    'log.ini': '[main]\nlevel=info',
    me: HOST_NAME,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(instance, 'config', name), `${text}\n`);
  return instance;
}

/** Haraka has its own words for EHLO and HELO. */
const heard = (says: string, reply: string): string => (/^(?:EHLO|HELO)/.test(says) ? reply.slice(0, 3) : reply);

/** sendmail shows a local recipient as it will be delivered to. */
const asGiven = (says: string, hears: string): string =>
  hears.startsWith('250') ? hears.replace(/<.*?>/, /<.*?>/.exec(says)![0]) : hears;

describe.runIf(existsSync(haraka))('the plugin in a running Haraka', () => {
  let directory: string;
  let spool: string;
  let dns: DnsServer;
  let server: Server;

  beforeAll(async () => {
    if (!existsSync('dist/index.js')) execFileSync('npm', ['run', 'build'], { stdio: 'pipe' });
    directory = await makeDirectory();
    spool = join(directory, 'spool');
    dns = await startDns();
    server = await start(FEATURES);
  });

  async function start(features: readonly string[]): Promise<Server> {
    const port = await freePort();
    const instance = makeInstance(directory, port, dns.address, features);
    return startServer(
      [join(haraka, 'bin/haraka'), '-c', instance],
      (line) => (line.includes(`Listening on 127.0.0.1:${port}`) ? port : undefined),
      // queue/test writes there
      { cwd: instance, env: { TMPDIR: spool } },
    );
  }
  afterAll(async () => {
    await server.stop();
    dns.close();
    rmSync(directory, { recursive: true });
  });

  it.each(SESSIONS.map((session, i) => [i, session.client, session] as const))(
    'session %i, from %s, goes as with the daemon',
    async (_, from, { greeting, exchanges }) => {
      const client = new SmtpClient(server.port, from);
      const [theirs, ours] = [greeting, await client.reply()].map((line) => (line.startsWith('220') ? '220' : line));
      expect(ours).toBe(theirs);
      for (const { says, hears } of exchanges) {
        const expected = /^(?:MAIL|RCPT)/.test(says) ? asGiven(says, hears) : hears;
        expect([says, heard(says, await client.say(says))]).toEqual([says, heard(says, expected)]);
      }
      client.end();
    },
  );

  async function send(from: string, to: string): Promise<string> {
    const client = new SmtpClient(server.port, from);
    await client.reply();
    for (const line of ['EHLO client.example', 'MAIL FROM:<ann@good.example>', `RCPT TO:<${to}>`, 'DATA']) {
      await client.say(line);
    }
    const reply = await client.say('Subject: hello\r\n\r\nbody\r\n.');
    client.end();
    return reply.slice(0, 3);
  }
  const queued = (): string[] => readdirSync(spool).filter((name) => name.endsWith('.eml'));

  it('leaves messages to the plugins that queue, but for those to be dropped', async () => {
    expect(await send('127.0.0.10', 'alice@local.example')).toBe('250');
    expect(queued()).toEqual([]);
    expect(await send('127.0.0.2', 'alice@local.example')).toBe('250');
    expect(queued().map((name) => readFileSync(join(spool, name), 'latin1'))).toEqual([
      expect.stringContaining('body'),
    ]);
  });

  it('asks DNS lists and mail exchangers', async () => {
    const asking = await start([...FEATURES, ...DNS_FEATURES]);
    for (const { fact, client, to, hears } of DNS_SESSIONS)
      expect([fact, await attempt(asking.port, client, to)]).toEqual([fact, hears]);
    await asking.stop();
  });

  it('sees a new access map without a restart', async () => {
    const ask = async (): Promise<string> => {
      const client = new SmtpClient(server.port, '127.0.0.2');
      await client.reply();
      for (const line of ['EHLO client.example', 'MAIL FROM:<ann@good.example>']) await client.say(line);
      const reply = await client.say('RCPT TO:<x@new.example>');
      client.end();
      return reply;
    };
    expect(await ask()).toBe('550 5.7.1 <x@new.example>... Relaying denied');
    await makeMap([Buffer.from('To:new.example\tRELAY\n')], join(directory, 'access'));
    await new Promise((done) => setTimeout(done, 300));
    expect(await ask()).toBe('250 2.1.5 <x@new.example>... Recipient ok');
  });
});
