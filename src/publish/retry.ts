/**
 * An engine -> an engine that retries while it is away: a publisher waits for the new primary instead of giving up.
 *
 * `advance` may be retried although it succeeded unnoticed; its caller compares the manifest in the engine.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { MapError } from '../core/errors.ts';
import type { FleetEngine } from './engine.ts';

const PAUSE_MS = 250;

/** @param forMs how long one call is retried; then its last error is thrown */
export function retrying(engine: FleetEngine, forMs: number): FleetEngine {
  const again = async <T>(call: () => Promise<T>): Promise<T> => {
    const end = Date.now() + forMs;
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof MapError) || error.code !== 'tempFail' || Date.now() >= end) throw error;
      }
      await wait(PAUSE_MS);
    }
  };
  return {
    missing: (hashes) => again(() => engine.missing(hashes)),
    putBlocks: (blocks) => again(() => engine.putBlocks(blocks)),
    advance: (generation, envelope) => again(() => engine.advance(generation, envelope)),
    settle: () => again(() => engine.settle()),
    getBlock: (hash) => again(() => engine.getBlock(hash)),
    getManifest: (generation) => again(() => engine.getManifest(generation)),
    head: () => again(() => engine.head()),
    remove: (generation, hashes) => again(() => engine.remove(generation, hashes)),
    report: (report) => engine.report(report),
    reports: () => again(() => engine.reports()),
    waitForHead: (seen, signal) => engine.waitForHead(seen, signal),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}
