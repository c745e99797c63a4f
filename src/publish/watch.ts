/**
 * The follower as a daemon: looks at the engine repeatedly until it is stopped, and reports changes.
 *
 * A hint of the engine wakes it, and a poll finds what the hint misses. After each failure it waits longer, up to a minute, and
 * the generation in use stays.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { MapError } from '../core/errors.ts';
import type { FleetEngine } from './engine.ts';
import { type FollowOptions, followOnce } from './follow.ts';
import { currentGeneration, keptManifest } from './generations.ts';

/** An engine that wakes us all the time costs no more than ten looks a second. */
const LEAST_MS = 100;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 60_000;

export interface WatchEvents {
  onGeneration(generation: number, fetched: number): void;
  /** Each note and each failure, once until it changes. */
  onProblem(text: string): void;
  /** After each look; the problem is empty if there is none. */
  onLook(generation: number, problem: string): Promise<void>;
}

export interface WatchOptions extends FollowOptions {
  /** Seconds after which the newest generation counts as old: somebody may withhold a newer one. */
  readonly maxAgeSeconds?: number;
}

/** Follows until the signal comes. */
export async function watch(
  engine: FleetEngine,
  options: WatchOptions,
  events: WatchEvents,
  signal: AbortSignal,
): Promise<void> {
  let retryMs = FIRST_RETRY_MS;
  let said = '';
  const say = (text: string): void => {
    if (text !== said && text !== '') events.onProblem(text);
    said = text;
  };
  while (!signal.aborted) {
    try {
      const { generation, switched, fetched, notes } = await followOnce(engine, options);
      if (switched) events.onGeneration(generation, fetched);
      say([...notes, ...tooOld(options, generation)].join('; '));
      retryMs = FIRST_RETRY_MS;
      await events.onLook(generation, said);
      await Promise.all([engine.waitForHead(generation, signal), pause(LEAST_MS, signal)]);
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      say(error.message);
      await events.onLook(currentGeneration(options.directory), said).catch(() => {});
      await pause(retryMs * (0.5 + Math.random()), signal);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => {});
}

/** A note when the generation in use is older than it may be. */
function tooOld(options: WatchOptions, generation: number): readonly string[] {
  if (options.maxAgeSeconds === undefined || generation === 0) return [];
  const published = keptManifest(options.directory, generation, options.trust)?.manifest.published ?? '';
  const age = ((options.now?.() ?? Date.now()) - Date.parse(published)) / 1000;
  return age > options.maxAgeSeconds
    ? [`generation ${generation} was published ${published}, more than ${options.maxAgeSeconds} seconds ago`]
    : [];
}
