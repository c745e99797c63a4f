/**
 * Tells a listener of something that happened while a question was answered. What it throws spoils no answer: it is thrown
 * again outside, where the process handles uncaught errors.
 */
export function tell<T>(listener: (what: T) => void, what: T): void {
  try {
    listener(what);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
