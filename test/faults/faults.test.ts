/**
 * The short form of every family of faults. Its seed is fixed, so that a failure is about the change at hand;
 * `npm run faults` takes fresh ones.
 *
 * @module-tag slow
 */
import { describe, expect, it } from 'vitest';
import { FAMILIES } from './families.ts';
import { runFamily } from './fault.ts';

const SEED = 8171;

describe('through injected faults', () => {
  for (const family of FAMILIES) {
    const lacking = family.lacks?.();
    const left = lacking === undefined ? '' : ` (left out: ${lacking})`;
    it.runIf(lacking === undefined)(`${family.name}: ${family.promise}${left}`, async () => {
      const { faults, broken } = await runFamily(family, SEED, false);
      expect(broken.slice(0, 3)).toEqual([]);
      expect(faults).toBeGreaterThan(0);
    });
  }
});
