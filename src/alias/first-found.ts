/** A key and maps in lookup order -> the answer of the first map that has it; a map that fails matters only if no other has the key. */
import type { Lookup } from '../core/lookup.ts';

/** `map` counts from 0. */
type Found = { status: 'found'; value: string; map: number } | { status: 'notFound' | 'tempFail' };

export function firstFound(maps: readonly Lookup[], key: string): Found {
  let status: 'notFound' | 'tempFail' = 'notFound';
  for (let map = 0; map < maps.length; map++) {
    const result = maps[map]!(key);
    if (result.status === 'found') return { status: 'found', value: result.value, map };
    if (result.status === 'tempFail') status = 'tempFail';
  }
  return { status };
}
