/**
 * A map of the configuration -> a Lookup that goes on answering while its file is replaced, removed or broken. One that
 * may be missing is empty until its file appears; when the text for it is there, that is a problem to be told.
 */
import { MapError } from '../core/errors.ts';
import { type Lookup, NOT_FOUND } from '../core/lookup.ts';
import type { FollowEvents, Followed } from '../files/following.ts';
import { isAbsent, mapFileToRead } from '../files/map-file.ts';
import type { MapFlags } from '../source/cf/map-spec.ts';
import { withFlags } from './flags.ts';
import { followMapFile, type KeyedMap } from './open.ts';

/** A map's name, and whether it may be missing. */
export interface MapSetting {
  readonly name: string;
  readonly optional: boolean;
  /** Of the K line. */
  readonly flags?: MapFlags;
  /** It is of class cdb: its CDB file comes before its Berkeley DB file. */
  readonly isCdb?: boolean;
}

export class FollowedMap implements Followed {
  readonly #setting: MapSetting;
  readonly #events: FollowEvents;
  #map: KeyedMap | undefined;
  #trouble: string | undefined;

  /** @throws MapError `missing`, `unreadable`, `notAMap`, `damaged` */
  constructor(setting: MapSetting, events: FollowEvents) {
    const { name, optional, flags = {} } = setting;
    this.#setting = setting;
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

  /** The file that is read now, or the one in which the map is made. */
  get #path(): string {
    return mapFileToRead(this.#setting.name, this.#setting.isCdb);
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
    return followMapFile(() => this.#path, {
      reloadCheckMs: never,
      keepCase: this.#setting.flags?.keepCase === true,
      onReload: ({ path }) => onReload(path),
      onProblem,
    });
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
