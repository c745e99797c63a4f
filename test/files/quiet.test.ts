/** Which texts are complete, and which their writers still write. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isBeingWritten, isComplete } from '../../src/files/quiet.ts';

const CUT = 'x'.repeat(4096);

describe('a text', () => {
  afterEach(() => void vi.useRealTimers());

  it.each<[what: string, text: string, quiet: number, wasSeen: boolean, complete: boolean]>([
    ['of whole lines, seen once', 'a\n', 0, false, false],
    ['of whole lines, seen twice', 'a\n', 0, true, true],
    ['of whole lines, not written since the look before', 'a\n', 250, false, true],
    ['of half a line', 'a', 999, true, false],
    ['of half a line, a second old', 'a', 1000, false, true],
    ['of nothing', '', 999, true, false],
    ['of nothing, a second old', '', 1000, false, true],
    ['cut where a buffer ends', CUT, 4999, true, false],
    ['cut where a buffer ends, long ago', CUT, 5000, false, true],
  ])('%s', (_what, text, quiet, wasSeen, complete) => {
    expect(isComplete(text, quiet, wasSeen)).toBe(complete);
  });

  it('whose time is that of another clock is as complete as it can be reported', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    expect(isBeingWritten('a', Date.now() + 3_600_000)).toBe(false);
    expect(isBeingWritten('a', Date.now())).toBe(true);
    expect(isBeingWritten('a\n', Date.now())).toBe(false);
  });
});
