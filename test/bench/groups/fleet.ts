/** One change to many hosts, over a real Redis on this machine: the last follower's switch, and the engine's own time. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { makeMap } from '../../../src/map/make-map.ts';
import { parseFleetAddress } from '../../../src/publish/address.ts';
import type { FleetEngine } from '../../../src/publish/engine.ts';
import { followOnce } from '../../../src/publish/follow.ts';
import { type PublishOptions, publish } from '../../../src/publish/publish.ts';
import { parseTrust } from '../../../src/publish/signature.ts';
import { watch } from '../../../src/publish/watch.ts';
import { HAS_REDIS, RedisServers } from '../../publish/redis-servers.ts';
import type { Bench, Group } from '../group.ts';

const SMALL = 82_000;
const LARGE = 980_000;

export const fleet: Group = {
  name: 'fleet',
  about: 'one change to many hosts, over Redis',
  onlyWhenNamed: true,
  async run(bench) {
    if (!HAS_REDIS) return bench.leaveOut('fleet', 'no redis-server');
    await using servers = new RedisServers();
    const port = await servers.start(['appendfsync everysec']);
    const world = new World(bench, servers, port);
    try {
      await world.write(SMALL, 'REJECT');
      await world.publish();
      await copies(bench, world, 50);
      await oneChange(bench, world, 200);
      await largeMap(bench, world);
    } finally {
      world.remove();
    }
  },
};

class World {
  readonly #bench: Bench;
  readonly #servers: RedisServers;
  readonly #port: number;
  readonly #options: PublishOptions;
  readonly #hosts = mkdtempSync('/dev/shm/mailmaps-fleet.');
  #count = 0;

  constructor(bench: Bench, servers: RedisServers, port: number) {
    this.#bench = bench;
    this.#servers = servers;
    this.#port = port;
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const trust = parseTrust(
      `ed25519 ${publicKey.export({ format: 'der', type: 'spki' }).toString('base64')}`,
      'trust',
    );
    const state = this.path('state');
    this.#options = { fleet: 'mx', trust, keys: [privateKey], state, by: 'b', message: '', tool: 'bench' };
    for (const name of ['state', 'files']) mkdirSync(this.path(name), { recursive: true });
  }

  path(name: string): string {
    return `${this.#bench.scratch}/fleet/${name}`;
  }

  open(): FleetEngine {
    return parseFleetAddress(`redis://127.0.0.1:${this.#port}/mx`).open();
  }

  async write(entries: number, value: string): Promise<void> {
    const lines = Array.from(
      { length: entries },
      (_, i) => `user${i}@host${i % 977}.example.com\t${i === 4242 ? value : 'REJECT'}\n`,
    );
    writeFileSync(this.path('files/relay-domains'), 'example.com\n');
    await makeMap([Buffer.from(lines.join(''))], this.path('files/access'), { verify: false });
  }

  async publish(): Promise<number> {
    await using engine = this.open();
    return (await publish(engine, this.path('files'), this.#options)).generation;
  }

  /** In memory: two hundred hosts do not share one disk. */
  newHost(): string {
    return `${this.#hosts}/host${this.#count++}`;
  }

  async follow(engine: FleetEngine, directory: string): Promise<void> {
    await followOnce(engine, { ...this.#options, directory });
  }

  /** Follows until the generation is there. */
  async until(directory: string, generation: number, signal: AbortController): Promise<void> {
    await using engine = this.open();
    const onGeneration = (now: number): void => {
      if (now >= generation) signal.abort();
    };
    const events = { onGeneration, onProblem: () => {}, onLook: async () => {} };
    await watch(engine, { ...this.#options, directory }, events, signal.signal);
  }

  /** Seconds of processor time that the engine has used. */
  engineSeconds(): number {
    const used = this.#servers.command(this.#port, 'INFO', 'cpu').matchAll(/used_cpu_(?:sys|user):([\d.]+)/g);
    return [...used].reduce((sum, [, seconds]) => sum + Number(seconds), 0);
  }

  remove(): void {
    rmSync(this.path(''), { recursive: true });
    rmSync(this.#hosts, { recursive: true });
  }
}

async function copies(bench: Bench, world: World, hosts: number): Promise<void> {
  const began = performance.now();
  await Promise.all(
    Array.from({ length: hosts }, async () => {
      await using engine = world.open();
      await world.follow(engine, world.newHost());
    }),
  );
  const milliseconds = performance.now() - began;
  report(bench, `a full copy of 5 MB to ${hosts} hosts`, milliseconds, 3000);
}

async function oneChange(bench: Bench, world: World, hosts: number): Promise<void> {
  const directories = Array.from({ length: hosts }, () => world.newHost());
  for (const directory of directories) {
    await using engine = world.open();
    await world.follow(engine, directory);
  }
  const next = (await currentOf(world)) + 1;
  const followers = directories.map((directory) => world.until(directory, next, new AbortController()));
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await world.write(SMALL, 'OK');
  const [began, seconds] = [performance.now(), world.engineSeconds()];
  await world.publish();
  await Promise.all(followers);
  const milliseconds = performance.now() - began;
  report(bench, `one changed value of 5 MB to ${hosts} hosts, the last one's switch`, milliseconds, 1500);
  report(bench, "the same, the engine's processor time", (world.engineSeconds() - seconds) * 1000, 100);
}

async function currentOf(world: World): Promise<number> {
  await using engine = world.open();
  return await engine.head();
}

async function largeMap(bench: Bench, world: World): Promise<void> {
  const directory = world.newHost();
  await world.write(LARGE, 'REJECT');
  await world.publish();
  await using engine = world.open();
  await world.follow(engine, directory);
  await world.write(LARGE, 'OK');
  await world.publish();
  const began = performance.now();
  await world.follow(engine, directory);
  report(bench, 'one changed value of 60 MB, one host', performance.now() - began, 500);
}

function report(bench: Bench, work: string, milliseconds: number, target: number): void {
  const ours = `${Math.round(milliseconds)} ms`;
  const row = { work, against: 'a bound', ours, theirs: '', figure: milliseconds, samples: {} };
  bench.report({ ...row, target: { is: 'atMost', figure: target, unit: 'ms' } });
}
