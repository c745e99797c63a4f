/**
 * Chunks and a signal -> the same chunks, until the signal is aborted. A wait for the next chunk ends at once, and the source
 * is closed. Errors: the reason of the signal.
 */
export type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export function abortable(source: Chunks, signal: AbortSignal | undefined): Chunks {
  return signal === undefined ? source : until(signal, source);
}

async function* until(signal: AbortSignal, source: Chunks): AsyncGenerator<Uint8Array> {
  const chunks = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const { promise, end } = abortion(signal);
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await Promise.race([chunks.next(), promise]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    end();
    // a source that waits for its own input may never answer
    void Promise.resolve(chunks.return?.()).catch(() => undefined);
  }
}

/** Rejects when the signal is aborted; `end` removes the listener. */
function abortion(signal: AbortSignal): { readonly promise: Promise<never>; readonly end: () => void } {
  let listener = (): void => undefined;
  const promise = new Promise<never>((_, reject) => {
    listener = () => reject(signal.reason);
    signal.addEventListener('abort', listener);
  });
  promise.catch(() => undefined);
  return { promise, end: () => signal.removeEventListener('abort', listener) };
}
