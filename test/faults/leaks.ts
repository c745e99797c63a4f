/**
 * Thousands of actions that succeed, fail, or are given up half-way. Afterwards no more descriptors, mapped files and bytes of
 * memory are in use than before.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Family, Round } from './fault.ts';
import { type Action, makeActions } from './leak-actions.ts';
import { withDirectory } from './map-images.ts';

const SHORT = 60;
const LONG = 3000;
/** Memory that caches and the compiler may keep for an action in all, and that each run of it may leave. */
const BYTES = 1 << 20;

export const leaks: Family = {
  name: 'leaks',
  promise: 'what succeeds, fails or is cut half-way leaves no descriptor, mapped file or memory in use',
  lacks: () => (process.platform === 'linux' ? undefined : '/proc'),
  run: (round) =>
    withDirectory(async (directory) => {
      await using actions = await makeActions(directory);
      for (const action of actions.all) await repeat(round, action, directory);
      round.figure(`${actions.all.length} actions, each ${round.long ? LONG : SHORT} times`);
    }),
};

/** Code of a MapError that is thrown, the message of another error, or nothing. */
async function outcome(action: Action): Promise<string | undefined> {
  try {
    await action.run();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return undefined;
}

async function repeat(round: Round, action: Action, directory: string): Promise<void> {
  const times = Math.ceil((round.long ? LONG : SHORT) / (action.slow ? 10 : 1));
  for (let i = 0; i < times; i++) await outcome(action);
  const before = await inUse(directory);
  const wrong: unknown[] = [];
  for (let i = 0; i < times; i++) {
    const end = await outcome(action);
    if (end !== action.fails) wrong.push(end);
  }
  const after = await inUse(directory);
  const kept = after.bytes - before.bytes;
  const leaked = after.descriptors !== before.descriptors || after.mapped !== before.mapped || kept > BYTES;
  if (wrong.length === 0 && !leaked) round.held(times);
  else round.broke({ tried: { action: action.name, times }, got: { before, after, wrong: wrong.slice(0, 3) } });
}

const MOST_LOOKS = 500;

interface InUse {
  readonly descriptors: number;
  /** Files of the directory that are mapped. */
  readonly mapped: number;
  readonly bytes: number;
}

async function inUse(directory: string): Promise<InUse> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // sockets and file handles close in a later turn
  let descriptors = -1;
  for (let same = 0, looks = 0; same < 3 && looks < MOST_LOOKS; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collect();
    const now = readdirSync('/proc/self/fd').length;
    same = now === descriptors ? same + 1 : 0;
    descriptors = now;
  }
  const { heapUsed, external } = process.memoryUsage();
  return {
    descriptors,
    mapped: readFileSync('/proc/self/maps', 'latin1').split(directory).length - 1,
    bytes: heapUsed + external,
  };
}
