/**
 * The flags of a K line (`-m`, `-a.`, `-N`) -> a Lookup that answers as the map with these flags does. `-f` is a matter of
 * the open map, which knows how its keys were folded.
 *
 * Source: sendmail's "Installation and Operation Guide", section 5.8, and the behaviour of sendmail 8.17. Pure.
 */
import type { Lookup, LookupResult } from '../core/lookup.ts';
import { NOT_FOUND } from '../core/lookup.ts';
import type { MapFlags } from '../source/cf/map-spec.ts';

/** Puts the flags between a map and whoever asks it. */
export function withFlags(lookup: Lookup, flags: MapFlags): Lookup {
  const { matchOnly = false, suffix = '', onlyWithNul = false, onlyWithoutNul = false } = flags;
  const find = withForms(lookup, onlyWithNul, onlyWithoutNul);
  if (!matchOnly && suffix === '') return find;
  return (key) => {
    const result = find(key);
    return result.status === 'found' ? { ...result, value: (matchOnly ? key : result.value) + suffix } : result;
  };
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
