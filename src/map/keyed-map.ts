/**
 * A map name -> an open map that follows its file: after the file is replaced, lookups that start after the next check use the
 * new one. A lookup in progress is not affected. If the new file cannot be used, the old map stays in service.
 *
 * Three answers: found, not found, cannot tell. Writes, locks and maps (mmap) nothing; needs only the right to read the file.
 */
import { assertKind, checkOptions, FLAG, FUNCTION, type Kinds, NUMBER, TEXT } from '../core/arguments.ts';
import { type ByteString, decodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { type LookupResult, NOT_FOUND } from '../core/lookup.ts';
import { systemText } from '../core/system-error.ts';
import { notify } from '../files/listener.ts';
import { mapPathToRead } from '../files/map-path.ts';
import { hasName } from '../files/status.ts';
import type { MapFile } from '../store/map-file.ts';
import { openMapFile } from '../store/open-map-file.ts';

/** How `openMap` reads and follows a map. */
export interface OpenMapOptions {
  /** How old an answer about "was the file replaced?" may be, in milliseconds. Default 250; 0 checks at every lookup. */
  readonly reloadCheckMs?: number;
  /** Keys are looked up unchanged (`-f` of a K line), however the map was made. */
  readonly keepCase?: boolean;
  /** Called after another file was taken into service. Its error is thrown as uncaught, and affects no lookup. */
  readonly onReload?: (map: KeyedMap) => void;
  /** Called once if the file was removed, or replaced by one that cannot be used; the old map stays in service. */
  readonly onProblem?: (error: MapError) => void;
}

const OPTIONS: Kinds<OpenMapOptions> = {
  reloadCheckMs: NUMBER,
  keepCase: FLAG,
  onReload: FUNCTION,
  onProblem: FUNCTION,
};

/** A map for lookups of single keys. */
export interface KeyedMap extends Disposable {
  /** The map file that is in service. */
  readonly path: string;
  /**
   * Looks up a key, folded as the map was built (to lower case if the file does not record it). A lookup that cannot be
   * answered gives `tempFail` with the error: `damaged`, `unreadable`, `closed`, or `badInput` for text that has no bytes.
   */
  lookup(key: string): LookupResult;
  /** The same for byte strings, one character for a byte: text from the wire. */
  lookupBytes(key: ByteString): LookupResult;
  /**
   * Every record of the file in service at the start, as text; for LMDB in key order.
   *
   * @throws MapError `damaged`, `unreadable`, `closed`
   */
  entries(): Iterable<{ readonly key: string; readonly value: string }>;
  /** Number of records. @throws MapError `closed` */
  readonly size: number;
  /** Checks at once whether the file was replaced. With `reloadCheckMs: Infinity` this is the only check. */
  refresh(): void;
  close(): void;
}

const RELOAD_CHECK_MS = 250;

/**
 * Opens a map for lookups.
 *
 * @param mapName `/etc/mail/access` opens the first of `/etc/mail/access.lmdb`, `.db` and `.cdb` that exists; a name that ends
 * in
 * one of these is used unchanged. The file may be LMDB 0.9 or 1.0, Berkeley DB 1.85 to 18.1 or CDB
 * @throws MapError `missing`, `unreadable`, `notAMap`, `damaged`
 * @throws TypeError for an unknown option, or one of the wrong type
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
  /** Message of the last failed reload: the same message is reported once. */
  #trouble: string | undefined;
  #closed = false;

  constructor(mapName: string, options: OpenMapOptions) {
    this.#name = mapName;
    this.#file = openMapFile(mapPathToRead(mapName));
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
    if (typeof key !== 'string') assertKind('key', key, TEXT);
    try {
      const value = this.#current().get(key, this.#fold, true);
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
    // Uses a descriptor of its own: the walk continues over the same file when the map is replaced.
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
    const path = mapPathToRead(this.#name);
    if (path === this.path && this.#file.isCurrent()) this.#trouble = undefined;
    else this.#reload(hasName(path) ? path : this.path);
  }

  #current(): MapFile {
    // A caller that only checks by itself does not read the clock.
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
      this.#file.closeSoon();
      this.#file = next;
      this.#fold = this.#folds(next);
      this.#trouble = undefined;
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      const isNew = this.#trouble !== error.message;
      // Set before the call: the listener may ask.
      this.#trouble = error.message;
      if (isNew && onProblem !== undefined) notify(onProblem, error);
      return;
    }
    if (onReload !== undefined) notify(onReload, this);
  }
}

function textOf(bytes: ByteString): string {
  return decodeText(bytes.endsWith('\0') ? bytes.slice(0, -1) : bytes);
}

function tempFail(error: unknown): LookupResult {
  if (error instanceof MapError) return { status: 'tempFail', error };
  if (error instanceof TypeError) throw error;
  // Any other error, such as lack of memory: the map gave no answer.
  const text = `the map cannot be read: ${systemText(error)}`;
  return { status: 'tempFail', error: new MapError('unreadable', text, { cause: error }) };
}
