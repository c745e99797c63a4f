/**
 * The three answers of a lookup: found, not found, cannot tell. A failure is never "not found".
 */
import type { MapError } from './errors.ts';

export type LookupResult =
  | {
      readonly status: 'found';
      readonly value: string;
      /** What the map holds, where the value is made of it. */
      readonly entry?: string;
    }
  | { readonly status: 'notFound' }
  | { readonly status: 'tempFail'; readonly error: MapError };

/**
 * Asks one map for one key. Rules in `access/` and `alias/` are written over functions of this type, given and
 * answered in byte strings; those of the public face take and give text.
 */
export type Lookup = (key: string) => LookupResult;

/**
 * A map with everything that its K line says: folding, defaults, what is put behind values. `args` are what a rule gives
 * with the key, for `%1` to `%9` of a value; `%0` is the key.
 */
export type Table = (key: string, ...args: readonly string[]) => LookupResult;

export const NOT_FOUND: LookupResult = { status: 'notFound' };
