/**
 * A map and the flags of its K line -> its Table: the function that rules call.
 *
 * Flags: `-f` keys are looked up unchanged; `-N` and `-O` find only keys with or without a final NUL; `-m` gives the key
 * itself; `-a` appends a text to the result. `-T` is handled by the rules, which get "cannot tell" in any case; `-o` and `-t`
 * by the code that opens the map. `-D` has no effect.
 *
 * For rules, `%1` to `%9` in a value are replaced by the arguments (a missing one by nothing), `%0` by the key, `%%` by a
 * percent sign. Aliases are not changed.
 *
 * Errors: none; a failure is the answer `tempFail`. Source: sendmail's "Installation and Operation Guide", section 5.8, and the
 * behaviour of sendmail 8.17 (map_rewrite).
 */
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { type Lookup, type LookupResult, NOT_FOUND, type Table } from '../core/lookup.ts';
import type { MapFlags } from '../source/cf/map-spec.ts';
import type { MapFile } from '../store/map-file.ts';

/** How a map is used. */
export interface TableUse {
  /** The flags of the K line. */
  readonly flags?: MapFlags;
  /** The map is used by rules: arguments are filled in. */
  readonly fills: boolean;
}

/**
 * The lookups of a map file. Folds keys, unless the file records that its keys are not folded.
 *
 * @param keepCase `-f`: keys are looked up unchanged
 */
export function lookupOf(file: Pick<MapFile, 'get' | 'mark'>, keepCase = false): Lookup {
  const fold = !keepCase && file.mark.keys !== 'asWritten';
  return (key) => {
    try {
      const value = file.get(key, fold);
      return value === undefined ? NOT_FOUND : { status: 'found', value };
    } catch (error) {
      return tempFail(error);
    }
  };
}

/** @throws every error that is not a MapError */
export function tempFail(error: unknown): LookupResult {
  if (error instanceof MapError) return { status: 'tempFail', error };
  throw error;
}

export function tableOf(lookup: Lookup, { flags = {}, fills }: TableUse): Table {
  const { matchOnly = false, suffix = '', onlyWithNul = false, onlyWithoutNul = false } = flags;
  const find = withForms(lookup, onlyWithNul, onlyWithoutNul);
  if (!matchOnly && suffix === '') return fills ? filling(find) : find;
  const made: Lookup = (key) => {
    const result = find(key);
    return result.status === 'found' ? { ...result, value: matchOnly ? key : result.value } : result;
  };
  // With `-m` the result is the key, not a value of the map; the suffix of `-a` is not part of the value.
  const filled = fills && !matchOnly ? filling(made) : made;
  return (key, ...args) => {
    const result = filled(key, ...args);
    return result.status === 'found' ? { ...result, value: result.value + suffix } : result;
  };
}

function filling(lookup: Lookup): Table {
  return (key, ...args) => {
    const result = lookup(key);
    if (result.status !== 'found' || !result.value.includes('%')) return result;
    return { status: 'found', value: filledIn(result.value, [key, ...args]), entry: result.value };
  };
}

function filledIn(value: ByteString, given: readonly ByteString[]): ByteString {
  return value.replace(/%([%\d])/g, (_, what: string) => (what === '%' ? '%' : (given[Number(what)] ?? '')));
}

function withForms(lookup: Lookup, onlyWithNul: boolean, onlyWithoutNul: boolean): Lookup {
  if (onlyWithNul && onlyWithoutNul) return () => NOT_FOUND;
  if (onlyWithNul) return findWithNul(lookup);
  return onlyWithoutNul ? findWithoutNul(lookup) : lookup;
}

/** A map answers for both forms of a key; asked for the form with a NUL, it answers for that form only. */
function findWithNul(lookup: Lookup): Lookup {
  return (key) => {
    const result = lookup(`${key}\0`);
    return result.status === 'found' ? { ...result, value: result.value.replace(/\0$/, '') } : result;
  };
}

function findWithoutNul(lookup: Lookup): Lookup {
  const withNul = findWithNul(lookup);
  return (key) => {
    const result = lookup(key);
    return isSame(result, withNul(key)) ? NOT_FOUND : result;
  };
}

function isSame(one: LookupResult, other: LookupResult): boolean {
  return one.status === 'found' && other.status === 'found' && one.value === other.value;
}
