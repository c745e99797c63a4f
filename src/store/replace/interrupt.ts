/**
 * A signal that ends the process -> what its writers have beside their maps is removed first. Node listens to signals
 * between two steps only: one that comes while a map is written ends the process when it is written. Where the
 * application listens to a signal itself, what follows from it is the application's.
 */
export interface Abandonable {
  /** Removes what is beside the map. */
  abandon(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** All that this process is at. */
const underWay = new Set<Abandonable>();

/** Does `work`, which waits for nothing that blocks the process: no signal would be noticed until then. */
export async function abandonedOnSignal<T>(what: Abandonable, work: () => Promise<T>): Promise<T> {
  if (underWay.size === 0) for (const signal of SIGNALS) process.on(signal, end);
  underWay.add(what);
  try {
    return await work();
  } finally {
    underWay.delete(what);
    if (underWay.size === 0) stopListening();
  }
}

function end(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  for (const what of underWay) what.abandon();
  stopListening();
  process.kill(process.pid, signal);
}

function stopListening(): void {
  for (const signal of SIGNALS) process.off(signal, end);
}
