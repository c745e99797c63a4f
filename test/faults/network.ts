/**
 * Machines on one link, as network namespaces of Linux: each has an address of its own, and the link can be split into two
 * halves that do not hear each other. All of it ends with the processes that hold the namespaces.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const NET = '10.77.0';
/** The two halves of a link that is split. */
const HALVES = ['br0', 'br1'] as const;

/** The reason why this machine cannot have such networks; undefined: it can. */
export function lacksNamespaces(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'network namespaces, for root on Linux';
  const made = spawnSync('unshare', ['--net', 'ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1']);
  return made.status === 0 ? undefined : 'network namespaces with veth devices';
}

export class Network implements AsyncDisposable {
  readonly #holders: ChildProcess[] = [];
  readonly #link: number;

  private constructor(link: ChildProcess) {
    this.#holders.push(link);
    this.#link = link.pid!;
  }

  static async create(machines: number): Promise<Network> {
    const network = new Network(await holder());
    for (const half of HALVES) {
      network.#onLink('link', 'add', half, 'type', 'bridge');
      network.#onLink('link', 'set', half, 'up');
    }
    for (let i = 0; i < machines; i++) await network.#add(i);
    return network;
  }

  addressOf(machine: number): string {
    return `${NET}.${machine + 1}`;
  }

  /** The words before a command that runs on a machine. */
  on(machine: number): readonly [string, ...string[]] {
    return ['nsenter', '-t', String(this.#holders[machine + 1]!.pid), '-n'];
  }

  /** Puts each machine into one of the halves. */
  split(halfOf: (machine: number) => 0 | 1): void {
    for (let i = 0; i < this.#holders.length - 1; i++)
      this.#onLink('link', 'set', `v${i}`, 'master', HALVES[halfOf(i)]);
  }

  heal(): void {
    this.split(() => 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#holders) child.kill('SIGKILL');
  }

  async #add(machine: number): Promise<void> {
    const child = await holder();
    this.#holders.push(child);
    const port = `v${machine}`;
    this.#onLink('link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(child.pid));
    this.#onLink('link', 'set', port, 'master', HALVES[0], 'up');
    const own = (...args: readonly string[]): void => ip([...this.on(machine).slice(1), 'ip', ...args]);
    own('link', 'set', 'lo', 'up');
    own('addr', 'add', `${this.addressOf(machine)}/24`, 'dev', 'eth0');
    own('link', 'set', 'eth0', 'up');
  }

  #onLink(...args: readonly string[]): void {
    ip(['-t', String(this.#link), '-n', 'ip', ...args]);
  }
}

function ip(args: readonly string[]): void {
  execFileSync('nsenter', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** A process that does nothing but hold a namespace, and ends with this one. */
async function holder(): Promise<ChildProcess> {
  const child = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; read end'], { stdio: ['pipe', 'pipe', 'ignore'] });
  let ready = false;
  child.stdout.once('data', () => {
    ready = true;
  });
  while (!ready && child.exitCode === null) await sleep(5);
  return child;
}
