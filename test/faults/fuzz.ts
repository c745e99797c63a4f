/**
 * One property over many made-up inputs, counted into a round. fast-check shrinks an input that breaks it, and it is reported with
 * all that is needed to try it again.
 */
import fc from 'fast-check';
import type { Round } from './fault.ts';
import { watchLag } from './lag.ts';

/** Most milliseconds for one input. A slow input is tried twice. */
const LONGEST_MS = 1000;
/** Of waiting, for an input that may wait. */
const LONGEST_WAIT_MS = 10_000;

/**
 * @param kept inputs that are tried first
 * @param holds throws when the promise does not hold for this input
 */
export function fuzz<T>(
  round: Round,
  name: string,
  input: fc.Arbitrary<T>,
  runs: number,
  holds: (input: T) => void,
  kept: readonly T[] = [],
): void {
  check(round, name, input, runs, (value) => inTime(() => holds(value)), kept);
}

function check<T>(
  round: Round,
  name: string,
  input: fc.Arbitrary<T>,
  runs: number,
  holds: (input: T) => void,
  kept: readonly T[],
): void {
  tell(round, name, fc.check(fc.property(input, holds), parameters(round, runs, kept)) as fc.RunDetails<[T]>);
}

/** The places at which neighbouring texts differ, as fractions of the length. */
const PLACES = Array.from({ length: 8 }, (_, i) => i / 8);
const TELLING = ['\0', '"', '\n', '\\', '\x80', ' '];

/** Texts near one: twice of it, what is left when the input ends early or begins late, and with a byte that often matters. */
function* neighbours(text: string): Generator<string> {
  yield text;
  yield text + text;
  for (const place of PLACES) {
    const at = Math.floor(text.length * place);
    yield text.slice(0, at);
    for (const byte of TELLING) yield text.slice(0, at) + byte + text.slice(at + 1);
  }
}

/** The same for texts, each with its neighbours: making a text costs more than parsing it. */
export function fuzzText(
  round: Round,
  name: string,
  input: fc.Arbitrary<string>,
  runs: number,
  holds: (input: string) => void,
  kept: readonly string[] = [],
): void {
  let tried = 0;
  const all = (text: string): void => {
    for (const near of neighbours(text)) {
      tried++;
      inTime(() => holds(near));
    }
  };
  const counting: Round = { ...round, held: () => {} };
  check(counting, name, input, runs, all, kept);
  round.held(tried);
}

/** The same for asynchronous properties. */
export async function fuzzAsync<T>(
  round: Round,
  name: string,
  input: fc.Arbitrary<T>,
  runs: number,
  holds: (input: T) => Promise<void>,
  kept: readonly T[] = [],
): Promise<void> {
  const isSlow = async (value: T): Promise<boolean> => {
    const { computed, waited } = await spending(() => holds(value));
    return computed > LONGEST_MS || waited > LONGEST_WAIT_MS;
  };
  const timed = async (value: T): Promise<void> => {
    if ((await isSlow(value)) && (await isSlow(value))) throw new Error(`over ${LONGEST_MS} ms`);
  };
  const property = fc.asyncProperty(input, timed);
  tell(round, name, (await fc.check(property, parameters(round, runs, kept))) as fc.RunDetails<[T]>);
}

function parameters<T>({ seed }: Round, numRuns: number, kept: readonly T[]): fc.Parameters<[T]> {
  return { seed, numRuns, examples: kept.map((each): [T] => [each]) };
}

function tell<T>(round: Round, name: string, details: fc.RunDetails<[T]>): void {
  round.held(details.failed ? details.numRuns - 1 : details.numRuns);
  if (!details.failed) return;
  const { errorInstance, counterexample, counterexamplePath } = details;
  const got = errorInstance instanceof Error ? errorInstance.stack?.split('\n').slice(0, 6).join('\n') : errorInstance;
  round.broke({ tried: { name, input: fc.stringify(counterexample), path: counterexamplePath }, got });
}

function inTime(action: () => void): void {
  if (took(action) > LONGEST_MS && took(action) > LONGEST_MS) throw new Error(`over ${LONGEST_MS} ms`);
}

/** Milliseconds of computing: on a busy machine the clock says nothing about an input that waits for nobody. */
function took(action: () => void): number {
  const began = process.cpuUsage();
  action();
  return computedSince(began);
}

/** Milliseconds of computing, also of the collection of garbage. */
export async function computing(action: () => unknown): Promise<number> {
  const began = process.cpuUsage();
  await action();
  return computedSince(began);
}

function computedSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

/** Milliseconds of an action. The clock says more: also how long the processors were somebody else's. */
export interface Spent {
  readonly computed: number;
  /** For anything but a processor. */
  readonly waited: number;
}

const lagged = watchLag();

export async function spending(action: () => unknown): Promise<Spent> {
  const [began, lag] = [performance.now(), lagged()];
  const computed = await computing(action);
  return { computed, waited: Math.max(performance.now() - began - (lagged() - lag), 0) };
}

/** Numbers that the seed decides. */
export function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
