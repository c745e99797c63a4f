/**
 * A signal of the caller -> the end of a long piece of work, with the reason of the signal as the error.
 *
 * Only other work of the process can abort the signal. So a long piece of work pauses between two steps if it has a signal, and
 * never without one.
 */

/** An option of functions that wait. */
export interface Abortable {
  /** Ends the wait: the promise is rejected with the reason of the signal. */
  readonly signal?: AbortSignal;
}

/** The result of some work. @throws the reason of the signal if it is aborted before; the work goes on unseen */
export async function unlessAborted<T>(work: () => Promise<T>, { signal }: Abortable): Promise<T> {
  if (signal === undefined) return work();
  signal.throwIfAborted();
  const { promise, end } = abortion(signal);
  try {
    return await Promise.race([work(), promise]);
  } finally {
    end();
  }
}

/** Lets other work of the process run, if there is a signal. @throws the reason of an aborted signal */
export async function pauseFor(signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return;
  await nextTurn();
  signal.throwIfAborted();
}

type Source<T> = Iterable<T> | AsyncIterable<T>;

/**
 * The items of a source, until the signal is aborted. A wait for the next item ends at once, and the source is closed.
 *
 * @throws the reason of the signal
 */
export function abortable<T>(source: Source<T>, signal: AbortSignal | undefined): Source<T> {
  return signal === undefined ? source : until(signal, source);
}

async function* until<T>(signal: AbortSignal, source: Source<T>): AsyncGenerator<T> {
  const items = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const { promise, end } = abortion(signal);
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await Promise.race([items.next(), promise]);
      if (next.done) return;
      yield next.value;
      await nextTurn();
    }
  } finally {
    end();
    // a source that waits for its own input may never answer
    void Promise.resolve(items.return?.()).catch(() => undefined);
  }
}

/** Other work of the process has run. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Abortion {
  /** Rejects when the signal is aborted. */
  readonly promise: Promise<never>;
  /** Removes the listener: a signal may outlive many waits. */
  readonly end: () => void;
}

function abortion(signal: AbortSignal): Abortion {
  let listener = (): void => undefined;
  const promise = new Promise<never>((_, reject) => {
    listener = () => reject(signal.reason);
    signal.addEventListener('abort', listener);
  });
  promise.catch(() => undefined);
  return { promise, end: () => signal.removeEventListener('abort', listener) };
}
