/**
 * A map, and what its K line says -> its Table: what a rule that names the map gets.
 *
 * `-f` keys are asked as they are, `-N` and `-O` find only keys with or without a final NUL, `-m` finds the key, `-a` puts
 * a text behind what is found. Rules give arguments with the key: in what is found `%1` to `%9` stand for them, `%0` for
 * the key, `%%` for a percent sign, and an argument that is not given for nothing; aliases have none of that. `-T` is a
 * matter of the rules, which get "cannot tell" in any case; `-o` and `-t` of whoever opens the map; `-D` changes nothing.
 *
 * Errors: none; what cannot be told is `tempFail`.
 * Source: sendmail's "Installation and Operation Guide", section 5.8, and the behaviour of sendmail 8.17 (map_rewrite).
 */
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { type Lookup, type LookupResult, NOT_FOUND, type Table } from '../core/lookup.ts';
import type { MapFlags } from '../source/cf/map-spec.ts';
import type { MapFile } from '../store/map-file.ts';

/** What stands between a map and whoever asks it. */
export interface TableUse {
  /** Of the K line. */
  readonly flags?: MapFlags;
  /** Rules ask: arguments are filled in. */
  readonly fills: boolean;
}

/**
 * The lookups of a map file; keys are folded where the file does not say that they are as written.
 *
 * @param keepCase `-f`: keys are asked as they are
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

/** @throws what is no MapError */
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
  // what is matched is no value of the map, and the suffix no part of one
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

/** A map answers for both forms of a key, but for the longer one alone when it is asked for that. */
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
