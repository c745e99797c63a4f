/** Seconds from opening a configuration directory to its first answer, and to the first one after a map was replaced. */
import { copyFileSync, renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openMailMaps } from '../../../src/config/mailmaps.ts';
import { medianProcessor, medianSeconds, type Sample } from '../sample.ts';

/** Decisions before the map is replaced: by then its table of keys is complete. */
const DECISIONS = 30_000;
const RELOADS = 5;
/** Longer than an answer about "was it replaced?" may be old. */
const PAUSE_MS = 300;

export interface Opening {
  readonly first: Sample;
  readonly reload: Sample;
}

interface Moment {
  readonly wall: number;
  readonly processor: number;
}

const now = (): Moment => {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now() / 1000, processor: (user + system) / 1e6 };
};
const since = (began: Moment): Sample => {
  const { wall, processor } = now();
  return { seconds: wall - began.wall, cpuSeconds: processor - began.processor };
};

export async function measureOpening({ directory }: { readonly directory: string }): Promise<Opening> {
  const began = now();
  const maps = openMailMaps({ directory, hostName: 'mail.oracle.test' });
  const client = { address: '198.51.100.7', name: 'mx.stranger.example' };
  const ask = (i: number): unknown => maps.checkRcpt(`user${i}@here.example`, { sender: `a@host${i}.example`, client });
  ask(0);
  const first = since(began);
  for (let i = 0; i < DECISIONS; i++) ask(i);
  const reloads: Sample[] = [];
  for (let i = 0; i < RELOADS; i++) {
    copyFileSync(`${directory}/access.lmdb`, `${directory}/access.new`);
    renameSync(`${directory}/access.new`, `${directory}/access.lmdb`);
    await sleep(PAUSE_MS);
    const asked = now();
    ask(i);
    reloads.push(since(asked));
  }
  maps.close();
  return { first, reload: { seconds: medianSeconds(reloads), cpuSeconds: medianProcessor(reloads) } };
}
