/**
 * The engine as a directory: for rsync, NFS, hosts without a network, and tests.
 *
 *     DIR/blocks/ab/abcd...  a packed block        DIR/manifests/42  a signed manifest; the highest number is the head
 *
 * A file appears complete: it is written under a random name, synced, and linked to its final name. The link of a manifest
 * fails if another publisher was faster, so there is one chain. `hosts/NAME` is the report of a host.
 */
import { randomBytes } from 'node:crypto';
import { constants, link, mkdir, open, readdir, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { MapError } from '../core/errors.ts';
import { systemCode, systemText } from '../core/system-error.ts';
import { type FleetEngine, type HostReport, type PackedBlock, parseReport, REPORT_SECONDS } from './engine.ts';
import { MAX_MANIFEST_BYTES } from './manifest.ts';

const POLL_MS = 1000;
/** A manifest with its signatures; blocks and reports are smaller. */
const MOST_BYTES = 2 * MAX_MANIFEST_BYTES;

export class DirectoryEngine implements FleetEngine {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async missing(hashes: readonly string[]): Promise<readonly string[]> {
    const known = await Promise.all(hashes.map((hash) => exists(this.#block(hash))));
    return hashes.filter((_, i) => !known[i]);
  }

  async putBlocks(blocks: readonly PackedBlock[]): Promise<void> {
    for (const { hash, packed } of blocks) await putOnce(this.#block(hash), packed);
  }

  async advance(generation: number, envelope: Uint8Array): Promise<boolean> {
    if ((await this.head()) !== generation - 1) return false;
    return putOnce(this.#manifest(generation), envelope);
  }

  /** Files are synced before they get their names. */
  async settle(): Promise<void> {}

  async getBlock(hash: string): Promise<Uint8Array | undefined> {
    return readIfThere(this.#block(hash));
  }

  async getManifest(generation: number): Promise<Uint8Array | undefined> {
    return readIfThere(this.#manifest(generation));
  }

  async head(): Promise<number> {
    await guarded(() => stat(this.#directory));
    const names = await guarded(() => readdir(join(this.#directory, 'manifests')));
    return (names ?? [])
      .filter((name) => /^[1-9]\d*$/.test(name))
      .reduce((most, name) => Math.max(most, Number(name)), 0);
  }

  async remove(generation: number, hashes: readonly string[]): Promise<void> {
    for (const path of [this.#manifest(generation), ...hashes.map((hash) => this.#block(hash))])
      await guarded(() => unlink(path));
  }

  async report(report: HostReport): Promise<void> {
    const path = join(this.#directory, 'hosts', hostFile(report.host));
    await guardedWrite(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      const beside = besideOf(path);
      // exclusive: in a directory that all hosts write, a link may wait for us
      await writeFile(beside, JSON.stringify(report), { flag: 'wx' });
      await rename(beside, path);
    });
  }

  async reports(): Promise<readonly HostReport[]> {
    const hosts = join(this.#directory, 'hosts');
    const names = ((await guarded(() => readdir(hosts))) ?? []).filter((name) => !name.startsWith('.'));
    const texts = await Promise.all(names.map((name) => readIfThere(join(hosts, name))));
    const since = Date.now() - REPORT_SECONDS * 1000;
    return texts
      .map((text) => parseReport(String(text)))
      .filter((report) => report !== undefined && Date.parse(report.at) >= since) as HostReport[];
  }

  async waitForHead(seen: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.head()) <= seen) {
      await wait(POLL_MS, undefined, { signal }).catch(() => {});
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #block(hash: string): string {
    return join(this.#directory, 'blocks', hash.slice(0, 2), hash);
  }

  #manifest(generation: number): string {
    return join(this.#directory, 'manifests', String(generation));
  }
}

/** The file name of a host's report. */
function hostFile(host: string): string {
  return encodeURIComponent(host).replace(/^\./, '%2E');
}

/** A new name in the directory of a file. */
function besideOf(path: string): string {
  return join(dirname(path), `.${randomBytes(8).toString('hex')}`);
}

/** False: the file exists already. */
async function putOnce(path: string, bytes: Uint8Array): Promise<boolean> {
  if (await exists(path)) return false;
  return guardedWrite(path, async () => {
    await mkdir(dirname(path), { recursive: true });
    const beside = besideOf(path);
    const file = await open(beside, 'wx', 0o644);
    try {
      await file.writeFile(bytes);
      await file.sync();
      await link(beside, path);
      return true;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await file.close();
      await unlink(beside);
    }
  });
}

async function exists(path: string): Promise<boolean> {
  return (await guarded(() => stat(path))) !== undefined;
}

/** Nobody who writes in the directory is trusted: we wait for no pipe in it, and no file fills the memory. */
async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  return guarded(async () => {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw Object.assign(new Error(`${path} is no regular file`), { code: 'EINVAL' });
      if (stats.size > MOST_BYTES) throw Object.assign(new Error(`${path} is too large`), { code: 'EFBIG' });
      return await file.readFile();
    } finally {
      await file.close();
    }
  });
}

/** Undefined if nothing exists at the path; `tempFail` for every other failure. */
async function guarded<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw new MapError('tempFail', `the fleet's directory cannot be read: ${systemText(error)}`, { cause: error });
  }
}

async function guardedWrite<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new MapError('tempFail', `${path} cannot be written: ${systemText(error)}`, { cause: error });
  }
}
