/**
 * Random choices that can be repeated: the same seed gives the same choices, on every machine.
 */

export interface Random {
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** One of the items; the list must not be empty. */
  pick<T>(items: readonly T[]): T;
  /** One of the values, with the likelihood of its weight. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T;
  /** `count` different items of the list, in random order; all of them when it has fewer. */
  sample<T>(items: readonly T[], count: number): T[];
  /** A list of `length` results of `make`. */
  list<T>(length: number, make: (index: number) => T): T[];
}

/** Numbers from 0 to 1 by the mulberry32 generator: 32 bits of state, which is plenty for tests. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Spreads seed and case number over 32 bits, so that neighbouring cases have nothing in common. */
const mixed = (seed: number, index: number): number =>
  Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b);

/**
 * @param seed of the whole run
 * @param index of the case within it, so that one case can be repeated alone
 */
export function random(seed: number, index = 0): Random {
  const next = mulberry32(mixed(seed, index));
  const below = (n: number): number => Math.floor(next() * n);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  return {
    int: (low, high) => low + below(high - low + 1),
    chance: (probability) => next() < probability,
    pick,
    weighted: (choices) => {
      let left = next() * choices.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of choices) {
        left -= weight;
        if (left < 0) return value;
      }
      return choices.at(-1)![1];
    },
    sample: (items, count) => {
      const rest = [...items];
      return Array.from({ length: Math.min(count, rest.length) }, () => rest.splice(below(rest.length), 1)[0]!);
    },
    list: (length, make) => Array.from({ length }, (_, i) => make(i)),
  };
}
