/**
 * The maps of one folder by name, for peers that name a map in each question: opened at the first question, followed
 * from then on.
 *
 * A name is a file of the folder and nothing else: no path, nothing hidden. A map that is missing or cannot be used is
 * a failure, never "not found", and is looked for again at the next question.
 */
import { join } from 'node:path';
import type { AddressRules } from '../address/canonify.ts';
import { type ByteString, decodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { Lookup, LookupResult } from '../core/lookup.ts';
import { mapAge } from '../files/map-age.ts';
import { type KeyedMap, openMap } from '../map/open.ts';
import { withAddresses } from './alias-addresses.ts';

/** What a sendmail whose AliasFile is a socket map calls its first alias file. */
const SENDMAIL_ALIASES = 'Alias0';
const ALIASES = 'aliases';

export interface MapFolderOptions {
  /** How addresses are read; without it, the alias map knows its keys only. */
  readonly rules?: AddressRules;
  readonly onReload?: (path: string) => void;
  readonly onProblem?: (error: MapError) => void;
}

export class MapFolder implements Disposable {
  readonly #directory: string;
  readonly #options: MapFolderOptions;
  readonly #maps: KeyedMap[] = [];
  readonly #lookups = new Map<ByteString, Lookup>();

  constructor(directory: string, options: MapFolderOptions = {}) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Asks one map for one key, both as they came off the wire. */
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
    if (!/^[^./\x00-\x1f\x7f][^/\x00-\x1f\x7f]*$/.test(name)) throw new MapError('badInput', 'no name of a map');
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
