/** The answers of a map under the flags of its K line, as sendmail's `/map` shows them. */
import { describe, expect, it } from 'vitest';
import { tableOf } from '../../src/map/table.ts';
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
    const result = tableOf(lookupIn(new Map(Object.entries(entries))), { flags, fills: false })(key);
    expect(result.status === 'found' ? result.value : undefined).toBe(value);
  });
});

describe('arguments in what is found', () => {
  const asked: readonly (readonly [value: string, flags: MapFlags, args: readonly string[], found: string])[] = [
    ['%0 said no', {}, [], 'key said no'],
    ['%1@%2.example', {}, ['joe', 'far'], 'joe@far.example'],
    ['%9%3.', {}, ['a', 'b'], '.'],
    ['100%% %x %', {}, [], '100% %x %'],
    ['%1', { suffix: '%1' }, ['a'], 'a%1'],
    ['%1', { matchOnly: true }, ['a'], 'key'],
  ];
  it.each(asked)('%s with %j and %j: %s', (value, flags, args, found) => {
    const lookup = lookupIn(new Map([['key', value]]));
    expect(tableOf(lookup, { flags, fills: true })('key', ...args)).toMatchObject({ status: 'found', value: found });
    const kept = flags.matchOnly ? 'key' : value + (flags.suffix ?? '');
    expect(tableOf(lookup, { flags, fills: false })('key', ...args)).toMatchObject({ value: kept });
  });

  it('do not hide what the map holds', () => {
    const lookup = lookupIn(new Map([['key', 'no %0']]));
    expect(tableOf(lookup, { fills: true })('key')).toEqual({ status: 'found', value: 'no key', entry: 'no %0' });
  });
});
