/**
 * The maps of one folder by name, for peers that name a map in each question: opened at the first question, followed
 * from then on.
 *
 * A name is a file of the folder and nothing else: no path, nothing hidden. A map that is missing or cannot be used is
 * a failure, never "not found", and is looked for again at the next question.
 */
import { join } from 'node:path';
import { type ByteString, decodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { LookupResult } from '../core/lookup.ts';
import { type KeyedMap, openMap } from '../map/open.ts';

/** What a sendmail whose AliasFile is a socket map calls its first alias file. */
const SENDMAIL_ALIASES = 'Alias0';

export interface MapFolderEvents {
  readonly onReload?: (path: string) => void;
  readonly onProblem?: (error: MapError) => void;
}

export class MapFolder implements Disposable {
  readonly #directory: string;
  readonly #events: MapFolderEvents;
  readonly #maps = new Map<ByteString, KeyedMap>();

  constructor(directory: string, events: MapFolderEvents = {}) {
    this.#directory = directory;
    this.#events = events;
  }

  /** Asks one map for one key, both as they came off the wire. */
  lookup(name: ByteString, key: ByteString): LookupResult {
    try {
      return (this.#maps.get(name) ?? this.#open(name)).lookupBytes(key);
    } catch (error) {
      if (error instanceof MapError) return { status: 'tempFail', error };
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const map of this.#maps.values()) map.close();
    this.#maps.clear();
  }

  #open(name: ByteString): KeyedMap {
    if (!/^[^./\x00-\x1f\x7f][^/\x00-\x1f\x7f]*$/.test(name)) throw new MapError('badInput', 'no name of a map');
    const { onReload, onProblem } = this.#events;
    const file = name === SENDMAIL_ALIASES ? 'aliases' : decodeText(name);
    const map = openMap(join(this.#directory, file), {
      ...(onReload && { onReload: (reloaded: KeyedMap) => onReload(reloaded.path) }),
      ...(onProblem && { onProblem }),
    });
    this.#maps.set(name, map);
    return map;
  }
}
