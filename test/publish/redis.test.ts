/**
 * A fleet over real Redis servers: what the port promises, and each failure of the engine.
 *
 * @module-tag slow
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseFleetAddress } from '../../src/publish/address.ts';
import type { FleetEngine } from '../../src/publish/engine.ts';
import { followOnce } from '../../src/publish/follow.ts';
import { type PublishOptions, publish } from '../../src/publish/publish.ts';
import { parseTrust } from '../../src/publish/signature.ts';
import { HAS_REDIS, RedisServers } from './redis-servers.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const TRUST = parseTrust(`ed25519 ${publicKey.export({ format: 'der', type: 'spki' }).toString('base64')}`, 'trust');

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mailmaps-fleet.'));
  for (const name of ['state', 'host', 'files']) mkdirSync(join(root, name));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(text: string): void {
  writeFileSync(join(root, 'files/access'), text);
}

const options = (): PublishOptions => ({
  fleet: 'mx',
  trust: TRUST,
  keys: [privateKey],
  state: join(root, 'state'),
  by: 'alice',
  message: 'm',
  tool: 'test',
});
const publishFiles = (engine: FleetEngine): Promise<{ generation: number }> =>
  publish(engine, join(root, 'files'), options());
const follow = (engine: FleetEngine): ReturnType<typeof followOnce> =>
  followOnce(engine, { fleet: 'mx', trust: TRUST, directory: join(root, 'host') });
const onHost = (): string => readFileSync(join(root, 'host/current/access'), 'utf8');

describe.skipIf(!HAS_REDIS)('one server', () => {
  let servers: RedisServers;
  let port: number;
  beforeAll(async () => {
    servers = new RedisServers();
    port = await servers.start();
  });
  afterAll(() => servers[Symbol.asyncDispose]());

  it('carries a generation to a host, which is woken by it', async () => {
    await using engine = parseFleetAddress(`redis://127.0.0.1:${port}/mx`).open();
    await using host = parseFleetAddress(`redis://127.0.0.1:${port}/mx`).open();
    const woken = host.waitForHead(0, new AbortController().signal);
    put('a\n');
    await publishFiles(engine);
    await woken;
    expect(await follow(host)).toMatchObject({ generation: 1, fetched: 1 });
    expect(onHost()).toBe('a\n');
  });

  it('is refused when it may evict', async () => {
    servers.command(port, 'CONFIG', 'SET', 'maxmemory', '100mb');
    servers.command(port, 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await using engine = parseFleetAddress(`redis://127.0.0.1:${port}/evict`).open();
    await expect(engine.putBlocks([{ hash: 'a'.repeat(64), packed: Buffer.from('x') }])).rejects.toMatchObject({
      code: 'unsafe',
      message: expect.stringContaining('noeviction'),
    });
    servers.command(port, 'CONFIG', 'SET', 'maxmemory', '0');
  });

  it('that is full is a temporary failure, and the generation in use stays', async () => {
    await using engine = parseFleetAddress(`redis://127.0.0.1:${port}/full`).open();
    servers.command(port, 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    servers.command(port, 'CONFIG', 'SET', 'maxmemory', '1');
    const block = { hash: 'b'.repeat(64), packed: Buffer.from('x') };
    await expect(engine.putBlocks([block])).rejects.toMatchObject({ code: 'tempFail' });
    servers.command(port, 'CONFIG', 'SET', 'maxmemory', '0');
    await engine.putBlocks([block]);
    expect(await engine.missing([block.hash])).toEqual([]);
  });

  it('is followed by looking again where nothing wakes the host', async () => {
    await using host = parseFleetAddress(`redis://127.0.0.1:${port}/quiet`).open();
    servers.command(port, 'SET', '{mm:quiet}:head', '1');
    await host.waitForHead(0, AbortSignal.timeout(20_000));
    expect(await host.head()).toBe(1);
  });

  it('with a value that is too long to be ours is an error, and the value is not fetched', async () => {
    await using engine = parseFleetAddress(`redis://127.0.0.1:${port}/long`).open();
    const names = ['head', 'm:1', `b:${'c'.repeat(64)}`, 'host:mx1'];
    for (const name of names) servers.command(port, 'SETRANGE', `{mm:long}:${name}`, String(400 << 20), 'x');
    const before = process.memoryUsage.rss();
    const asked = [engine.head(), engine.getManifest(1), engine.getBlock('c'.repeat(64))];
    for (const answer of await Promise.allSettled(asked))
      expect(answer).toMatchObject({
        status: 'rejected',
        reason: { code: 'damaged', message: expect.stringMatching(/has more than \d+ bytes$/) },
      });
    const unread = expect.stringMatching(/has more than \d+ bytes$/);
    expect(await engine.reports()).toEqual([{ host: 'mx1', unread }]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(300 << 20);
    servers.command(port, 'DEL', ...names.map((name) => `{mm:long}:${name}`));
  });

  it('with a value of another type under the name of a host hides no other host', async () => {
    await using engine = parseFleetAddress(`redis://127.0.0.1:${port}/types`).open();
    const report = { host: 'mx1', generation: 0, at: new Date().toISOString(), version: '1' };
    await engine.report(report);
    servers.command(port, 'RPUSH', '{mm:types}:host:bad', 'x');
    servers.command(port, 'EVAL', "redis.call('SET', '{mm:types}:host:\\255', 'x') return 1", '0');
    const found = await engine.reports();
    expect(found).toHaveLength(3);
    expect(found).toContainEqual({ host: '\ufffd', unread: 'it is no report' });
    expect(found).toContainEqual(report);
    expect(found).toContainEqual({ host: 'bad', unread: expect.stringContaining('another type') });
  });

  it('that does not answer is a temporary failure, to those who are connected and those who come', async () => {
    await using stopped = new RedisServers();
    const other = await stopped.start();
    await using connected = parseFleetAddress(`redis://127.0.0.1:${other}/mx`).open();
    await connected.head();
    stopped.freeze(other);
    await using coming = parseFleetAddress(`redis://127.0.0.1:${other}/mx`).open();
    for (const answer of await Promise.allSettled([connected.head(), coming.head()]))
      expect(answer).toMatchObject({ reason: { code: 'tempFail', message: expect.stringContaining('no answer in') } });
  });

  it('that is away is a temporary failure', async () => {
    await using engine = parseFleetAddress('redis://127.0.0.1:1/mx').open();
    await expect(engine.head()).rejects.toMatchObject({ code: 'tempFail' });
  });
});

describe.skipIf(!HAS_REDIS)('a primary, two replicas and three Sentinels', () => {
  it('lose nothing when the primary is killed', async () => {
    await using servers = new RedisServers();
    const primary = await servers.start();
    const replica = [`replicaof 127.0.0.1 ${primary}`];
    await Promise.all([servers.start(replica), servers.start(replica)]);
    const sentinels = [];
    for (let i = 0; i < 3; i++) sentinels.push(await servers.startSentinel(primary, 1000));
    const address = `redis+sentinel://${sentinels.map((port) => `127.0.0.1:${port}`).join(',')}/mx`;
    await using engine = parseFleetAddress(address).open();
    put('a\n');
    await eventually(() => publishFiles(engine));
    await servers.kill(primary);
    put('b\n');
    await eventually(() => publishFiles(engine));
    await eventually(() => follow(engine));
    expect(onHost()).toBe('b\n');
  });
});

/** Tries again while the engine is away, as the programs do. */
async function eventually<T>(call: () => Promise<T>): Promise<T> {
  const end = Date.now() + 300_000;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if ((error as { code?: string }).code !== 'tempFail' || Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
