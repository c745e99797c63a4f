/**
 * A map of the configuration -> a Lookup that goes on answering while its file is replaced, removed or broken. One that
 * may be missing is empty until its file appears; when the text for it is there, that is a problem to be told.
 */
import { MapError } from '../core/errors.ts';
import { type Lookup, NOT_FOUND } from '../core/lookup.ts';
import type { FollowEvents, Followed } from '../files/following.ts';
import { isAbsent, mapFile } from '../files/map-file.ts';
import type { MapFlags } from '../source/cf/map-spec.ts';
import { withFlags } from './flags.ts';
import { type KeyedMap, openMap } from './open.ts';

/** A map's name, and whether it may be missing. */
export interface MapSetting {
  readonly name: string;
  readonly optional: boolean;
  /** Of the K line. */
  readonly flags?: MapFlags;
}

export class FollowedMap implements Followed {
  readonly #path: string;
  readonly #keepCase: boolean;
  readonly #events: FollowEvents;
  #map: KeyedMap | undefined;
  #trouble: string | undefined;

  /** @throws MapError `missing`, `unreadable`, `notAMap`, `damaged` */
  constructor({ name, optional, flags = {} }: MapSetting, events: FollowEvents) {
    this.#path = mapFile(name);
    this.#keepCase = flags.keepCase === true;
    this.lookup = withFlags((key) => this.#map?.lookupBytes(key) ?? NOT_FOUND, flags);
    this.#events = events;
    if (!optional || !isAbsent(this.#path)) this.#map = this.#openNamed();
    else if (!isAbsent(name)) events.onProblem(this.#missing(`the map of ${name}, ${this.#path},`));
  }

  readonly lookup: Lookup;

  refresh(): void {
    if (this.#map !== undefined) this.#map.refresh();
    else if (!isAbsent(this.#path)) this.#appeared();
  }

  close(): void {
    this.#map?.close();
  }

  #openNamed(): KeyedMap {
    try {
      return this.#open();
    } catch (error) {
      if (!(error instanceof MapError && error.code === 'missing')) throw error;
      throw this.#missing(this.#path, error.cause);
    }
  }

  #missing(what: string, cause?: unknown): MapError {
    const text = `${what} does not exist: build it with makemap, or newaliases if it holds aliases`;
    return new MapError('missing', text, { file: this.#path, cause });
  }

  #open(): KeyedMap {
    const { onReload, onProblem } = this.#events;
    const never = Number.POSITIVE_INFINITY;
    const keepCase = this.#keepCase;
    return openMap(this.#path, { reloadCheckMs: never, keepCase, onReload: ({ path }) => onReload(path), onProblem });
  }

  #appeared(): void {
    try {
      this.#map = this.#open();
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      if (this.#trouble !== error.message) this.#events.onProblem(error);
      this.#trouble = error.message;
      return;
    }
    this.#events.onReload(this.#path);
  }
}
