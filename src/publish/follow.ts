/**
 * The engine's head -> files on this host, verified and switched in one step.
 *
 * In order: the signed manifests from the one in use to the head (signatures, fleet, number, parent), the blocks that this host
 * lacks, each file's hash, the disk, the switch. If any step fails, the generation in use stays.
 *
 * When the engine's nodes are cut off from each other, two publishers can make generations of one number. Those of the
 * shorter chain are abandoned: a host that has one goes on with the longer chain, from an older generation that it still has.
 *
 * Errors: `tempFail` while the engine is away or lacks a block; `unsafe` for a manifest that is not trusted; `damaged` for a
 * block with other content; `unwritable` for a full disk. `unsafe`, too, if other users may write in the directory: they could
 * exchange the files that are written and removed there.
 */
import { createHash } from 'node:crypto';
import { closeSync, fchmodSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MapError } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';
import { openOwnPlace } from '../files/source-file.ts';
import { canExchange, type OpenDirectory } from '../store/directory.ts';
import { withMapLock } from '../store/replace/lock.ts';
import { readFully, unpackBlock } from './blocks.ts';
import type { FleetEngine } from './engine.ts';
import {
  currentGeneration,
  generationDirectory,
  install,
  keptGenerations,
  keptManifest,
  makeDirectory,
  STORE,
  syncDirectory,
} from './generations.ts';
import { BLOCK_BYTES, type Manifest, type ManifestFile, sha256 } from './manifest.ts';
import { type Believed, believe, type Trust } from './signature.ts';

export interface FollowOptions {
  readonly fleet: string;
  readonly trust: Trust;
  /** The directory that has `current` and `.generations`. */
  readonly directory: string;
  /** Milliseconds since 1970; decides whether a key has expired. */
  readonly now?: () => number;
}

/** The result of one look at the engine. */
export interface Followed {
  /** The generation in use now; 0: none yet. */
  readonly generation: number;
  /** Whether this look switched to it. */
  readonly switched: boolean;
  /** Blocks fetched from the engine. */
  readonly fetched: number;
  /** Reports that stop nothing, such as an engine whose head is older than ours. */
  readonly notes: readonly string[];
}

const GENERATIONS_TO_CHECK = 1000;
const DIRECTORY_MODE = 0o755;

/** Looks once, and installs the head if it is newer than the generation in use. */
export async function followOnce(engine: FleetEngine, options: FollowOptions): Promise<Followed> {
  using place = ownPlace(options.directory);
  return await followInto(place, engine, { ...options, directory: place.at('.') });
}

/** The directory of the generations, and in it the one that holds them. @throws MapError `unsafe`, `unwritable` */
function ownPlace(path: string): OpenDirectory {
  try {
    const place = openOwnPlace(path, DIRECTORY_MODE);
    assertOwnStore(place);
    return place;
  } catch (error) {
    if (error instanceof MapError) throw error;
    throw new MapError('unwritable', `${path} cannot be used: ${systemText(error)}`, { file: path, cause: error });
  }
}

/** Nobody else can write in `place`, so this stays true. */
function assertOwnStore(place: OpenDirectory): void {
  const store = place.look(STORE);
  if (store === undefined || (store.isDirectory() && !canExchange(store, 'new'))) return;
  const path = join(place.path, STORE);
  throw new MapError('unsafe', `${path} is not used: it is no directory that only this user can write`, { file: path });
}

async function followInto(place: OpenDirectory, engine: FleetEngine, options: FollowOptions): Promise<Followed> {
  const { directory } = options;
  const generation = currentGeneration(directory);
  const head = await engine.head();
  const same = { generation, switched: false, fetched: 0 };
  if (head < generation)
    return { ...same, notes: [`the engine has generation ${head}, older than ${generation}, which stays in use`] };
  if (head === generation) return { ...same, notes: [] };
  const own = generation === 0 ? undefined : keptManifest(directory, generation, options.trust);
  const { newest, notes } = await believedHead(engine, options, own, head);
  const blocks = new BlockSource(engine, directory, own?.manifest);
  try {
    return await withMapLock(join(place.path, 'current'), { directory: place }, async () => {
      // another follower may have switched to this one, or a later one, while we waited
      const used = currentGeneration(directory);
      if (used >= head) return { ...same, generation: used, notes };
      await install(directory, newest, (into) => writeFiles(newest.manifest, into, blocks));
      return { generation: head, switched: true, fetched: blocks.fetched, notes };
    });
  } catch (error) {
    if (error instanceof MapError) throw error;
    throw new MapError('unwritable', `generation ${head} cannot be installed: ${systemText(error)}`, { cause: error });
  } finally {
    blocks.close();
  }
}

/**
 * Writes the files of any generation in the engine into an empty directory, for inspection.
 *
 * @throws MapError as {@link followOnce}; `missing` for a generation that the engine does not have
 */
export async function checkOut(
  engine: FleetEngine,
  { fleet, trust }: Pick<FollowOptions, 'fleet' | 'trust'>,
  generation: number,
  into: string,
): Promise<void> {
  const envelope = await engine.getManifest(generation);
  if (envelope === undefined) throw new MapError('missing', `the engine has no generation ${generation}`);
  const { manifest } = believedAs(generation, envelope, { fleet, trust });
  await writeFiles(manifest, into, new BlockSource(engine, into, undefined));
}

interface BelievedHead {
  readonly newest: Believed;
  readonly notes: readonly string[];
}

/** Verifies the chain to the head: from our own manifest, else from an older one that this host has. */
async function believedHead(
  engine: FleetEngine,
  options: FollowOptions,
  own: Believed | undefined,
  head: number,
): Promise<BelievedHead> {
  try {
    return await believedAfter(engine, options, own, head);
  } catch (error) {
    if (own === undefined || !(error instanceof OtherChain)) throw error;
    const { generation } = own.manifest;
    const older = keptGenerations(options.directory).filter((number) => number < generation);
    for (const number of older.reverse()) {
      const found = await believedAfter(engine, options, keptManifest(options.directory, number, options.trust), head)
        // an older one may be part of the chain
        .catch((reason) => (reason instanceof OtherChain ? undefined : Promise.reject(reason)));
      const abandoned = `generation ${generation} of this host was abandoned by its publishers`;
      if (found !== undefined) return { ...found, notes: [abandoned, ...found.notes] };
    }
    throw error;
  }
}

/** The chain does not continue the one that this host knows. */
class OtherChain extends MapError {
  constructor(text: string) {
    super('unsafe', text);
  }
}

async function believedAfter(
  engine: FleetEngine,
  options: FollowOptions,
  own: Believed | undefined,
  head: number,
): Promise<BelievedHead> {
  const after = own?.manifest.generation ?? head - 1;
  const from = Math.max(after + 1, head - GENERATIONS_TO_CHECK);
  let before = from === after + 1 ? own : undefined;
  let newest: Believed | undefined;
  const gone: number[] = [];
  for (let number = from; number <= head; number++) {
    const envelope = await engine.getManifest(number);
    if (envelope === undefined) {
      gone.push(number);
      before = undefined;
      continue;
    }
    newest = believedAs(number, envelope, { ...options, now: options.now ?? Date.now }, before);
    before = newest;
  }
  if (newest?.manifest.generation !== head)
    throw new MapError('tempFail', `the engine has no manifest of generation ${head} yet`);
  const notes =
    gone.length === 0 ? [] : [`generations ${gone[0]} to ${gone.at(-1)} are gone: their chain was not checked`];
  return { newest, notes };
}

/**
 * Verifies the bytes that the engine has as the manifest of a generation.
 *
 * @param options without `now`, a key that has expired counts: for generations that were in use before
 * @throws MapError `unsafe` for another generation or fleet, or one that does not follow `before`
 */
export function believedAs(
  number: number,
  envelope: Uint8Array,
  options: Pick<FollowOptions, 'fleet' | 'trust' | 'now'>,
  before?: Believed,
): Believed {
  const believed = believe(envelope, options.trust, options.now?.() ?? Number.NEGATIVE_INFINITY);
  const { fleet, generation, parent } = believed.manifest;
  const refuse = (why: string): MapError => new MapError('unsafe', `the manifest of generation ${number} ${why}`);
  if (fleet !== options.fleet) throw refuse(`is of fleet ${fleet}, not ${options.fleet}`);
  if (generation !== number) throw refuse(`says that it is generation ${generation}`);
  if (before !== undefined && parent !== before.id)
    throw new OtherChain(
      `the manifest of generation ${number} does not follow generation ${number - 1} as this host knows it: there are two chains`,
    );
  return believed;
}

async function writeFiles(manifest: Manifest, into: string, blocks: BlockSource): Promise<void> {
  const directories = new Set<string>();
  for (const file of manifest.files) {
    const path = join(into, file.name);
    makeDirectory(dirname(path));
    directories.add(dirname(path));
    await writeFile(path, file, blocks);
  }
  for (const directory of directories) syncDirectory(directory);
}

/**
 * Writes one file and checks its hash. Blocks of the files in use are first taken unchecked; if the hash is then wrong,
 * somebody changed those files, and each block is checked.
 */
async function writeFile(path: string, file: ManifestFile, blocks: BlockSource): Promise<void> {
  const fd = openSync(path, 'wx', 0o600);
  try {
    if ((await copyBlocks(fd, file, blocks, 'believed')) !== file.sha256) {
      ftruncateSync(fd);
      if ((await copyBlocks(fd, file, blocks, 'checked')) !== file.sha256)
        throw new MapError('damaged', `${file.name} has another content than its manifest says`);
    }
    fchmodSync(fd, Number.parseInt(file.mode, 8));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Returns the hash of everything written. */
async function copyBlocks(fd: number, file: ManifestFile, blocks: BlockSource, local: LocalBlocks): Promise<string> {
  const whole = createHash('sha256');
  let position = 0;
  for (const hash of file.blocks) {
    const block = blocks.local(hash, local) ?? (await blocks.fetch(hash));
    whole.update(block);
    for (let done = 0; done < block.length; ) done += writeSync(fd, block, done, block.length - done, position + done);
    position += block.length;
  }
  return whole.digest('hex');
}

/** Whether a block of a file in use is hashed before it is taken. */
type LocalBlocks = 'believed' | 'checked';

/** Blocks by their hash: from the files in use if they are there and intact, else from the engine. */
class BlockSource {
  fetched = 0;
  readonly #engine: FleetEngine;
  readonly #local = new Map<string, { readonly path: string; readonly position: number }>();
  readonly #open = new Map<string, number>();
  readonly #buffer = Buffer.allocUnsafe(BLOCK_BYTES);

  constructor(engine: FleetEngine, directory: string, own: Manifest | undefined) {
    this.#engine = engine;
    for (const { name, blocks } of own?.files ?? []) {
      const path = join(generationDirectory(directory, own!.generation), name);
      blocks.forEach((hash, i) => {
        this.#local.set(hash, { path, position: i * BLOCK_BYTES });
      });
    }
  }

  async fetch(hash: string): Promise<Uint8Array> {
    const packed = await this.#engine.getBlock(hash);
    if (packed === undefined) throw new MapError('tempFail', `the engine lacks block ${hash}`);
    this.fetched++;
    return unpackBlock(packed, hash);
  }

  /** A block of a file in use; undefined if there is none, or it has changed. Valid until the next call. */
  local(hash: string, local: LocalBlocks): Uint8Array | undefined {
    const place = this.#local.get(hash);
    if (place === undefined) return undefined;
    try {
      const fd = this.#open.get(place.path) ?? openSync(place.path, 'r');
      this.#open.set(place.path, fd);
      const block = this.#buffer.subarray(0, readFully(fd, this.#buffer, place.position));
      return local === 'believed' || sha256(block) === hash ? block : undefined;
    } catch {
      return undefined;
    }
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }
}
