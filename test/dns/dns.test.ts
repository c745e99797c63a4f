/**
 * Clients and sender domains over a real DNS server, compared with recorded answers of a real daemon with the same
 * DNS.
 */

import { Resolver } from 'node:dns/promises';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeText } from '../../src/core/bytes.ts';
import type { Resolver as SomeResolver } from '../../src/dns/resolver.ts';
import { SystemResolver } from '../../src/dns/system-resolver.ts';
import { type Client, resolveClient, resolveSenderDomain } from '../../src/index.ts';
import { DnsServer } from '../oracle/dns.ts';
import type { DnsTable, SmtpAnswer, SmtpQuery } from '../oracle/jobs.ts';
import { readData } from '../read-data.ts';
import { saidOfClient, saidOfSender, saysOfClient } from './dns-replies.ts';

interface Group {
  readonly dns: DnsTable;
  readonly cases: readonly { readonly question: SmtpQuery; readonly answer: SmtpAnswer }[];
}

const recorded = readData<{ groups: Group[] }>('dns');
const [clients, senders] = recorded.groups as [Group, Group];

let server: DnsServer;
let resolver: SomeResolver;

beforeAll(async () => {
  server = await DnsServer.start(0);
  const [patient, impatient] = [20_000, 100].map((timeout) => new Resolver({ timeout, tries: 1 })) as [
    Resolver,
    Resolver,
  ];
  for (const each of [patient, impatient]) each.setServers([server.address]);
  // an answer may be late on a busy machine; silence is not waited for
  const asking = (name: string): Resolver => (SILENT.includes(name) ? impatient : patient);
  resolver = {
    resolvePtr: (name) => asking(name).resolvePtr(name),
    resolve4: (name) => asking(name).resolve4(name),
    resolve6: (name) => asking(name).resolve6(name),
    resolveMx: (name) => asking(name).resolveMx(name),
  };
});
afterAll(() => server.close());

describe('a client gets the name and result that a daemon gives it', () => {
  it.each(clients.cases)('$question.clientAddr', async ({ question, answer }) => {
    server.answerFrom(asBytes(clients.dns));
    const client = await resolveClient(question.clientAddr!, resolver);
    expect(saysOfClient(client)).toEqual(saidOfClient(answer));
  });
});

describe("a sender's domain exists as for a daemon", () => {
  it.each(senders.cases)('$question.lines.1', async ({ question, answer }) => {
    server.answerFrom(asBytes(senders.dns));
    const sender = /<(.*)>$/s.exec(question.lines[1]!)![1]!;
    expect(await resolveSenderDomain(sender, resolver)).toBe(saidOfSender(answer));
  });
});

/** The names of a table in bytes, as the server sends them. */
function asBytes(dns: DnsTable): DnsTable {
  return JSON.parse(JSON.stringify(dns), (_, value) => (typeof value === 'string' ? encodeText(value) : value));
}

const SILENT = ['2.2.0.192.in-addr.arpa', 'silent.example'];
const WORLD: DnsTable = {
  '192.0.2.1': { PTR: ['a.example'] },
  'a.example': { A: ['192.0.2.1'], AAAA: ['2001:db8::1'] },
  '192.0.2.2': { rcode: 'silence' },
  '192.0.2.3': { PTR: ['silent.example'] },
  'silent.example': { rcode: 'silence' },
  '2001:db8::1': { PTR: ['a.example'] },
};

const SIX_NINE = 'IPv6:2001:db8:0:0:0:0:0:9';

describe('resolveClient', () => {
  // biome-ignore format: one case per line
  it.each<[string, Client]>([
    ['192.0.2.1', { address: '192.0.2.1', name: 'a.example', resolve: 'OK', ptr: 'a.example' }],
    ['::ffff:192.0.2.1', { address: '::ffff:192.0.2.1', name: 'a.example', resolve: 'OK', ptr: 'a.example' }],
    ['IPv6:2001:DB8:0::1', { address: 'IPv6:2001:DB8:0::1', name: 'a.example', resolve: 'OK', ptr: 'a.example' }],
    ['192.0.2.2', { address: '192.0.2.2', name: '[192.0.2.2]', resolve: 'TEMP', ptr: '[192.0.2.2]' }],
    ['192.0.2.3', { address: '192.0.2.3', name: '[192.0.2.3]', resolve: 'FORGED', ptr: 'silent.example' }],
    ['192.0.2.9', { address: '192.0.2.9', name: '[192.0.2.9]', resolve: 'FAIL', ptr: '[192.0.2.9]' }],
    ['2001:DB8::9', { address: '2001:DB8::9', name: `[${SIX_NINE}]`, resolve: 'FAIL', ptr: `[${SIX_NINE}]` }],
    ['local', { address: 'local' }],
  ])('%j', async (address, client) => {
    server.answerFrom(WORLD);
    expect(await resolveClient(address, resolver)).toEqual(client);
  });

  it.each(['a.example', '192.0.2', '192.0.2.1 ', 'IPv6:', '[192.0.2.1]'])('refuses %j', async (address) => {
    await expect(resolveClient(address, resolver)).rejects.toMatchObject({ name: 'MapError', code: 'badInput' });
  });

  it.each(['', '0', undefined])('takes %j for no client', async (address) => {
    await expect(resolveClient(address as never, resolver)).rejects.toThrow(TypeError);
  });

  it('takes names with a final dot from other resolvers', async () => {
    const dotted = {
      resolvePtr: async () => ['a.example.'],
      resolve4: async () => ['192.0.2.1'],
      resolve6: async () => [],
      resolveMx: async () => [],
    };
    expect(await resolveClient('192.0.2.1', dotted)).toMatchObject({ name: 'a.example', resolve: 'OK' });
  });

  it('asks reverse where there is no resolvePtr', async () => {
    const asked: string[] = [];
    const byAddress = {
      reverse: async (address: string) => {
        asked.push(address);
        return ['six.example'];
      },
      resolve4: async () => ['192.0.2.1'],
      resolve6: async () => ['2001:db8::1'],
      resolveMx: async () => [],
    };
    expect(await resolveClient('192.0.2.1', byAddress)).toMatchObject({ resolve: 'OK' });
    expect(await resolveClient('IPv6:2001:db8::1', byAddress)).toMatchObject({ resolve: 'OK' });
    expect(asked).toEqual(['192.0.2.1', '2001:db8:0:0:0:0:0:1']);
  });

  it('asks for a client of the same link without its interface', async () => {
    server.answerFrom({ 'fe80::1': { PTR: ['link.example'] }, 'link.example': { AAAA: ['fe80::1'] } });
    expect(await resolveClient('fe80::1%eth0', resolver)).toMatchObject({ name: 'link.example', resolve: 'OK' });
  });

  it('reports an object that is no resolver', async () => {
    await expect(resolveClient('192.0.2.1', {} as Resolver)).rejects.toThrow(TypeError);
  });
});

/** A resolver that gives this answer to one question, and good answers to the others. */
function odd(method: 'resolvePtr' | 'resolve4' | 'resolveMx', answer: () => unknown): Resolver {
  return {
    resolvePtr: async () => ['a.example'],
    resolve4: async () => ['192.0.2.1'],
    resolve6: async () => [],
    resolveMx: async () => [],
    [method]: answer,
  } as unknown as Resolver;
}

const many = Array.from({ length: 100_000 }, (_, i) => `192.0.${i >> 8}.${i & 255}`);

describe('a resolver with odd answers', () => {
  // biome-ignore format: one case per line
  it.each<[string, () => unknown, object]>([
    ['an address that is none',  async () => ['no address', '192.0.2'], { resolve: 'FORGED', ptr: 'a.example' }],
    ['a hundred thousand',       async () => many,                      { resolve: 'OK', name: 'a.example' }],
    ['a failure without reason', () => Promise.reject(undefined),       { resolve: 'FORGED', ptr: 'a.example' }],
    ['a throw',                  () => { throw new Error('down'); },    { resolve: 'FORGED', ptr: 'a.example' }],
  ])('%s for a name', async (_, answer, client) => {
    expect(await resolveClient('192.0.2.1', odd('resolve4', answer))).toMatchObject(client);
  });

  // biome-ignore format: one case per line
  it.each<[string, () => unknown, object]>([
    ['a name without end',       async () => ['x'.repeat(300)],         { resolve: 'FAIL' }],
    ['a failure without reason', () => Promise.reject(null),            { resolve: 'TEMP' }],
  ])('%s for an address', async (_, answer, client) => {
    expect(await resolveClient('192.0.2.1', odd('resolvePtr', answer))).toMatchObject(client);
  });

  const nothing: readonly unknown[] = [undefined, null, 'a.example', 5, {}, [null], [5], [{}]];
  it.each(nothing)('%j is the fault of the resolver, and no answer', async (answer) => {
    const fault = new TypeError('a resolver must give an array of records');
    const says = async (): Promise<unknown> => answer;
    await expect(resolveClient('192.0.2.1', odd('resolvePtr', says))).rejects.toThrow(fault);
    await expect(resolveClient('192.0.2.1', odd('resolve4', says))).rejects.toThrow(fault);
    await expect(resolveSenderDomain('x@a.example', odd('resolveMx', says))).rejects.toThrow(fault);
  });

  it('nothing, ever, is no answer for now', async () => {
    vi.useFakeTimers();
    try {
      const never = (): Promise<never> => new Promise(() => {});
      const client = resolveClient('192.0.2.1', odd('resolvePtr', never));
      const domain = resolveSenderDomain('x@a.example', odd('resolve4', never));
      await vi.advanceTimersByTimeAsync(60_000);
      expect([await client, await domain]).toMatchObject([{ resolve: 'TEMP' }, 'TEMP']);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('resolveSenderDomain', () => {
  it.each([
    ['x@silent.example', 'TEMP'],
    ['x', 'OK'],
    ['x@a.example, y@a.example', 'OK'],
    [`x@${'a.'.repeat(200)}example`, 'PERM'],
    ['x@a..example', 'OK'],
    ['x@caf\u00e9.example', 'PERM'],
    ['x@a\0.example', 'PERM'],
  ])('%j is %s', async (sender, domain) => {
    server.answerFrom(WORLD);
    expect(await resolveSenderDomain(sender, resolver)).toBe(domain);
  });
  it('refuses text that is no bytes', async () => {
    await expect(resolveSenderDomain('x@\ud800', resolver)).rejects.toMatchObject({ code: 'badInput' });
  });
  it.each([undefined, null, 5, ['192.0.2.1']])('%j is neither an address nor a sender', async (none) => {
    await expect(resolveSenderDomain(none as never, resolver)).rejects.toThrow(/^sender must be a string, not /);
    await expect(resolveClient(none as never, resolver)).rejects.toThrow(/^address must be a string, not /);
  });
});

describe('the resolver of the system', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mailmaps-hosts.'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('asks the hosts file first, and sees it change', async () => {
    const hosts = join(directory, 'hosts');
    writeFileSync(hosts, '192.0.2.7 first.example Second.example # a remark\n2001:db8::7 six.example\nnonsense x\n');
    const system = new SystemResolver(hosts, join(directory, 'none'));
    expect(await resolveClient('192.0.2.7', system)).toMatchObject({ name: 'first.example', resolve: 'OK' });
    expect(await resolveClient('2001:db8::7', system)).toMatchObject({ name: 'six.example', resolve: 'OK' });
    expect(await system.resolve4('SECOND.example')).toEqual(['192.0.2.7']);
    writeFileSync(hosts, '192.0.2.7 third.example\n');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await resolveClient('192.0.2.7', system)).toMatchObject({ name: 'third.example', resolve: 'OK' });
  });

  it('names this machine', async () => {
    expect(await resolveClient('127.0.0.1')).toMatchObject({ resolve: 'OK' });
  });
});
