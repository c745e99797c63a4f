/**
 * A text file -> its parsed content, read again when the file changes.
 *
 * An optional file that is missing counts as empty until it appears. If a file is removed or becomes unreadable, the last good
 * content stays in use and the problem is reported once. A changed file is used when no write seems to be under way: either two
 * looks found the same file and its last line is complete, or it was not written for a second. Until then the old content
 * stays. A file that comes from another directory (a symbolic link was switched) is complete, and is used at once.
 *
 * Uses no file watching: a look costs a microsecond or two and works on every file system. Status times are coarse, so a file
 * that was written shortly before it was read is read again at the next look: no edit is missed.
 *
 * Limits: reads only regular files and /dev/null; never waits for a pipe. Errors: MapError `missing`, `unreadable`.
 */
import { type BigIntStats, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';
import { release } from '../store/file.ts';
import { describeAccess } from '../store/input-file.ts';
import type { FollowEvents, FollowedFile, Look } from './following.ts';
import { isBeingWritten, isComplete } from './quiet.ts';
import { ABSENT, statusWord, systemWord, wordOf } from './status.ts';

export interface FollowedTextOptions extends FollowEvents {
  /** A missing file counts as empty. */
  readonly optional: boolean;
  /** Opening waits for a writer to end, because there is no older content to keep. */
  readonly awaitsWriter?: boolean;
  /** The advice in the message about a missing file: `create it; it may be empty`. */
  readonly remedy?: string;
}

/** Twice the coarsest clock tick of Linux (HZ=100). File systems that keep whole seconds are handled apart. */
const GRAIN_MS = 20;
const WHOLE_SECONDS_GRAIN_MS = 2000;
/** For a writer to end, and between two looks at its file: more than a file needs to count as complete. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 50;

/** One read of a file. */
interface FileText {
  readonly text: ByteString;
  /** Changes whenever the path leads to another file or to other content. */
  readonly seen: string;
  /** False if a write right after this read might not show in the file's status. */
  readonly settled: boolean;
  /** Time of the last write, in milliseconds since 1970. */
  readonly written: number;
  /** The directory of the file, with all links resolved. */
  readonly home: string;
}

/** A changed file that is not in use yet, and when it was first seen. */
interface Candidate {
  readonly file: FileText;
  readonly since: number;
  /** The duration of the read. */
  readonly milliseconds: number;
}

const EMPTY: FileText = { text: '', seen: ABSENT, settled: true, written: 0, home: '' };

export class FollowedText<T> implements FollowedFile {
  readonly path: string;
  readonly #parse: (text: ByteString) => T;
  readonly #options: FollowedTextOptions;
  #file: FileText;
  #value: T;
  #candidate: Candidate | undefined;
  /** The status at the last look. */
  #looked: string;
  #trouble: string | undefined;

  /** @throws MapError `missing`, `unreadable` */
  constructor(path: string, parse: (text: ByteString) => T, options: FollowedTextOptions) {
    this.path = path;
    this.#parse = parse;
    this.#options = options;
    const file = options.awaitsWriter ? this.#readWhole() : this.#read(options.optional);
    this.#file = withoutSettledText(file);
    this.#looked = file.seen;
    this.#value = parse(file.text);
  }

  get value(): T {
    return this.#value;
  }

  /** False if the file never existed. */
  get isPresent(): boolean {
    return this.#file.seen !== ABSENT;
  }

  /** Time of the last write, in milliseconds since 1970. */
  get written(): number {
    return this.#file.written;
  }

  look(): Look {
    const now = statusWord(this.path);
    this.#looked = now;
    if (this.#file.settled && now === this.#file.seen) {
      this.#candidate = undefined;
      this.#trouble = undefined;
      return 'same';
    }
    try {
      const look = this.#consider();
      this.#trouble = undefined;
      return look;
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      this.#candidate = undefined;
      if (this.#trouble !== error.message) this.#options.onProblem(error);
      this.#trouble = error.message;
      return 'same';
    }
  }

  isAsLooked(): boolean {
    return statusWord(this.path) === this.#looked;
  }

  take(): void {
    if (this.#candidate === undefined) return;
    const { file, milliseconds } = this.#candidate;
    const began = performance.now();
    this.#value = this.#parse(file.text);
    this.#file = withoutSettledText(file);
    this.#candidate = undefined;
    this.#options.onReload(this.path, milliseconds + performance.now() - began);
  }

  /** Reads the file that is there now. @throws MapError */
  #consider(): Look {
    const began = performance.now();
    const file = this.#read(!this.isPresent);
    this.#looked = file.seen;
    const { seen, settled, text } = this.#file;
    if (file.seen === seen && (settled || file.text === text)) {
      this.#file = withoutSettledText(file);
      this.#candidate = undefined;
      return 'same';
    }
    const before = this.#candidate;
    const isSecondLook = before?.file.seen === file.seen && before.file.text === file.text;
    const since = isSecondLook ? before.since : began;
    this.#candidate = { file, since, milliseconds: performance.now() - began };
    const quiet = Math.max(Date.now() - file.written, began - since);
    const wasSwitched = this.isPresent && file.home !== this.#file.home;
    return isComplete(file.text, quiet, isSecondLook || wasSwitched) ? 'ready' : 'waiting';
  }

  /** Reads a file that somebody may be writing: it is complete when its last line is, or after a while. @throws MapError */
  #readWhole(): FileText {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const file = this.#read(this.#options.optional);
      if (file.text === '' || !isBeingWritten(file.text, file.written)) return file;
      if (performance.now() > end) throw this.#failure('unreadable', 'it is being written', undefined);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }

  #read(optional: boolean): FileText {
    const fd = this.#open(optional);
    if (fd === undefined) return EMPTY;
    try {
      const stats = fstatSync(fd, { bigint: true });
      if (!stats.isFile() && this.path !== '/dev/null') throw new Error('not a regular file');
      const text = readFileSync(fd, 'latin1');
      const home = realpathSync(dirname(this.path));
      return { seen: wordOf(stats), settled: isSettled(stats), written: Number(stats.mtimeMs), text, home };
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
      const missing = systemWord(cause) === 'ENOENT';
      if (missing && optional) return undefined;
      const { remedy } = this.#options;
      if (missing) throw this.#failure('missing', `does not exist${remedy === undefined ? '' : `: ${remedy}`}`, cause);
      throw this.#failure('unreadable', `${systemText(cause)}${describeAccess(this.path, cause)}`, cause);
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

function isSettled({ ctimeNs, ctimeMs }: BigIntStats): boolean {
  const grain = ctimeNs % 1_000_000_000n === 0n ? WHOLE_SECONDS_GRAIN_MS : GRAIN_MS;
  return Math.abs(Date.now() - Number(ctimeMs)) > grain;
}
