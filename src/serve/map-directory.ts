/**
 * A map's name and a key -> the answer of that map in one directory, for peers that name a map in each request. Maps
 * are opened at their first lookup, and followed afterwards.
 *
 * A name is a file in the directory: no path, no hidden file.
 * Errors: a map that is missing or unusable is a temporary failure, never "not found"; the next lookup tries again.
 */
import { join } from 'node:path';
import type { AddressRules } from '../address/canonify.ts';
import { type ByteString, decodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { Lookup, LookupResult } from '../core/lookup.ts';
import { mapAge } from '../files/map-age.ts';
import { type KeyedMap, openMap } from '../map/keyed-map.ts';
import { withAddresses } from './alias-addresses.ts';

/** The name under which a sendmail whose AliasFile is a socket map asks for its first alias file. */
const SENDMAIL_ALIASES = 'Alias0';
const ALIASES = 'aliases';

export interface MapDirectoryOptions {
  /** How addresses are parsed; without it, the alias map answers only for its keys. */
  readonly rules?: AddressRules;
  readonly onReload?: (path: string) => void;
  readonly onProblem?: (error: MapError) => void;
}

export class MapDirectory implements Disposable {
  readonly #directory: string;
  readonly #options: MapDirectoryOptions;
  readonly #maps: KeyedMap[] = [];
  readonly #lookups = new Map<ByteString, Lookup>();

  constructor(directory: string, options: MapDirectoryOptions = {}) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Looks up one key in one map; both are byte strings as the peer sent them. */
  lookup(name: ByteString, key: ByteString): LookupResult {
    try {
      return (this.#lookups.get(name) ?? this.#open(name))(key);
    } catch (error) {
      if (error instanceof MapError) return { status: 'tempFail', error };
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const map of this.#maps.splice(0)) map.close();
    this.#lookups.clear();
  }

  #open(name: ByteString): Lookup {
    if (!/^[^./\x00-\x1f\x7f][^/\x00-\x1f\x7f]*$/.test(name)) throw new MapError('badInput', 'not the name of a map');
    const { onReload, onProblem, rules } = this.#options;
    const file = name === SENDMAIL_ALIASES ? ALIASES : decodeText(name);
    const map = openMap(join(this.#directory, file), {
      ...(onReload && { onReload: (reloaded: KeyedMap) => onReload(reloaded.path) }),
      ...(onProblem && { onProblem }),
    });
    this.#maps.push(map);
    const age = mapAge(map.path);
    if (age !== undefined) onProblem?.(new MapError('missing', age.text, { file: map.path }));
    const plain: Lookup = (key) => map.lookupBytes(key);
    const lookup = rules !== undefined && file === ALIASES ? withAddresses(plain, rules) : plain;
    this.#lookups.set(name, lookup);
    return lookup;
  }
}
