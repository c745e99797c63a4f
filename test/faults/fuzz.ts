/**
 * One property over many made-up inputs, counted into a round. What breaks it is shrunk by fast-check and reported with
 * all that is needed to try it again.
 */
import fc from 'fast-check';
import type { Round } from './fault.ts';

/** No input may keep us longer; tried twice before it is believed, since the machine may be busy. */
const LONGEST_MS = 1000;

/** @param holds throws when the promise does not hold for this input */
export function fuzz<T>(
  round: Round,
  name: string,
  input: fc.Arbitrary<T>,
  runs: number,
  holds: (input: T) => void,
): void {
  const timed = (value: T): void => {
    if (took(() => holds(value)) > LONGEST_MS && took(() => holds(value)) > LONGEST_MS)
      throw new Error(`over ${LONGEST_MS} ms`);
  };
  const details = fc.check(fc.property(input, timed), { seed: round.seed, numRuns: runs });
  if (!details.failed) {
    round.held(details.numRuns);
    return;
  }
  round.held(details.numRuns - 1);
  const { errorInstance, counterexample, counterexamplePath } = details;
  const got = errorInstance instanceof Error ? errorInstance.stack?.split('\n').slice(0, 6).join('\n') : errorInstance;
  round.broke({ tried: { name, input: fc.stringify(counterexample), path: counterexamplePath }, got });
}

function took(action: () => void): number {
  const began = performance.now();
  action();
  return performance.now() - began;
}
