/**
 * Old generations -> removed from the engine. The last 30 stay; any other stays for a day after it went out of use, because a
 * slow host may still read it.
 *
 * The publisher notes each generation that goes out of use in its state (`retired/N`); the file's time is the moment.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FleetEngine } from './engine.ts';
import { believedAs } from './follow.ts';
import type { Manifest } from './manifest.ts';
import type { Trust } from './signature.ts';

const KEPT = 30;
const GRACE_MS = 24 * 60 * 60 * 1000;

export interface RetentionOptions {
  readonly fleet: string;
  readonly state: string;
  readonly trust: Trust;
  readonly now?: () => number;
}

/** Notes generations that are older than the kept ones, and removes those that were noted a day ago. */
export async function retire(engine: FleetEngine, head: number, options: RetentionOptions): Promise<void> {
  const notes = join(options.state, 'retired');
  mkdirSync(notes, { recursive: true });
  const oldest = head - KEPT + 1;
  const noted = new Set(readdirSync(notes).map(Number));
  for (let generation = oldest - 1; generation > 0 && !noted.has(generation); generation--) {
    if ((await engine.getManifest(generation)) === undefined) break;
    writeFileSync(join(notes, String(generation)), '');
  }
  const before = (options.now?.() ?? Date.now()) - GRACE_MS;
  const due = readdirSync(notes).filter((name) => statSync(join(notes, name)).mtimeMs < before);
  if (due.length === 0) return;
  const kept = await blocksOfKept(engine, oldest, head, options);
  for (const name of due) {
    const manifest = await manifestOf(engine, Number(name), options);
    const hashes = new Set(manifest?.files.flatMap(({ blocks }) => blocks));
    await engine.remove(
      Number(name),
      [...hashes].filter((hash) => !kept.has(hash)),
    );
    rmSync(join(notes, name));
  }
}

async function blocksOfKept(
  engine: FleetEngine,
  oldest: number,
  head: number,
  options: RetentionOptions,
): Promise<Set<string>> {
  const kept = new Set<string>();
  for (let generation = Math.max(1, oldest); generation <= head; generation++) {
    const manifest = await manifestOf(engine, generation, options);
    for (const { blocks } of manifest?.files ?? []) for (const hash of blocks) kept.add(hash);
  }
  return kept;
}

async function manifestOf(
  engine: FleetEngine,
  generation: number,
  options: RetentionOptions,
): Promise<Manifest | undefined> {
  const envelope = await engine.getManifest(generation);
  return envelope === undefined ? undefined : believedAs(generation, envelope, options).manifest;
}
