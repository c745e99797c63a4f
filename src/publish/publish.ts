/**
 * A directory of finished files -> the next generation in the engine: blocks, signed manifest, head.
 *
 * The publisher keeps a state directory, laid out like that of a host (generations.ts): it knows its last generation, can
 * restore a generation that the engine lost, and continues after a kill. `pending` in it is the signed manifest of a generation
 * whose head was not moved yet.
 *
 * A publisher that was cut off with a part of the engine's nodes may have generations that the fleet does not have. It forgets
 * them, and reports that once.
 *
 * Errors: `busy` if another publisher moved the head first (nothing is published); `tempFail` while the engine is away (run
 * again: the pending generation continues); `unsafe` for a chain that is not ours; `badInput` for files with names that a
 * manifest cannot hold.
 */

import type { KeyObject } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MapError } from '../core/errors.ts';
import { openOwnPlace } from '../files/source-file.ts';
import { hasName } from '../files/status.ts';
import { blocksOf, contentOf, packBlock } from './blocks.ts';
import type { FleetEngine, PackedBlock } from './engine.ts';
import { believedAs, followOnce } from './follow.ts';
import {
  currentGeneration,
  generationDirectory,
  keptGenerations,
  keptManifest,
  stepBack,
  syncDirectory,
  writeSynced,
} from './generations.ts';
import { type Manifest, type ManifestFile, manifestBytes, parseManifest, sha256 } from './manifest.ts';
import { retire } from './retention.ts';
import { type Believed, believe, signManifest, type Trust } from './signature.ts';

export interface PublishOptions {
  readonly fleet: string;
  readonly trust: Trust;
  readonly keys: readonly KeyObject[];
  /** The publisher's own state. */
  readonly state: string;
  readonly by: string;
  readonly message: string;
  readonly tool: string;
  /** Lines of the review, kept in the manifest. */
  readonly review?: readonly string[];
  /** The generation that the caller compared with; publishing fails if the head is another one. */
  readonly expect?: number;
  readonly rollbackOf?: number;
  readonly now?: () => number;
}

export interface Published {
  readonly generation: number;
  /** Blocks that the engine did not have. */
  readonly blocks: number;
}

const PENDING = 'pending';
const BATCH = 64;
const STATE_MODE = 0o700;

/** Works in the state directory while it is held open. @throws MapError `unsafe` if other users may write in it */
async function inState<T>(given: PublishOptions, work: (options: PublishOptions) => Promise<T>): Promise<T> {
  using state = openOwnPlace(given.state, STATE_MODE);
  return await work({ ...given, state: state.at('.') });
}

/** Brings the state up to the engine's head, or restores the generations that the engine lost. */
export function synchronize(engine: FleetEngine, given: PublishOptions): Promise<number> {
  return inState(given, (options) => synchronized(engine, options));
}

async function synchronized(engine: FleetEngine, options: PublishOptions): Promise<number> {
  await finishPending(engine, options);
  await forgetAbandoned(engine, options);
  const own = currentGeneration(options.state);
  if ((await engine.head()) < own) await restore(engine, options);
  return (await followOnce(engine, { ...options, directory: options.state })).generation;
}

/** Publishes the files of a directory as the next generation. */
export function publish(engine: FleetEngine, files: string, given: PublishOptions): Promise<Published> {
  return inState(given, (options) => published(engine, files, options));
}

async function published(engine: FleetEngine, files: string, options: PublishOptions): Promise<Published> {
  const head = await synchronized(engine, options);
  if (options.expect !== undefined && options.expect !== head)
    throw new MapError('busy', `the fleet is at generation ${head}, not ${options.expect}: nothing is published`);
  const parent = head === 0 ? undefined : keptManifest(options.state, head, options.trust);
  const manifest = manifestOf(files, head + 1, parent, options);
  const envelope = signManifest(manifest, options.keys);
  believe(envelope, options.trust, options.now?.() ?? Date.now());
  const blocks = await putFiles(engine, files, manifest.files);
  keepPending(envelope, options);
  await finishPending(engine, options);
  const generation = (await followOnce(engine, { ...options, directory: options.state })).generation;
  await retire(engine, generation, options);
  return { generation, blocks };
}

/** Publishes the files of an older generation again, as a new one. */
export function rollback(engine: FleetEngine, to: number, given: PublishOptions): Promise<Published> {
  return inState(given, (options) => rolledBack(engine, to, options));
}

async function rolledBack(engine: FleetEngine, to: number, options: PublishOptions): Promise<Published> {
  const head = await synchronized(engine, options);
  const envelope = await engine.getManifest(to);
  if (envelope === undefined) throw new MapError('missing', `the engine has no generation ${to}`);
  const old = believedAs(to, envelope, options).manifest;
  const lost = await engine.missing([...new Set(old.files.flatMap(({ blocks }) => blocks))]);
  if (lost.length > 0) throw new MapError('missing', `the engine lacks ${lost.length} blocks of generation ${to}`);
  const parent = keptManifest(options.state, head, options.trust);
  const manifest: Manifest = { ...header(head + 1, parent, { ...options, rollbackOf: to }), files: old.files };
  keepPending(signManifest(manifest, options.keys), options);
  await finishPending(engine, options);
  return { generation: (await followOnce(engine, { ...options, directory: options.state })).generation, blocks: 0 };
}

/** Keeps a signed manifest until its head is moved: the whole of it, or nothing if this process is killed or the disk is full. */
function keepPending(envelope: Uint8Array, { state }: PublishOptions): void {
  const unfinished = join(state, `.${PENDING}`);
  rmSync(unfinished, { force: true });
  writeSynced(unfinished, envelope);
  renameSync(unfinished, join(state, PENDING));
  syncDirectory(state);
}

/** Moves the head to the generation that an earlier run signed without moving the head. */
async function finishPending(engine: FleetEngine, options: PublishOptions): Promise<void> {
  const path = join(options.state, PENDING);
  if (!hasName(path)) return;
  const believed = believe(readFileSync(path), options.trust, Number.NEGATIVE_INFINITY);
  if (!(await advanced(engine, believed, options))) {
    rmSync(path);
    throw await whyNot(engine, believed.manifest.generation);
  }
  await engine.settle();
  rmSync(path);
}

/** The reason why the head did not move to a generation: a primary that is put into another's place may lack the last ones. */
async function whyNot(engine: FleetEngine, generation: number): Promise<MapError> {
  const head = await engine.head();
  return head < generation - 1
    ? new MapError('tempFail', `the engine lost generations after ${head}: publish again, which restores them`)
    : new MapError('busy', `another publisher made generation ${generation}: nothing is published`);
}

/**
 * Moves the head to a generation. A connection that breaks repeats the request, so the head may be there already. False: the
 * head is elsewhere, or at another generation of this number.
 */
async function advanced(
  engine: FleetEngine,
  { manifest, id, envelope }: Believed,
  { trust }: PublishOptions,
): Promise<boolean> {
  if (await engine.advance(manifest.generation, envelope)) return true;
  const there = await engine.getManifest(manifest.generation);
  return there !== undefined && believe(there, trust, Number.NEGATIVE_INFINITY).id === id;
}

/** Steps back if the engine has another generation under a number of ours. @throws MapError `busy` then */
async function forgetAbandoned(engine: FleetEngine, options: PublishOptions): Promise<void> {
  const { state, trust } = options;
  const shared = Math.min(currentGeneration(state), await engine.head());
  const ours = shared === 0 ? undefined : keptManifest(state, shared, trust);
  const theirs = ours && (await engine.getManifest(shared));
  if (theirs === undefined || believedAs(shared, theirs, options).id === ours?.id) return;
  stepBack(state, shared);
  const text = `the fleet has another generation ${shared} than this publisher, whose own was abandoned: publish again`;
  throw new MapError('busy', text);
}

/** Restores generations that the engine lost. */
async function restore(engine: FleetEngine, options: PublishOptions): Promise<void> {
  const head = await engine.head();
  for (const number of keptGenerations(options.state).filter((generation) => generation > head)) {
    const kept = keptManifest(options.state, number, options.trust) as Believed;
    await putFiles(engine, generationDirectory(options.state, number), kept.manifest.files);
    if (!(await advanced(engine, kept, options)))
      throw new MapError('tempFail', `the engine lost generations before ${number}, which are not kept here`);
  }
}

function manifestOf(
  files: string,
  generation: number,
  parent: Believed | undefined,
  options: PublishOptions,
): Manifest {
  const manifest = { ...header(generation, parent, options), files: [...filesBelow(files, '')].sort(byName) };
  return parseManifest(manifestBytes(manifest));
}

function header(generation: number, parent: Believed | undefined, options: PublishOptions): Omit<Manifest, 'files'> {
  return {
    format: 1,
    fleet: options.fleet,
    generation,
    parent: parent?.id ?? null,
    published: new Date(options.now?.() ?? Date.now()).toISOString(),
    by: options.by,
    message: options.message,
    rollbackOf: options.rollbackOf ?? null,
    tool: options.tool,
    review: options.review ?? [],
  };
}

const byName = (a: ManifestFile, b: ManifestFile): number => (a.name < b.name ? -1 : 1);

/** All files of a directory and below; names that begin with a dot are not published. */
function* filesBelow(root: string, below: string): Generator<ManifestFile> {
  for (const name of readdirSync(join(root, below))) {
    if (name.startsWith('.')) continue;
    const relative = below === '' ? name : `${below}/${name}`;
    const status = statSync(join(root, relative));
    if (status.isDirectory()) yield* filesBelow(root, relative);
    else if (!status.isFile()) throw new MapError('badInput', `${relative} is no regular file`, { file: relative });
    else yield { name: relative, mode: modeText(status.mode), ...contentOf(join(root, relative)) };
  }
}

/** Owners differ from host to host, so only the permissions travel. */
function modeText(mode: number): string {
  return `0${(mode & 0o777).toString(8).padStart(3, '0')}`;
}

/** Puts the blocks that the engine lacks. Returns how many. */
async function putFiles(engine: FleetEngine, root: string, files: readonly ManifestFile[]): Promise<number> {
  const wanted = new Set(await engine.missing([...new Set(files.flatMap(({ blocks }) => blocks))]));
  const count = wanted.size;
  let batch: PackedBlock[] = [];
  for (const { name, blocks } of files) {
    if (!blocks.some((hash) => wanted.has(hash))) continue;
    for (const block of fileBlocks(join(root, name))) {
      const hash = sha256(block);
      if (!wanted.delete(hash)) continue;
      batch.push({ hash, packed: packBlock(block) });
      if (batch.length < BATCH) continue;
      await engine.putBlocks(batch);
      batch = [];
    }
  }
  if (batch.length > 0) await engine.putBlocks(batch);
  if (wanted.size > 0) throw new MapError('busy', 'a file changed while it was published: nothing is published');
  return count;
}

function* fileBlocks(path: string): Generator<Buffer> {
  const fd = openSync(path, 'r');
  try {
    yield* blocksOf(fd);
  } finally {
    closeSync(fd);
  }
}
