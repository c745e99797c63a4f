/** The time for which processes had to wait for a processor, or were busy with other things: no answer is late because of it. */
import { readFileSync } from 'node:fs';

const TICK_MS = 10;

/** Starts to watch, for as long as the process runs. Returns the milliseconds so far. */
export function watchLag(): () => number {
  let lagged = 0;
  let ticked = performance.now();
  const late = (): number => Math.max(performance.now() - ticked - TICK_MS, 0);
  setInterval(() => {
    lagged += late();
    ticked = performance.now();
  }, TICK_MS).unref();
  return () => lagged + late();
}

/** Milliseconds for which the main threads of other processes have waited for a processor (proc(5), schedstat). */
export function waitedOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + Number(schedulingOf(pid).split(' ')[1] ?? 0) / 1e6, 0);
}

/** Empty: the process has ended, or the system does not count. */
function schedulingOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/schedstat`, 'latin1');
  } catch {
    return '';
  }
}
