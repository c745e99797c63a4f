/**
 * Calls a listener about something that happened while a question was answered. An error of the listener does not change the
 * answer: it is thrown again outside, where the process handles uncaught errors.
 */
export function notify<T>(listener: (what: T) => void, what: T): void {
  try {
    listener(what);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
