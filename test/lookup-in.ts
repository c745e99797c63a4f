/** A Lookup over a plain Map: what the rules are tested with. */
import { type Lookup, NOT_FOUND } from '../src/core/lookup.ts';

export function lookupIn(entries: ReadonlyMap<string, string>): Lookup {
  return (key) => {
    const value = entries.get(key);
    return value === undefined ? NOT_FOUND : { status: 'found', value };
  };
}
