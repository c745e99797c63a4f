/** The time for which this process had to wait for a processor, or was busy with other things: no answer is late because of it. */

const TICK_MS = 10;

/** Starts to watch, for as long as the process runs. Returns the milliseconds so far. */
export function watchLag(): () => number {
  let lagged = 0;
  let ticked = performance.now();
  setInterval(() => {
    const now = performance.now();
    lagged += Math.max(now - ticked - TICK_MS, 0);
    ticked = now;
  }, TICK_MS).unref();
  return () => lagged;
}
