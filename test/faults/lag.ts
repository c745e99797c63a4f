/** The time for which this process had to wait for a processor, or was busy with other things: no answer is late because of it. */

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
