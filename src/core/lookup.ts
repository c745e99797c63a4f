/**
 * The three answers of a lookup: found, not found, cannot tell. A failure is never "not found".
 */
import type { MapError } from './errors.ts';

/** The three answers of a lookup: found, not found, cannot tell. */
export type LookupResult =
  | {
      readonly status: 'found';
      readonly value: string;
      /** The value as the map holds it, if `value` was made from it. */
      readonly entry?: string;
    }
  | {
      readonly status: 'notFound';
      /** False: the answer depends on DNS, which was not asked. */
      readonly asked?: false;
    }
  | { readonly status: 'tempFail'; readonly error: MapError };

/**
 * Looks up one key in one map. Rules in `access/` and `alias/` use functions of this type with byte strings; at the
 * public face they use text.
 */
export type Lookup = (key: string) => LookupResult;

/**
 * A map with all that its K line says: folding, defaults, text appended to values.
 *
 * @param args the further arguments of a rule, for `%1` to `%9` of a value; `%0` is the key
 */
export type Table = (key: string, ...args: readonly string[]) => LookupResult;

export const NOT_FOUND: LookupResult = { status: 'notFound' };
