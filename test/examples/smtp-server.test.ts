/**
 * examples/smtp-server, running, compared with the replies of the real daemon in the same sessions.
 *
 * @module-tag slow
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAliases, makeMap } from '../../src/index.ts';
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

let directory: string;
let dns: DnsServer;
let server: Server;

/** The server as JavaScript, where it finds the package of this project. */
const SERVER = '.cache/smtp-server/server.js';

function start(features: readonly string[]): Promise<Server> {
  const options = {
    port: '0',
    directory: directory,
    spool: join(directory, 'spool'),
    'host-name': HOST_NAME,
    passwd: join(directory, 'passwd'),
    dns: dns.address,
  };
  const args = [
    SERVER,
    ...Object.entries(options).map(([name, value]) => `--${name}=${value}`),
    ...features.map((name) => `--feature=${name}`),
  ];
  return startServer(args, (line) => Number(/^listening on (\d+)$/.exec(line)?.[1]) || undefined);
}

beforeAll(async () => {
  if (!existsSync('dist/index.js')) execFileSync('npm', ['run', 'build'], { stdio: 'pipe' });
  const how = { bundle: true, packages: 'external', platform: 'node', format: 'esm', target: 'node20' } as const;
  buildSync({ ...how, entryPoints: ['examples/smtp-server/src/server.ts'], outfile: SERVER });
  directory = await makeDirectory();
  dns = await startDns();
  server = await start(FEATURES);
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  dns.close();
  rmSync(directory, { recursive: true });
});

/** smtp-server has its own words for what it accepts; the code says the same. */
const heard = (reply: string): string => (/^2[25]0/.test(reply) ? reply.slice(0, 3) : reply);

describe('the relay host on smtp-server', () => {
  it.each(SESSIONS.map((session, i) => [i, session.client, session] as const))(
    'session %i, from %s, goes as with the daemon',
    async (_, from, { greeting, exchanges }) => {
      const client = new SmtpClient(server.port, from);
      expect(heard(await client.reply())).toBe(heard(greeting));
      for (const { says, hears } of exchanges)
        expect([says, heard(await client.say(says))]).toEqual([says, heard(hears)]);
      client.end();
    },
  );

  it('answers VRFY in the words of the daemon', async () => {
    const { exchanges } = SESSIONS.find((session) =>
      session.exchanges.some(({ says }) => says.startsWith('VRFY staff')),
    )!;
    const client = new SmtpClient(server.port, '127.0.0.2');
    await client.reply();
    for (const { says, hears } of exchanges) {
      const reply = await client.say(says);
      if (says.startsWith('VRFY')) expect([says, reply]).toEqual([says, hears]);
    }
    client.end();
  });

  async function send(from: string, recipients: readonly string[]): Promise<readonly string[]> {
    const client = new SmtpClient(server.port, from);
    await client.reply();
    const replies: string[] = [];
    for (const line of ['EHLO client.example', 'MAIL FROM:<ann@good.example>']) await client.say(line);
    for (const to of recipients) replies.push(await client.say(`RCPT TO:<${to}>`));
    const go = await client.say('DATA');
    replies.push(go.startsWith('354') ? await client.say('Subject: hello\r\n\r\n..dot\r\n.') : go);
    client.end();
    return replies.map((reply) => reply.slice(0, 3));
  }

  function spooled(): { readonly envelope: unknown; readonly message: string }[] {
    const spool = join(directory, 'spool');
    return readdirSync(spool)
      .filter((name) => name.endsWith('.eml'))
      .map((name) => {
        const envelope = JSON.parse(readFileSync(join(spool, name.replace('.eml', '.json')), 'utf8')) as unknown;
        const message = readFileSync(join(spool, name), 'latin1');
        for (const part of [name, name.replace('.eml', '.json')]) rmSync(join(spool, part));
        return { envelope, message };
      });
  }

  it('spools a message for those whom it leads to', async () => {
    expect(await send('127.0.0.2', ['staff@local.example', 'remote@local.example'])).toEqual(['250', '250', '250']);
    const targets = [
      { kind: 'user', name: 'alice' },
      { kind: 'user', name: 'bob' },
      { kind: 'address', localPart: 'someone', domain: 'far.example' },
    ];
    const client = { address: '127.0.0.2', name: 'mx.good.example', resolve: 'OK', helo: 'client.example' };
    expect(spooled()).toMatchObject([
      { envelope: { client, sender: 'ann@good.example', targets }, message: 'Subject: hello\r\n\r\n.dot\r\n' },
    ]);
  });

  it('holds what is to be held, and drops what is to be dropped, without a word', async () => {
    expect(await send('127.0.0.9', ['alice@local.example'])).toEqual(['250', '250']);
    expect(spooled()).toMatchObject([{ envelope: { quarantine: 'odd client' } }]);
    expect(await send('127.0.0.10', ['alice@local.example'])).toEqual(['250', '250']);
    expect(spooled()).toEqual([]);
  });

  it('refuses, at once, an alias that leads to nobody', async () => {
    expect(await send('127.0.0.2', ['loop@local.example'])).toEqual(['554', '503']);
  });

  it('asks DNS lists and mail exchangers', async () => {
    const asking = await start([...FEATURES, ...DNS_FEATURES]);
    for (const { fact, client, to, hears } of DNS_SESSIONS)
      expect([fact, await attempt(asking.port, client, to)]).toEqual([fact, hears]);
    expect(await asking.stop()).toBe(0);
  });

  it('sees a new access map and new aliases without a restart, and keeps the old where the new is broken', async () => {
    const ask = async (): Promise<readonly string[]> =>
      (await send('127.0.0.2', ['x@new.example', 'new@local.example'])).slice(0, 2);
    expect(await ask()).toEqual(['550', '550']);
    await makeMap([Buffer.from('To:new.example\tRELAY\n')], join(directory, 'access'));
    writeFileSync(join(directory, 'aliases'), 'new: alice\n');
    await makeAliases(join(directory, 'aliases'));
    await pause();
    expect(await ask()).toEqual(['250', '250']);
    writeFileSync(join(directory, 'rubbish'), 'rubbish');
    renameSync(join(directory, 'rubbish'), join(directory, 'access.lmdb'));
    await pause();
    expect(await ask()).toEqual(['250', '250']);
    await expect.poll(() => server.errors()).toContain('access.lmdb');
  });
});

/** Longer than reloadCheckMs. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 300));
}
