/**
 * A text file and what was parsed from it, read again when it changes.
 *
 * A file that may be missing is an empty one until it appears. One that was there and is removed, or cannot be read any
 * more, leaves the last good content in use and is reported once. Nothing is watched: a look at the file's status costs a
 * microsecond or two and works on every file system. Status times have a grain, so a file that was written within the
 * grain before it was read is read again at the next look: no edit can hide in it.
 *
 * Only regular files (and /dev/null) are read, and nothing waits for a pipe.
 */
import { type BigIntStats, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';
import { release } from '../store/identify.ts';
import { whoMay } from '../store/input-file.ts';
import type { FollowEvents, Followed } from './following.ts';

export interface FollowedTextOptions extends FollowEvents {
  /** A file that was never there is an empty one. */
  readonly optional: boolean;
  /** What to do about a missing file, for the message: `create it; it may be empty`. */
  readonly remedy?: string;
}

/** Coarsest clock of a Linux kernel (HZ=100), doubled, and of file systems that keep whole seconds. */
const GRAIN_MS = 20;
const WHOLE_SECONDS_GRAIN_MS = 2000;
const ABSENT = 'absent';
const EMPTY: FileText = { text: '', seen: ABSENT, settled: true };

interface FileText {
  /** Kept only while it is needed for comparison: when not settled. */
  readonly text: ByteString;
  /** Changes whenever another file, or another content, is at the path. */
  readonly seen: string;
  /** False: a write right after this reading might not show in the file's status. */
  readonly settled: boolean;
}

export class FollowedText<T> implements Followed {
  readonly path: string;
  readonly #parse: (text: ByteString) => T;
  readonly #options: FollowedTextOptions;
  #file: FileText;
  #value: T;
  #trouble: string | undefined;

  /** @throws MapError `missing`, `unreadable` */
  constructor(path: string, parse: (text: ByteString) => T, options: FollowedTextOptions) {
    this.path = path;
    this.#parse = parse;
    this.#options = options;
    const file = this.#read(options.optional);
    this.#file = withoutSettledText(file);
    this.#value = parse(file.text);
  }

  get value(): T {
    return this.#value;
  }

  refresh(): void {
    if (this.#file.settled && statusNow(this.path) === this.#file.seen && this.#trouble === undefined) return;
    try {
      this.#take(this.#read(this.#file.seen === ABSENT));
      this.#trouble = undefined;
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      if (this.#trouble !== error.message) this.#options.onProblem(error);
      this.#trouble = error.message;
    }
  }

  #take(file: FileText): void {
    const before = this.#file;
    this.#file = withoutSettledText(file);
    if (file.seen === before.seen && (before.settled || file.text === before.text)) return;
    this.#value = this.#parse(file.text);
    this.#options.onReload(this.path);
  }

  #read(optional: boolean): FileText {
    const fd = this.#open(optional);
    if (fd === undefined) return EMPTY;
    try {
      const stats = fstatSync(fd, { bigint: true });
      if (!stats.isFile() && this.path !== '/dev/null') throw new Error('not a regular file');
      return { seen: identityOf(stats), settled: isSettled(stats), text: readFileSync(fd, 'latin1') };
    } catch (cause) {
      throw this.#failure('unreadable', systemText(cause), cause);
    } finally {
      release(fd);
    }
  }

  #open(optional: boolean): number | undefined {
    try {
      return openSync(this.path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch (cause) {
      const missing = codeOf(cause) === 'ENOENT';
      if (missing && optional) return undefined;
      const { remedy } = this.#options;
      if (missing) throw this.#failure('missing', `does not exist${remedy === undefined ? '' : `: ${remedy}`}`, cause);
      throw this.#failure('unreadable', `${systemText(cause)}${whoMay(this.path, cause)}`, cause);
    }
  }

  #failure(code: 'missing' | 'unreadable', text: string, cause: unknown): MapError {
    const message = code === 'missing' ? `${this.path} ${text}` : `cannot read ${this.path}: ${text}`;
    return new MapError(code, message, { file: this.path, cause });
  }
}

function withoutSettledText(file: FileText): FileText {
  return file.settled ? { ...file, text: '' } : file;
}

function statusNow(path: string): string {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? ABSENT : identityOf(stats);
  } catch (error) {
    return codeOf(error);
  }
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

function isSettled({ ctimeNs, ctimeMs }: BigIntStats): boolean {
  const grain = ctimeNs % 1_000_000_000n === 0n ? WHOLE_SECONDS_GRAIN_MS : GRAIN_MS;
  return Math.abs(Date.now() - Number(ctimeMs)) > grain;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
