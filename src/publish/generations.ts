/**
 * The generations on this host, below one directory:
 *
 *     .generations/42/          all files of generation 42, and its signed manifest in .manifest
 *     current -> .generations/42   the one in use, switched by renaming a link: all files change in one step
 *
 * A generation is written under a temporary name, synced, and renamed, so a directory with a number is complete. The next
 * process that holds the lock removes the leftovers of a killed one.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../core/system-error.ts';
import { withUmask } from '../store/file.ts';
import { type Believed, believe, type Trust } from './signature.ts';

export const STORE = '.generations';
const LINK = 'current';
const MANIFEST = '.manifest';
/** Generations that stay on the host, including the current one. */
const KEPT = 3;

/** The number of the generation in use; 0: none. */
export function currentGeneration(directory: string): number {
  try {
    const target = readlinkSync(join(directory, LINK));
    return Number(/^\.generations\/([1-9]\d*)$/.exec(target)?.[1] ?? 0);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

export function generationDirectory(directory: string, generation: number): string {
  return join(directory, STORE, String(generation));
}

/** The numbers of all whole generations, lowest first. */
export function keptGenerations(directory: string): readonly number[] {
  return names(join(directory, STORE))
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** The manifest of a generation on this host, verified again; undefined if there is none. */
export function keptManifest(directory: string, generation: number, trust: Trust): Believed | undefined {
  let envelope: Buffer;
  try {
    envelope = readFileSync(join(generationDirectory(directory, generation), MANIFEST));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  // An expired key still vouches for generations that were installed while it was valid.
  return believe(envelope, trust, Number.NEGATIVE_INFINITY);
}

/**
 * Installs one generation and switches to it.
 *
 * @param write puts all files into the directory that it is given, synced
 */
export async function install(
  directory: string,
  { manifest, envelope }: Believed,
  write: (into: string) => Promise<void>,
): Promise<void> {
  const store = join(directory, STORE);
  makeDirectory(store);
  removeLeftovers(store);
  const place = join(store, String(manifest.generation));
  if (!holdsManifest(place, envelope)) {
    const unfinished = join(store, `.new-${manifest.generation}`);
    makeDirectory(unfinished);
    await write(unfinished);
    writeSynced(join(unfinished, MANIFEST), envelope);
    syncDirectory(unfinished);
    // not in use: it is of a chain that was abandoned before this host switched to it
    rmSync(place, { recursive: true, force: true });
    renameSync(unfinished, place);
    syncDirectory(store);
  }
  switchTo(directory, manifest.generation);
  removeOld(directory, manifest.generation);
}

/** Makes a directory that every user of this host may read, also under the umask of a service. */
export function makeDirectory(path: string): void {
  withUmask(0, () => mkdirSync(path, { recursive: true, mode: 0o755 }));
}

/** Whether a directory has the whole generation of this manifest. */
function holdsManifest(place: string, envelope: Uint8Array): boolean {
  try {
    return readFileSync(join(place, MANIFEST)).equals(envelope);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Goes back to the newest generation below a number, and forgets those from it on; without any, to none. */
export function stepBack(directory: string, below: number): void {
  const kept = keptGenerations(directory);
  const last = kept.findLast((generation) => generation < below);
  if (last === undefined) rmSync(join(directory, LINK), { force: true });
  else switchTo(directory, last);
  for (const generation of kept.filter((each) => each >= below))
    rmSync(generationDirectory(directory, generation), { recursive: true });
}

function switchTo(directory: string, generation: number): void {
  const unfinished = join(directory, STORE, '.link');
  rmSync(unfinished, { force: true });
  symlinkSync(join(STORE, String(generation)), unfinished);
  renameSync(unfinished, join(directory, LINK));
  syncDirectory(directory);
}

/** An incomplete generation of a killed process. Callers hold the lock, so no other process is writing one. */
function removeLeftovers(store: string): void {
  for (const name of names(store)) if (name.startsWith('.new-')) rmSync(join(store, name), { recursive: true });
}

function removeOld(directory: string, current: number): void {
  const old = keptGenerations(directory).filter((generation) => generation < current);
  for (const generation of old.slice(0, Math.max(0, old.length - (KEPT - 1))))
    rmSync(generationDirectory(directory, generation), { recursive: true });
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Writes a new file and waits until the disk has it. */
export function writeSynced(path: string, bytes: Uint8Array, mode = 0o644): void {
  const fd = openSync(path, 'wx', mode);
  try {
    writeFileSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
