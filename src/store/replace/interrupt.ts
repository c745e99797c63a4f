/**
 * SIGINT, SIGTERM or SIGHUP -> the temporary and lock files of running writers are removed, then the signal is raised
 * again. If the application has its own handler for the signal, nothing happens here.
 *
 * Limits: Node handles signals only between two steps. A signal during the writing of a map takes effect when the map
 * is written.
 */
export interface Abandonable {
  /** Removes the temporary and lock files. */
  abandon(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** All running writers of this process. */
const underWay = new Set<Abandonable>();

/** Runs `work`. Nothing in it may block the process: until then, a signal has no effect. */
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
