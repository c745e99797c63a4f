/**
 * A fleet under accidents, over real Redis servers and Sentinels: nodes, followers and publishers are killed at random
 * moments. No host ever opens files that were not published, and in the end every host has the last generation.
 *
 * @module-tag slow
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openMailMaps } from '../../src/config/mailmaps.ts';
import type { MapError } from '../../src/core/errors.ts';
import { makeMap } from '../../src/map/make-map.ts';
import { parseFleetAddress } from '../../src/publish/address.ts';
import { followOnce } from '../../src/publish/follow.ts';
import { type PublishOptions, publish, synchronize } from '../../src/publish/publish.ts';
import { retrying } from '../../src/publish/retry.ts';
import { parseTrust } from '../../src/publish/signature.ts';
import { EngineThief } from '../faults/engine-thief.ts';
import { numbers } from '../faults/fuzz.ts';
import { HAS_REDIS, RedisServers } from './redis-servers.ts';

const ROUNDS = 25;
const SEED = 8171;
const HOSTS = 4;
/** For an engine that starts, or finds another primary, while others have the processors. */
const PATIENCE_MS = 300_000;
const PROGRAM = join(process.cwd(), 'bin/mailmaps.cjs');

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const TRUST_TEXT = `ed25519 ${publicKey.export({ format: 'der', type: 'spki' }).toString('base64')}`;
const TRUST = parseTrust(TRUST_TEXT, 'trust');

/** A publisher whose state is in a directory. */
function optionsIn(root: string): PublishOptions {
  const state = join(root, 'state');
  return { fleet: 'mx', trust: TRUST, keys: [privateKey], state, by: 'a', message: '', tool: 'test' };
}

/** As a user publishes: again, when a failover has lost what one server and its replica had. */
async function publishedAtLast(...asked: Parameters<typeof publish>): Promise<void> {
  for (let left = 5; ; left--) {
    try {
      await publish(...asked);
      return;
    } catch (error) {
      if ((error as MapError).code !== 'tempFail' || left === 0) throw error;
    }
  }
}

/** A host that follows as a process of its own, and is killed and started again. */
class Host {
  readonly #directory: string;
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;

  constructor(directory: string, address: string, trust: string) {
    this.#directory = directory;
    this.#args = [PROGRAM, 'follow', '--fleet', address, '--trust', trust, '--into', directory];
    this.start();
  }
  start(): void {
    this.#process = spawn(process.execPath, this.#args, { stdio: 'ignore' });
  }
  async kill(): Promise<void> {
    const child = this.#process!;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
  /** Both files of the generation in use, as a mail server reads them. */
  content(): string | undefined {
    if (!existsSync(join(this.#directory, 'current'))) return undefined;
    const generation = realpathSync(join(this.#directory, 'current'));
    const read = (name: string): string => readFileSync(join(generation, name), 'latin1');
    return `${read('access').split('\n')[0]} ${read('relay-domains').trim()}`;
  }
}

describe.skipIf(!HAS_REDIS)('a fleet', () => {
  it(`keeps every host whole through ${ROUNDS} rounds of kills`, async () => {
    const root = mkdtempSync(join(tmpdir(), 'mailmaps-failures.'));
    for (const name of ['state', 'files']) mkdirSync(join(root, name));
    writeFileSync(join(root, 'trust'), TRUST_TEXT);
    await using servers = new RedisServers();
    const first = await servers.start();
    const replica = [`replicaof 127.0.0.1 ${first}`];
    const nodes = [first, await servers.start(replica), await servers.start(replica)];
    const sentinels = [];
    for (let i = 0; i < 3; i++) sentinels.push(await servers.startSentinel(first, 1000));
    const address = `redis+sentinel://${sentinels.map((port) => `127.0.0.1:${port}`).join(',')}/mx`;
    const hosts = Array.from(
      { length: HOSTS },
      (_, i) => new Host(join(root, `host${i}`), address, join(root, 'trust')),
    );
    const engine = retrying(parseFleetAddress(address).open(), PATIENCE_MS);
    const published = new Set<string | undefined>([undefined]);
    const seen = new Set<string | undefined>();
    const random = numbers(SEED);
    const look = (): void => {
      for (const host of hosts) seen.add(host.content());
    };
    try {
      for (let round = 1; round <= ROUNDS; round++) {
        writeFileSync(join(root, 'files/access'), `${round}\n${`${round} ${'x'.repeat(50)}\n`.repeat(4000)}`);
        writeFileSync(join(root, 'files/relay-domains'), `${round}\n`);
        published.add(`${round} ${round}`);
        const options = optionsIn(root);
        const publishing = publishedAtLast(engine, join(root, 'files'), options);
        await wait(random(100));
        const victim = hosts[random(HOSTS)]!;
        await victim.kill();
        if (round % 5 === 0) {
          const node = nodes[random(nodes.length)]!;
          await servers.kill(node);
          await wait(random(1500));
          await servers.restart(node);
        }
        victim.start();
        await publishing;
        look();
      }
      const last = `${ROUNDS} ${ROUNDS}`;
      // a host that found the engine away may wait for a minute and a half
      const contents = (): readonly (string | undefined)[] => {
        look();
        return hosts.map((host) => host.content());
      };
      await expect.poll(contents, { interval: 100 }).toEqual(hosts.map(() => last));
      expect([...seen].filter((content) => !published.has(content))).toEqual([]);
    } finally {
      await Promise.all(hosts.map((host) => host.kill()));
      await engine[Symbol.asyncDispose]();
      rmSync(root, { recursive: true });
    }
  });

  it('answers from its files while the engine is gone, and follows when it is back', async () => {
    const root = mkdtempSync(join(tmpdir(), 'mailmaps-failures.'));
    for (const name of ['state', 'files', 'host']) mkdirSync(join(root, name));
    await using servers = new RedisServers();
    const port = await servers.start();
    const address = `redis://127.0.0.1:${port}/mx`;
    const options = optionsIn(root);
    await using engine = parseFleetAddress(address).open();
    const follow = (): ReturnType<typeof followOnce> =>
      followOnce(engine, { ...options, directory: join(root, 'host') });
    try {
      writeFileSync(join(root, 'files/access'), 'one\n');
      await publish(engine, join(root, 'files'), options);
      await follow();
      await servers.kill(port);
      await expect(follow()).rejects.toMatchObject({ code: 'tempFail' });
      expect(readFileSync(join(root, 'host/current/access'), 'utf8')).toBe('one\n');
      await servers.restart(port);
      writeFileSync(join(root, 'files/access'), 'two\n');
      await publish(retrying(engine, PATIENCE_MS), join(root, 'files'), options);
      await follow();
      expect(readFileSync(join(root, 'host/current/access'), 'utf8')).toBe('two\n');
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it('refuses a generation that the owner of the engine forged, and goes on when it is gone', async () => {
    const root = mkdtempSync(join(tmpdir(), 'mailmaps-failures.'));
    for (const name of ['state', 'files', 'host']) mkdirSync(join(root, name));
    await using servers = new RedisServers();
    const port = await servers.start();
    const options = optionsIn(root);
    await using engine = parseFleetAddress(`redis://127.0.0.1:${port}/mx`).open();
    const follow = (): ReturnType<typeof followOnce> =>
      followOnce(engine, { ...options, directory: join(root, 'host') });
    const relayed = (): string => readFileSync(join(root, 'host/current/relay-domains'), 'utf8');
    try {
      writeFileSync(join(root, 'files/relay-domains'), 'ours.example\n');
      await publish(engine, join(root, 'files'), options);
      await follow();
      const thief = new EngineThief((args) => ['redis-cli', '-p', String(port), ...args]);
      const forged = thief.forge();
      expect(forged?.generation).toBe(2);
      await expect(follow()).rejects.toMatchObject({ code: 'unsafe' });
      await expect(publish(engine, join(root, 'files'), options)).rejects.toMatchObject({ code: 'unsafe' });
      expect(relayed()).toBe('ours.example\n');
      expect(thief.takeAway(forged!)).toBe(true);
      writeFileSync(join(root, 'files/relay-domains'), 'later.example\n');
      await publish(engine, join(root, 'files'), options);
      await follow();
      expect(relayed()).toBe('later.example\n');
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it('gets everything again when the engine was emptied', async () => {
    const root = mkdtempSync(join(tmpdir(), 'mailmaps-failures.'));
    for (const name of ['state', 'files', 'host']) mkdirSync(join(root, name));
    await using servers = new RedisServers();
    const port = await servers.start();
    const options = optionsIn(root);
    await using engine = parseFleetAddress(`redis://127.0.0.1:${port}/mx`).open();
    try {
      writeFileSync(join(root, 'files/access'), 'one\n');
      await publish(engine, join(root, 'files'), options);
      servers.command(port, 'FLUSHALL');
      writeFileSync(join(root, 'files/relay-domains'), 'two\n');
      await publish(engine, join(root, 'files'), options);
      await followOnce(engine, { ...options, directory: join(root, 'host') });
      expect(readFileSync(join(root, 'host/current/access'), 'utf8')).toBe('one\n');
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe.skipIf(!HAS_REDIS)('a primary that is cut off from its replicas', () => {
  it('publishes nothing for good, and goes on with the same generation when they are back', async () => {
    const root = mkdtempSync(join(tmpdir(), 'mailmaps-failures.'));
    for (const name of ['state', 'files', 'host']) mkdirSync(join(root, name));
    await using servers = new RedisServers();
    const primary = await servers.start();
    const replica = await servers.start([`replicaof 127.0.0.1 ${primary}`]);
    await using engine = parseFleetAddress(`redis://127.0.0.1:${primary}/mx?replicas=1`).open();
    const options = optionsIn(root);
    try {
      writeFileSync(join(root, 'files/access'), 'one\n');
      await publish(retrying(engine, PATIENCE_MS), join(root, 'files'), options);
      servers.command(replica, 'REPLICAOF', 'NO', 'ONE');
      writeFileSync(join(root, 'files/access'), 'two\n');
      await expect(publish(engine, join(root, 'files'), options)).rejects.toMatchObject({
        code: 'tempFail',
        message: '1 of 2 nodes of the engine have it',
      });
      servers.command(replica, 'REPLICAOF', '127.0.0.1', String(primary));
      expect(await synchronize(retrying(engine, PATIENCE_MS), options)).toBe(2);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe('decisions on a host', () => {
  it('go on while generations change and the engine goes, and never mix two of them', async () => {
    const root = mkdtempSync(join(tmpdir(), 'mailmaps-failures.'));
    for (const name of ['state', 'files', 'host', 'engine']) mkdirSync(join(root, name));
    const options = optionsIn(root);
    const engine = parseFleetAddress(`file://${root}/engine?fleet=mx`).open();
    const next = async (generation: number): Promise<void> => {
      const name = `g${generation}.example`;
      writeFileSync(join(root, 'files/relay-domains'), `${name}\n`);
      writeFileSync(join(root, 'files/local-host-names'), '');
      writeFileSync(join(root, 'files/aliases'), '');
      rmSync(join(root, 'files/access.lmdb'), { force: true });
      await makeMap([Buffer.from(`Connect:${name}\tREJECT\n`)], join(root, 'files/access'));
      await publish(engine, join(root, 'files'), options);
      await followOnce(engine, { ...options, directory: join(root, 'host') });
    };
    try {
      await next(1);
      using maps = openMailMaps({ directory: join(root, 'host/current'), aliases: [], reloadCheckMs: 0 });
      const seen = new Set<string>();
      const look = (upTo: number): void => {
        for (let generation = 1; generation <= upTo; generation++) {
          const name = `g${generation}.example`;
          const current = maps.current();
          const refused = current.checkRelay({ address: '192.0.2.1', name }).action;
          const relayed = current.checkRcpt(`a@${name}`, { client: { address: '192.0.2.1' }, sender: 'a@b.example' });
          seen.add(`${refused} ${relayed.action}`);
        }
      };
      for (let generation = 2; generation <= 6; generation++) {
        look(generation);
        await next(generation);
        look(generation);
      }
      rmSync(join(root, 'engine'), { recursive: true });
      look(6);
      // refused at connect and relayed to: the generation in use; neither: another one
      expect([...seen].sort()).toEqual(['ok reject', 'reject relay']);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe.skipIf(!HAS_REDIS)('users of the engine, as examples/fleet/users.acl names them', () => {
  const can = (port: number, user: string, ...command: readonly string[]): boolean => {
    const args = [
      '-p',
      String(port),
      '--user',
      `mailmaps-${user}`,
      '--pass',
      `${user}-password`,
      '--no-auth-warning',
      ...command,
    ];
    return !/NOPERM|NOAUTH|WRONGPASS/.test(spawnSync('redis-cli', args, { encoding: 'utf8' }).stdout);
  };

  it.each([
    ['host', ['GET', '{mm:mx}:head'], true],
    ['host', ['XREAD', 'COUNT', '1', 'STREAMS', '{mm:mx}:log', '0'], true],
    ['host', ['SET', '{mm:mx}:head', '9'], false],
    ['host', ['DEL', '{mm:mx}:head'], false],
    ['host', ['GET', 'rspamd'], false],
    ['host', ['EVAL', 'return 1', '0'], false],
    ['host', ['FLUSHALL'], false],
    ['host', ['CONFIG', 'GET', 'dir'], false],
    ['report', ['SET', '{mm:mx}:host:a', '{}', 'EX', '60'], true],
    ['report', ['SET', '{mm:mx}:head', '9'], false],
    ['publisher', ['SET', '{mm:mx}:b:x', '1'], true],
    ['publisher', ['SET', 'rspamd', '1'], false],
    ['publisher', ['FLUSHALL'], false],
    ['publisher', ['CONFIG', 'SET', 'dir', '/tmp'], false],
  ] as const)('%s: %j: %s', async (user, command, allowed) => {
    const acl = join(process.cwd(), 'examples/fleet/users.acl');
    await using servers = new RedisServers();
    const port = await servers.start([`aclfile ${acl}`]);
    expect(can(port, user, ...command)).toBe(allowed);
  });
});
