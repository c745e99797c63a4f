/**
 * The short form of the random comparisons with the real programs. Its seed is fixed, so that a failure is about the
 * change at hand; `npm run conformance` takes fresh ones.
 *
 * @module-tag slow
 */
import { describe, expect, it } from 'vitest';
import { openOracle, oracleAvailable } from '../oracle/client.ts';
import type { Difference } from './comparison.ts';
import { COMPARISONS } from './comparisons.ts';
import { random } from './random.ts';

describe('random', () => {
  it('makes the same choices for the same seed and others for another', () => {
    const choices = (seed: number, index: number): number[] => {
      const r = random(seed, index);
      return r.list(20, () => r.int(0, 99));
    };
    expect(choices(1, 2)).toEqual(choices(1, 2));
    expect(choices(1, 2)).not.toEqual(choices(2, 1));
    expect(choices(1, 2)).not.toEqual(choices(1, 3));
  });
  it('stays within its bounds and reaches them', () => {
    const r = random(7);
    const drawn = new Set(r.list(500, () => r.int(3, 6)));
    expect([...drawn].sort()).toEqual([3, 4, 5, 6]);
  });
  it('samples each item once', () => {
    expect(random(7).sample(['a', 'b', 'c'], 5).sort()).toEqual(['a', 'b', 'c']);
  });
  it('weighs', () => {
    const r = random(7);
    const drawn = r.list(500, () =>
      r.weighted([
        [9, 'often'],
        [1, 'seldom'],
        [0, 'never'],
      ]),
    );
    expect(drawn.filter((x) => x === 'often').length).toBeGreaterThan(400);
    expect(drawn).not.toContain('never');
  });
});

const SEED = 8171;

describe.runIf(oracleAvailable && COMPARISONS.length > 0)('random comparisons with the real programs', () => {
  it.each(COMPARISONS)(`$name, $shortCases cases, seed ${SEED}`, async (comparison) => {
    const differences: Difference[] = [];
    let compared = 0;
    const oracle = await openOracle();
    try {
      await comparison.run(oracle, SEED, comparison.shortCases, {
        compared(difference) {
          compared++;
          if (difference) differences.push(difference);
        },
      });
    } finally {
      await oracle.close();
    }
    expect(differences.slice(0, 3)).toEqual([]);
    // inputs that one of the ways to ask cannot carry are no cases of it
    expect(compared).toBeGreaterThan(comparison.shortCases / 2);
  });
});
