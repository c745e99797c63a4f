/**
 * A mail server's steady load: a number of decisions a second, each due at its own moment, while the access map is replaced
 * every half minute. The time of a decision counts from the moment when it was due, so a slow one also delays those after it.
 */
import { copyFileSync, readFileSync, renameSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openMailMaps } from '../../../src/config/mailmaps.ts';

interface Arguments {
  readonly directory: string;
  readonly questions: string;
  readonly seconds: number;
  readonly perSecond: number;
}

const REPLACE_MS = 30_000;
const MEMORY_MS = 1_000;
const BUCKET_MS = 0.01;
const BUCKETS = 100_000;

export interface SteadyResult {
  readonly decisions: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  /** Resident megabytes, each second. */
  readonly memory: readonly number[];
  readonly replaced: number;
}

export async function measureSteady({ directory, questions, seconds, perSecond }: Arguments): Promise<SteadyResult> {
  const maps = openMailMaps({ directory, hostName: 'mail.oracle.test' });
  const asked = readFileSync(questions, 'utf8')
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => {
      const { session, recipients } = JSON.parse(line);
      return (recipients as string[]).map((recipient) => ({ session, recipient }));
    });
  let replaced = 0;
  maps.on('reload', () => replaced++);
  const times = new Uint32Array(BUCKETS);
  const memory: number[] = [];
  let worst = 0;
  let decisions = 0;
  const began = performance.now();
  for (
    let now = began, replaceAt = began + REPLACE_MS, memoryAt = began;
    now - began < seconds * 1000;
    now = performance.now()
  ) {
    for (let due = began + (decisions * 1000) / perSecond; due <= now; due = began + (decisions * 1000) / perSecond) {
      const { recipient, session } = asked[decisions % asked.length]!;
      maps.checkRcpt(recipient, session);
      const took = performance.now() - due;
      worst = Math.max(worst, took);
      times[Math.min(BUCKETS - 1, Math.floor(took / BUCKET_MS))]!++;
      decisions++;
    }
    if (now >= replaceAt) {
      copyFileSync(`${directory}/access.lmdb`, `${directory}/access.new`);
      renameSync(`${directory}/access.new`, `${directory}/access.lmdb`);
      replaceAt += REPLACE_MS;
    }
    if (now >= memoryAt) {
      memory.push(process.memoryUsage.rss() / 2 ** 20);
      memoryAt += MEMORY_MS;
    }
    await nextTurn();
  }
  maps.close();
  return {
    decisions,
    p50: quantile(times, decisions, 0.5),
    p99: quantile(times, decisions, 0.99),
    worst,
    memory,
    replaced,
  };
}

/** Milliseconds within which this part of the decisions was made. */
function quantile(times: Uint32Array, count: number, part: number): number {
  let left = count * part;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    left -= times[bucket]!;
    if (left <= 0) return (bucket + 1) * BUCKET_MS;
  }
  return Number.POSITIVE_INFINITY;
}
