/** What a map answers under the flags of its K line, as sendmail's `/map` shows it. */
import { describe, expect, it } from 'vitest';
import { withFlags } from '../../src/map/flags.ts';
import type { MapFlags } from '../../src/source/cf/map-spec.ts';
import { lookupIn } from '../lookup-in.ts';

describe('flags of a K line', () => {
  const asked: readonly (readonly [flags: MapFlags, key: string, value: string | undefined])[] = [
    [{}, 'key', 'one two'],
    [{ matchOnly: true }, 'key', 'key'],
    [{ suffix: 'Z' }, 'key', 'one twoZ'],
    [{ matchOnly: true, suffix: 'Q' }, 'key', 'keyQ'],
    [{ suffix: 'Z' }, 'nobody', undefined],
    [{ onlyWithNul: true }, 'key', undefined],
    [{ onlyWithNul: true }, 'nul', 'value'],
    [{ onlyWithoutNul: true }, 'key', 'one two'],
    [{ onlyWithoutNul: true }, 'nul', undefined],
    [{ onlyWithNul: true, onlyWithoutNul: true }, 'key', undefined],
  ];
  it.each(asked)('%j: %s is %s', (flags, key, value) => {
    const entries = { key: 'one two', nul: 'value', 'nul\0': 'value\0' };
    const result = withFlags(lookupIn(new Map(Object.entries(entries))), flags)(key);
    expect(result.status === 'found' ? result.value : undefined).toBe(value);
  });
});
