/**
 * An open map that follows its file: when another file is put in its place, look-ups that start after the next check go
 * to the new one. A look-up under way never notices, and a new file that cannot be used leaves the old map in service.
 *
 * Three answers: found, not found, cannot tell. Nothing is written, locked or mapped; whoever may read the file may use
 * the map.
 */
import { assertKind, checkOptions, FLAG, FUNCTION, type Kinds, NUMBER, TEXT } from '../core/arguments.ts';
import { type ByteString, decodeText, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { type LookupResult, NOT_FOUND } from '../core/lookup.ts';
import { systemText } from '../core/system-error.ts';
import { tell } from '../files/listener.ts';
import { isAbsent, mapFileToRead } from '../files/map-file.ts';
import type { MapFile } from '../store/map-file.ts';
import { openMapFile } from '../store/open.ts';

export interface OpenMapOptions {
  /** How old an answer about "was the file replaced?" may be, in milliseconds. Default 250; 0 asks at every look-up. */
  readonly reloadCheckMs?: number;
  /** Keys are asked as they are (`-f` of a K line), however the map was made. */
  readonly keepCase?: boolean;
  /** Told after another file was taken into service. An error that a listener throws is uncaught, and spoils no look-up. */
  readonly onReload?: (map: KeyedMap) => void;
  /** Told once when the file was removed or replaced by something that cannot be used; the old map stays in service. */
  readonly onProblem?: (error: MapError) => void;
}

const OPTIONS: Kinds<OpenMapOptions> = {
  reloadCheckMs: NUMBER,
  keepCase: FLAG,
  onReload: FUNCTION,
  onProblem: FUNCTION,
};

/** A map that answers for one key at a time. */
export interface KeyedMap extends Disposable {
  /** The map file that is in service. */
  readonly path: string;
  /**
   * Looks a key up, folded as the map was built (to lower case where the file does not say). What cannot be told is
   * `tempFail`, with the error that says why: `damaged`, `unreadable`, `closed`, `badInput` for text that is no bytes.
   */
  lookup(key: string): LookupResult;
  /** The same in byte strings, one character a byte, for what came off the wire. */
  lookupBytes(key: ByteString): LookupResult;
  /**
   * Every record, of an LMDB file in key order, as text; of the file that is in service when it starts.
   *
   * @throws MapError `damaged`, `unreadable`, `closed`
   */
  entries(): Iterable<{ readonly key: string; readonly value: string }>;
  /** Number of records. @throws MapError `closed` */
  readonly size: number;
  /** Looks at once whether the file was replaced; with `reloadCheckMs: Infinity` nothing else does. */
  refresh(): void;
  close(): void;
}

const RELOAD_CHECK_MS = 250;

/**
 * Opens a map for look-ups.
 *
 * @param mapName `/etc/mail/access` opens the first that is there of `/etc/mail/access.lmdb`, `.db` and `.cdb`; a name with
 * one of these is taken as it stands. The file may be LMDB 0.9 or 1.0, Berkeley DB 1.85 to 18.1 or CDB
 * @throws MapError `missing`, `unreadable`, `notAMap`, `damaged`
 * @throws TypeError for an option that there is not, or that is something else than it must be
 * @example
 * ```js
 * const access = openMap('/etc/mail/access');
 * access.lookup('To:Backup.Example'); // => { status: 'found', value: 'RELAY' }
 * access.lookup('nobody.example'); // => { status: 'notFound' }
 * access.close();
 * ```
 */
export function openMap(mapName: string, options: OpenMapOptions = {}): KeyedMap {
  checkOptions(options, OPTIONS);
  return new LiveMap(mapName, options);
}

class LiveMap implements KeyedMap {
  readonly #name: string;
  #file: MapFile;
  #fold: boolean;
  readonly #checkMs: number;
  readonly #options: OpenMapOptions;
  #checkedAt: number;
  /** What the last failed reload said: the same trouble is told once. */
  #trouble: string | undefined;
  #closed = false;

  constructor(mapName: string, options: OpenMapOptions) {
    this.#name = mapName;
    this.#file = openMapFile(mapFileToRead(mapName));
    this.#options = options;
    this.#fold = this.#folds(this.#file);
    this.#checkMs = options.reloadCheckMs ?? RELOAD_CHECK_MS;
    this.#checkedAt = performance.now();
  }

  get path(): string {
    return this.#file.path;
  }

  get size(): number {
    return this.#current().size;
  }

  lookup(key: string): LookupResult {
    try {
      const value = this.#current().get(encodeText(key, 'key'), this.#fold);
      return value === undefined ? NOT_FOUND : { status: 'found', value: decodeText(value) };
    } catch (error) {
      return tempFail(error);
    }
  }

  lookupBytes(key: ByteString): LookupResult {
    if (typeof key !== 'string') assertKind('key', key, TEXT);
    try {
      const value = this.#current().get(key, this.#fold);
      return value === undefined ? NOT_FOUND : { status: 'found', value };
    } catch (error) {
      return tempFail(error);
    }
  }

  *entries(): Generator<{ readonly key: string; readonly value: string }> {
    // A descriptor of its own: the walk goes on over the same file when the map moves to another.
    const file = this.#current().reopen();
    try {
      for (const { key, value } of file.entries()) yield { key: textOf(key), value: textOf(value) };
    } finally {
      file.close();
    }
  }

  close(): void {
    this.#closed = true;
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  refresh(): void {
    this.#checkedAt = performance.now();
    if (this.#closed) return;
    const path = mapFileToRead(this.#name);
    if (path === this.path && this.#file.isCurrent()) this.#trouble = undefined;
    else this.#reload(isAbsent(path) ? this.path : path);
  }

  #current(): MapFile {
    // a caller that checks by itself pays for no clock
    if (this.#checkMs < Number.POSITIVE_INFINITY && performance.now() - this.#checkedAt >= this.#checkMs)
      this.refresh();
    if (this.#closed) throw new MapError('closed', `${this.path} was closed`, { file: this.path });
    return this.#file;
  }

  #folds(file: MapFile): boolean {
    return this.#options.keepCase !== true && file.mark.keys !== 'asWritten';
  }

  #reload(path: string): void {
    const { onReload, onProblem } = this.#options;
    try {
      const next = openMapFile(path);
      this.#file.close();
      this.#file = next;
      this.#fold = this.#folds(next);
      this.#trouble = undefined;
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      const isNew = this.#trouble !== error.message;
      // known before it is told: a listener may ask
      this.#trouble = error.message;
      if (isNew && onProblem !== undefined) tell(onProblem, error);
      return;
    }
    if (onReload !== undefined) tell(onReload, this);
  }
}

function textOf(bytes: ByteString): string {
  return decodeText(bytes.endsWith('\0') ? bytes.slice(0, -1) : bytes);
}

function tempFail(error: unknown): LookupResult {
  if (error instanceof MapError) return { status: 'tempFail', error };
  if (error instanceof TypeError) throw error;
  // memory or a string that there is not: whatever it was, the map gave no answer
  const text = `the map cannot be read: ${systemText(error)}`;
  return { status: 'tempFail', error: new MapError('unreadable', text, { cause: error }) };
}
