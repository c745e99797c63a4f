/**
 * A fleet through random kills and partitions: Redis servers, Sentinels, hosts and two publishers on machines of their own,
 * between which the network breaks in two, while the owner of the engine forges generations. No host ever answers from anything
 * but one whole generation that was published, and in the end every host has the last one.
 */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Family, Round } from './fault.ts';
import { type Content, FleetWorld, HOSTS, MACHINES, type Part, PUBLISHERS } from './fleet-world.ts';
import { numbers } from './fuzz.ts';
import { withDirectory } from './map-images.ts';
import { lacksNamespaces, Network } from './network.ts';

const SHORT_ROUNDS = 4;
const LONG_ROUNDS = 200;
/** A follower waits up to a minute and a half between two looks after failures. */
const LAST_MS = 150_000;
const LOOK_MS = 50;
/** In which a failover that happens to be under way ends. */
const TAKE_AWAY_MS = 20_000;
/**
 * The ends of a publisher: published, another one was first, the engine is away, there is a manifest that nobody trusts signed,
 * killed.
 */
const STATUSES: readonly (number | null)[] = [0, 69, 75, 77, null];

export const fleetPartitions: Family = {
  name: 'fleet-partitions',
  promise:
    'through kills and partitions no host of a fleet opens what was not published, and all end at the last generation',
  lacks: () =>
    lacksNamespaces() ?? (spawnSync('redis-server', ['--version']).status === 0 ? undefined : 'redis-server'),
  run: (round) =>
    withDirectory(async (directory) => {
      await using network = await Network.create(MACHINES);
      await using world = new FleetWorld(network, directory);
      await new Trial(round, network, world).run();
    }),
};

class Trial {
  readonly #round: Round;
  readonly #network: Network;
  readonly #world: FleetWorld;
  readonly #random: (below: number) => number;
  /** Everything that a publisher was asked to publish. */
  readonly #published = new Set<Content>([undefined]);
  readonly #seen = new Set<Content>();
  readonly #ends = new Map<string, number>();
  #word = 0;
  #forged = 0;

  constructor(round: Round, network: Network, world: FleetWorld) {
    this.#round = round;
    this.#network = network;
    this.#world = world;
    this.#random = numbers(round.seed);
  }

  async run(): Promise<void> {
    const looking = setInterval(() => this.#look(), LOOK_MS);
    try {
      const rounds = this.#round.long ? LONG_ROUNDS : SHORT_ROUNDS;
      await this.#publish(0);
      for (let i = 0; i < rounds; i++) {
        await this.#oneRound();
        this.#round.held();
      }
      await this.#converge();
    } finally {
      clearInterval(looking);
    }
    for (const content of this.#seen)
      if (!this.#published.has(content)) this.#round.broke({ tried: 'what a host answers from', got: content });
    this.#round.figure(`${this.#forged} forged generations`);
    this.#round.figure(`${this.#seen.size} generations seen on ${HOSTS} hosts`);
    this.#round.figure([...this.#ends].map(([end, count]) => `${count} publishers ${end}`).join(', '));
  }

  #look(): void {
    for (let host = 0; host < HOSTS; host++) this.#seen.add(this.#world.content(host));
  }

  /** Publishers at work while something breaks and is mended. */
  async #oneRound(): Promise<void> {
    const who = this.#random(PUBLISHERS + 1);
    const publishers = who === PUBLISHERS ? [0, 1] : [who];
    const isKilled = this.#random(6) === 0;
    const work = publishers.map((each) => this.#publish(each, isKilled ? 200 + this.#random(2000) : undefined));
    await sleep(this.#random(1500));
    await this.#accident();
    this.#network.heal();
    await Promise.all(work);
  }

  async #accident(): Promise<void> {
    const { servers, sentinels, followers } = this.#world;
    switch (this.#random(6)) {
      case 0:
        return this.#killed(followers, 1000);
      case 1:
        return this.#killed(servers, 4000);
      case 2:
        return this.#killed(sentinels, 2000);
      case 3:
        return this.#forge();
      case 4: {
        const alone = this.#random(MACHINES);
        this.#network.split((machine) => (machine === alone ? 1 : 0));
        break;
      }
      default: {
        const halves = Array.from({ length: MACHINES }, () => this.#random(2) as 0 | 1);
        this.#network.split((machine) => halves[machine]!);
      }
    }
    await sleep(500 + this.#random(6000));
  }

  /** The owner of the engine forges a generation. */
  async #forge(): Promise<void> {
    for (const thief of this.#world.thieves) {
      const forged = thief.forge();
      if (forged === undefined) continue;
      this.#forged++;
      await sleep(1000 + this.#random(2000));
      const end = Date.now() + TAKE_AWAY_MS;
      while (!this.#world.thieves.some((each) => each.takeAway(forged)) && Date.now() < end) await sleep(200);
      return;
    }
  }

  async #killed(parts: readonly Part[], forMs: number): Promise<void> {
    const part = parts[this.#random(parts.length)]!;
    await part.kill();
    await sleep(this.#random(forMs));
    part.start();
  }

  async #publish(publisher: number, killAfterMs?: number): Promise<string | undefined> {
    const word = `w${++this.#word}p${publisher}`;
    this.#published.add(`${word} ${word}`);
    const { status, stderr } = await this.#world.publish(publisher, word, killAfterMs);
    const end = status === null ? 'killed' : `ended with ${status}`;
    this.#ends.set(end, (this.#ends.get(end) ?? 0) + 1);
    if (!STATUSES.includes(status)) this.#round.broke({ tried: `publish ${word}`, got: { status, stderr } });
    return status === 0 ? `${word} ${word}` : undefined;
  }

  /** Everything runs again: a last generation of each publisher, until all hosts have it. */
  async #converge(): Promise<void> {
    for (const part of [...this.#world.servers, ...this.#world.sentinels, ...this.#world.followers]) part.start();
    let last: Content;
    for (let publisher = 0; publisher < PUBLISHERS; publisher++) {
      const end = Date.now() + LAST_MS;
      do last = await this.#publish(publisher);
      while (last === undefined && Date.now() < end);
    }
    const hosts = Array.from({ length: HOSTS }, (_, i) => i);
    const began = Date.now();
    const behind = (): number[] => hosts.filter((host) => this.#world.content(host) !== last);
    while (behind().length > 0 && Date.now() - began < LAST_MS) await sleep(100);
    for (const host of behind())
      this.#round.broke({ tried: `host ${host} at the end`, got: { last, has: this.#world.content(host) } });
    this.#round.figure(`all hosts at the last one after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }
}
