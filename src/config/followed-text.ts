/**
 * A text file and what was parsed from it, read again when it changes.
 *
 * One that was removed or cannot be read any more leaves the last good content in use and is reported once. Nothing is
 * watched: a look at the file's status costs a microsecond, and works on every file system.
 */
import { closeSync, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';

/** Something that changes with its file, but only when it is told to look. */
export interface Followed {
  refresh(): void;
}

/** What happened to a file or map that is in use. */
export interface FollowEvents {
  readonly onReload: (path: string) => void;
  readonly onProblem: (error: MapError) => void;
}

export interface FollowOptions extends FollowEvents {
  /** A file that does not exist is an empty one. */
  readonly optional: boolean;
}

export class FollowedText<T> implements Followed {
  readonly path: string;
  readonly #parse: (text: ByteString) => T;
  readonly #options: FollowOptions;
  #value: T;
  #seen: string;
  #trouble: string | undefined;

  /** @throws MapError `missing`, `unreadable` */
  constructor(path: string, parse: (text: ByteString) => T, options: FollowOptions) {
    this.path = path;
    this.#parse = parse;
    this.#options = options;
    const { text, seen } = readText(path, options.optional);
    this.#value = parse(text);
    this.#seen = seen;
  }

  get value(): T {
    return this.#value;
  }

  refresh(): void {
    if (identityOf(statSync(this.path, { throwIfNoEntry: false })) !== this.#seen) this.#reload();
  }

  #reload(): void {
    try {
      const { text, seen } = readText(this.path, this.#options.optional);
      this.#value = this.#parse(text);
      this.#seen = seen;
      this.#trouble = undefined;
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      if (this.#trouble !== error.message) this.#options.onProblem(error);
      this.#trouble = error.message;
      return;
    }
    this.#options.onReload(this.path);
  }
}

/** Reads a file as a byte string, with the status that it had while it was read. */
function readText(path: string, optional: boolean): { text: ByteString; seen: string } {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing && optional) return { text: '', seen: identityOf(undefined) };
    throw new MapError(missing ? 'missing' : 'unreadable', `${path}: ${messageOf(cause)}`, { file: path, cause });
  }
  try {
    return { seen: identityOf(fstatSync(fd)), text: readFileSync(fd, 'latin1') };
  } catch (cause) {
    throw new MapError('unreadable', `${path}: ${messageOf(cause)}`, { file: path, cause });
  } finally {
    closeSync(fd);
  }
}

/** Changes whenever another file, or another content, is at the path. */
function identityOf(stats: Stats | undefined): string {
  return stats === undefined ? '' : `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.replace(/^[A-Z]+: /, '') : String(cause);
}
