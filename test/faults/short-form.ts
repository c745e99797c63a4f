/**
 * The short form of families of faults, a test each. Its seed is fixed, so that a failure is about the change at hand;
 * `npm run faults` takes fresh ones.
 */
import { describe, expect, it } from 'vitest';
import { type Family, runFamily } from './fault.ts';

const SEED = 8171;

export function holdThroughFaults(families: readonly Family[]): void {
  describe('through injected faults', () => {
    for (const family of families) {
      const lacking = family.lacks?.();
      const left = lacking === undefined ? '' : ` (left out: ${lacking})`;
      it.runIf(lacking === undefined)(`${family.name}: ${family.promise}${left}`, async () => {
        const { faults, broken } = await runFamily(family, SEED, false);
        expect(broken.slice(0, 3)).toEqual([]);
        expect(faults).toBeGreaterThan(0);
      });
    }
  });
}
