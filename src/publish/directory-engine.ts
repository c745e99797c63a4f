/**
 * The engine as a directory: for rsync, NFS, hosts without a network, and tests.
 *
 *     DIR/blocks/ab/abcd...  a packed block        DIR/manifests/42  a signed manifest; the highest number is the head
 *
 * A file appears complete: it is written under a name of this process, synced, and linked to its final name. The link of a
 * manifest fails if another publisher was faster, so there is one chain. `hosts/NAME` is the report of a host. The first file
 * that is written in a directory removes what killed processes of this user left there.
 *
 * A user who may write in the directory is not trusted, and may exchange names in it. It is opened for each step, and so are the
 * directories in it, which may not be links: nothing is made, replaced or removed elsewhere. What is read is verified later.
 *
 * Errors: MapError `tempFail`; `unsafe` if a user's link leads to the directory of another user.
 */
import { mkdirSync } from 'node:fs';
import { constants, link, open, readdir, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { MapError } from '../core/errors.ts';
import { systemCode, systemText } from '../core/system-error.ts';
import { openMadePlace, openPlace } from '../files/source-file.ts';
import type { OpenDirectory } from '../store/directory.ts';
import { DAY_MS, removeLeftFiles } from '../store/left-over.ts';
import { newWriterId } from '../store/replace/writer-id.ts';
import {
  type FleetEngine,
  type FoundReport,
  type HostReport,
  isGeneration,
  MOST_BYTES,
  type PackedBlock,
  REPORT_SECONDS,
  readReport,
  reportText,
} from './engine.ts';

const POLL_MS = 1000;
/** Before the umask: several users may publish. */
const DIRECTORY_MODE = 0o777;
const HOSTS = ['hosts'];
const MANIFESTS = ['manifests'];

/** A file of the engine, below its directory. */
interface Place {
  readonly directories: readonly string[];
  readonly name: string;
}

export class DirectoryEngine implements FleetEngine {
  readonly #directory: string;
  /** Directories without files of killed processes. */
  readonly #cleared = new Set<string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async missing(hashes: readonly string[]): Promise<readonly string[]> {
    const missing: string[] = [];
    for (const hash of hashes) if (!(await this.#has(blockPlace(hash)))) missing.push(hash);
    return missing;
  }

  async putBlocks(blocks: readonly PackedBlock[]): Promise<void> {
    for (const { hash, packed } of blocks) await this.#putOnce(blockPlace(hash), packed);
  }

  async advance(generation: number, envelope: Uint8Array): Promise<boolean> {
    if ((await this.head()) !== generation - 1) return false;
    return this.#putOnce(manifestPlace(generation), envelope);
  }

  /** Files are synced before they get their names. */
  async settle(): Promise<void> {}

  async getBlock(hash: string): Promise<Uint8Array | undefined> {
    return this.#readIfThere(blockPlace(hash), MOST_BYTES.block);
  }

  async getManifest(generation: number): Promise<Uint8Array | undefined> {
    return this.#readIfThere(manifestPlace(generation), MOST_BYTES.manifest);
  }

  async head(): Promise<number> {
    const names = await this.#look(MANIFESTS, (directory) => readdir(directory.at('.')));
    return (names ?? []).filter(isGeneration).reduce((most, name) => Math.max(most, Number(name)), 0);
  }

  async remove(generation: number, hashes: readonly string[]): Promise<void> {
    for (const { directories, name } of [manifestPlace(generation), ...hashes.map(blockPlace)])
      await this.#look(directories, (directory) => unlink(directory.at(name)));
  }

  async report(report: HostReport): Promise<void> {
    await this.#write(HOSTS, async (directory) => {
      // exclusive: in a directory that all hosts write, a link may wait for us
      await this.#beside(directory, async (beside) => {
        await writeFile(beside, reportText(report), { flag: 'wx' });
        await rename(beside, directory.at(hostFile(report.host)));
      });
    });
  }

  async reports(): Promise<readonly FoundReport[]> {
    const names = (await this.#look(HOSTS, (directory) => readdir(directory.at('.')))) ?? [];
    const since = Date.now() - REPORT_SECONDS * 1000;
    const found: FoundReport[] = [];
    for (const name of names.filter((each) => !each.startsWith('.'))) {
      const report = await readReport(name, () => this.#readReport(name), isNamed);
      if (report !== undefined && ('unread' in report || Date.parse(report.at) >= since)) found.push(report);
    }
    return found;
  }

  /** A report that cannot be read is the fault of its host, not of the directory. */
  async #readReport(name: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#readIfThere({ directories: HOSTS, name }, MOST_BYTES.report);
    } catch (error) {
      throw error instanceof MapError ? new MapError('unreadable', error.message, { cause: error }) : error;
    }
  }

  async waitForHead(seen: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.head()) <= seen) {
      await wait(POLL_MS, undefined, { signal }).catch(() => {});
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** False: the file exists already. */
  async #putOnce({ directories, name }: Place, bytes: Uint8Array): Promise<boolean> {
    if (await this.#has({ directories, name })) return false;
    return this.#write(directories, (directory) =>
      this.#beside(directory, async (beside) => {
        const file = await open(beside, 'wx', 0o644);
        try {
          await file.writeFile(bytes);
          await file.sync();
          await link(beside, directory.at(name));
          return true;
        } catch (error) {
          if (systemCode(error) === 'EEXIST') return false;
          throw error;
        } finally {
          await file.close();
        }
      }),
    );
  }

  /** Passes on the path of a file to make, which is gone afterwards if it has no other name. */
  async #beside<T>(directory: OpenDirectory, work: (path: string) => Promise<T>): Promise<T> {
    if (!this.#cleared.has(directory.path)) clear(directory);
    this.#cleared.add(directory.path);
    const name = BESIDE.before + newWriterId() + BESIDE.behind;
    try {
      return await work(directory.at(name));
    } finally {
      directory.remove(name);
    }
  }

  async #has({ directories, name }: Place): Promise<boolean> {
    return (await this.#look(directories, (directory) => stat(directory.at(name)))) !== undefined;
  }

  /** We wait for no pipe, and no file fills the memory. */
  async #readIfThere({ directories, name }: Place, mostBytes: number): Promise<Uint8Array | undefined> {
    return this.#look(directories, async (directory) => {
      const file = await open(directory.at(name), constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const stats = await file.stat();
        if (!stats.isFile()) throw Object.assign(new Error(`${name} is no regular file`), { code: 'EINVAL' });
        if (stats.size > mostBytes) throw Object.assign(new Error(`${name} is too large`), { code: 'EFBIG' });
        return await file.readFile();
      } finally {
        await file.close();
      }
    });
  }

  /** Undefined if the directory or file does not exist. @throws MapError `tempFail`, `unsafe` */
  async #look<T>(
    directories: readonly string[],
    work: (directory: OpenDirectory) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await within(openPlace(this.#directory), directories, work, enter);
    } catch (error) {
      if (error instanceof MapError) throw error;
      if (systemCode(error) === 'ENOENT') return undefined;
      throw new MapError('tempFail', `the fleet's directory cannot be read: ${systemText(error)}`, { cause: error });
    }
  }

  /** Makes the directories. @throws MapError `tempFail`, `unsafe` */
  async #write<T>(directories: readonly string[], work: (directory: OpenDirectory) => Promise<T>): Promise<T> {
    try {
      return await within(openMadePlace(this.#directory, DIRECTORY_MODE), directories, work, enterMade);
    } catch (error) {
      if (error instanceof MapError) throw error;
      const path = join(this.#directory, ...directories);
      throw new MapError('tempFail', `${path} cannot be written: ${systemText(error)}`, { cause: error });
    }
  }
}

const blockPlace = (hash: string): Place => ({ directories: ['blocks', hash.slice(0, 2)], name: hash });
const manifestPlace = (generation: number): Place => ({ directories: MANIFESTS, name: String(generation) });

/** The file name of a host's report. */
function hostFile(host: string): string {
  return encodeURIComponent(host).replace(/^\./, '%2E');
}

/** The names of unfinished files. */
const BESIDE = { before: '.', behind: '.new', longestMs: DAY_MS } as const;

function clear(directory: OpenDirectory): void {
  try {
    removeLeftFiles(directory, BESIDE);
  } catch {
    // A directory that may be written and not read: they stay.
  }
}

const isNamed = (name: string, host: string): boolean => name === hostFile(host);

type Enter = (above: OpenDirectory, name: string) => OpenDirectory;

const enter: Enter = (above, name) => above.directory(name);

const enterMade: Enter = (above, name) => {
  if (above.look(name) === undefined) mkdirSync(above.at(name), { recursive: true, mode: DIRECTORY_MODE });
  return above.directory(name);
};

/** Works in a directory below an open one, and closes all. */
async function within<T>(
  top: OpenDirectory,
  names: readonly string[],
  work: (directory: OpenDirectory) => Promise<T>,
  step: Enter,
): Promise<T> {
  const opened = [top];
  try {
    for (const name of names) opened.push(step(opened.at(-1)!, name));
    return await work(opened.at(-1)!);
  } finally {
    for (const each of opened) each.close();
  }
}
