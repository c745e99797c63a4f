/**
 * An open file -> bytes at an offset, all of them or an error, and errors that name the file.
 *
 * Programs rewrite files in place (sendmail's makemap, LMDB, `cp`). Bytes read after that belong to another map than those
 * before, so readers call `assertUnchanged` after they read, and before they use what they read.
 * Limits: a write shows if it changes the size or the time of the file. Linux before 6.13 counts this time in steps of
 * up to 4 ms, so two writes in one step look like one.
 */
import { fstatSync, readSync, type Stats } from 'node:fs';
import { MapError } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';
import { MAX_VALUE } from './map-file.ts';

/** Node refuses to read 2 GB at once. */
const MOST_AT_ONCE = 2 ** 30;

export class ReadOnlyFile {
  readonly fd: number;
  readonly path: string;
  readonly stats: Stats;
  /** Number of calls of {@link read} so far. */
  reads = 0;

  constructor(fd: number, path: string, stats: Stats) {
    this.fd = fd;
    this.path = path;
    this.stats = stats;
  }

  get size(): number {
    return this.stats.size;
  }

  /**
   * Fills a range of `target` from a position in the file. @throws MapError `unreadable`, `damaged` at the end of the
   * file
   */
  read(target: Uint8Array, position: number, start = 0, end: number = target.length): void {
    this.reads++;
    for (let at = start; at < end; ) {
      const count = this.#readSome(target, at, Math.min(end - at, MOST_AT_ONCE), position + at - start);
      if (count === 0) throw this.damaged('the file is shorter than it says');
      at += count;
    }
  }

  #readSome(target: Uint8Array, at: number, length: number, position: number): number {
    try {
      return readSync(this.fd, target, at, length, position);
    } catch (cause) {
      throw this.unreadable(systemText(cause), cause);
    }
  }

  /** @throws MapError `unreadable` if the file was written to since it was opened */
  assertUnchanged(): void {
    const now = fstatSync(this.fd);
    const then = this.stats;
    // The ctime does not count: a file that was renamed or removed has not changed.
    if (now.mtimeMs === then.mtimeMs && now.size === then.size) return;
    throw this.changed();
  }

  /** Checks a length from the file before memory is allocated for it. @throws MapError `damaged` */
  assertLength(length: number): void {
    const most = Math.min(this.stats.size, MAX_VALUE);
    if (length > most) throw this.damaged(`an item says that it has ${length} bytes; ${most} is the most`);
  }

  /** The error for a file that was written to since it was opened. */
  changed(): MapError {
    return this.unreadable('somebody wrote to it while it was open');
  }

  /** The error for damage. */
  damaged(what: string): MapError {
    return new MapError('damaged', `${this.path} is a damaged map (${what}); rebuild it`, { file: this.path });
  }

  /** The error for a file that may be sound, but that we do not read. */
  unsupported(what: string): MapError {
    return new MapError('notAMap', `${this.path} is ${what}`, { file: this.path });
  }

  /** The error for a file that cannot be read now. */
  unreadable(why: string, cause?: unknown): MapError {
    return new MapError('unreadable', `cannot read ${this.path}: ${why}`, { file: this.path, cause });
  }
}
