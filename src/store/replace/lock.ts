/**
 * One writer at a time for a map, without native code. No file remains beside the map, and a writer that dies
 * releases its lock.
 *
 * Lamport's bakery algorithm, on file names. A writer puts a *ticket* beside the map: `.NAME.ID.lock`, where ID names
 * the writer (writer-id.ts). It reads all tickets, gives its own a higher number, and waits until no other ticket is
 * lower or without a number. No writer takes over the lock of another, so two writers that clean up after a dead one
 * cannot harm the next: any writer removes the ticket of a dead writer, and its name is never used again.
 * ticket-file.ts decides who is dead.
 *
 * The temporary file of a writer carries its ID, too, and exists only while it holds the lock; any other temporary
 * file is litter. All files are in the open directory, whatever its path leads to by then.
 */
import type { Stats } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MapError } from '../../core/errors.ts';
import { systemText } from '../../core/system-error.ts';
import { isSame, OpenDirectory } from '../directory.ts';
import { release } from '../file.ts';
import { abandonedOnSignal } from './interrupt.ts';
import { type OpenedFile, openRegular } from './target.ts';
import { clearNameless, type HeldTicket, isAbandoned, isTicket, makeTicket, numberOf } from './ticket-file.ts';
import { isWriterId, newWriterId, pidOf } from './writer-id.ts';

/** Default time to wait for another writer, in milliseconds: five minutes, enough for maps of any size. */
export const LOCK_WAIT_MS = 300_000;
const POLL_MS = 20;
/** Longer map names are shortened in the names of our files, which must not exceed 255 bytes. */
const MAX_STEM_BYTES = 120;

export interface LockOptions {
  /** Milliseconds to wait for another writer; default {@link LOCK_WAIT_MS}. */
  readonly waitMs?: number;
  /** Ends the wait for another writer with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called once if there is another writer to wait for. */
  readonly onWait?: (holder: { readonly pid: number }) => void;
  /** The map's directory, if the caller has opened and checked it. The caller closes it. */
  readonly directory?: OpenDirectory;
}

/** The right to replace a map. */
export interface MapLock {
  /** The path of the map. */
  readonly path: string;
  readonly directory: OpenDirectory;
  /** The map's name in the directory. */
  readonly name: string;
  /** The name for the new map's file in the directory; no other writer uses it. */
  readonly temporaryName: string;
  /**
   * Opens the map that is to be replaced, the same file each time; undefined: there is none.
   *
   * @throws MapError `unsafe` if it is no regular file, or if it was exchanged; `unreadable`
   */
  openOld(): OpenedFile | undefined;
  /**
   * @throws MapError `busy` if the lock was lost (its ticket was removed by hand, say); `unsafe` if the path leads to
   *   another directory
   */
  assertHeld(): void;
  /** Removes the files of this writer beside the map, because the process ends. */
  abandon(): void;
}

/**
 * Runs `work` with the map's lock: everything from reading the old map to renaming the new one over it.
 *
 * @throws MapError `busy` after `waitMs`; `unwritable` if the directory cannot be written to; the reason of the signal; the
 *   errors of `work`
 */
export async function withMapLock<T>(
  path: string,
  options: LockOptions,
  work: (lock: MapLock) => T | Promise<T>,
): Promise<T> {
  const directory = options.directory ?? (await beside(path, () => OpenDirectory.open(dirname(path))));
  const ticket = new Ticket(path, directory);
  try {
    await abandonedOnSignal(ticket, async () => {
      await beside(path, () => ticket.take());
      await ticket.waitForTurn(options);
    });
    await beside(path, () => ticket.clearLitter());
    return await work(ticket);
  } finally {
    ticket.remove();
    if (options.directory === undefined) directory.close();
  }
}

interface OtherTicket {
  readonly name: string;
  readonly id: string;
  readonly stats: Stats;
  /** undefined: it has no number yet. */
  readonly number: number | undefined;
}

class Ticket implements MapLock {
  readonly path: string;
  readonly directory: OpenDirectory;
  readonly name: string;
  readonly temporaryName: string;
  /** Prefix of the names of all our files for this map. */
  readonly #stem: string;
  readonly #id: string;
  readonly #ticketName: string;
  #held: HeldTicket | undefined;
  #number = 0;
  /** The old map, after it was first read; null: there is none. */
  #old: Stats | null | undefined;

  constructor(path: string, directory: OpenDirectory) {
    this.path = path;
    this.directory = directory;
    this.name = basename(path);
    this.#stem = `.${Buffer.byteLength(this.name) <= MAX_STEM_BYTES ? this.name : `long-${hash(this.name)}`}.`;
    this.#id = newWriterId();
    this.#ticketName = `${this.#stem}${this.#id}.lock`;
    this.temporaryName = `${this.#stem}${this.#id}.new`;
  }

  async take(): Promise<void> {
    this.#held = await makeTicket(this.directory, this.#ticketName);
    const highest = this.#others().reduce((high, other) => Math.max(high, other.number ?? 0), 0);
    this.#number = highest + 1;
    this.#held.number(this.#number);
  }

  async waitForTurn(options: LockOptions): Promise<void> {
    const { waitMs = LOCK_WAIT_MS, onWait, signal } = options;
    // in seconds, by a clock that needs no loading: `performance` takes a millisecond
    const deadline = process.uptime() + waitMs / 1000;
    for (let reported = false; ; ) {
      signal?.throwIfAborted();
      const before = await beside(this.path, () => this.#others().find((other) => this.#isAfter(other)));
      if (before === undefined) return;
      if (await isAbandoned(this.directory, before.name, before.id, before.stats)) {
        this.directory.remove(before.name);
        continue;
      }
      const pid = pidOf(before.id);
      if (!reported) onWait?.({ pid });
      reported = true;
      if (process.uptime() >= deadline) {
        const seconds = Math.round(waitMs / 1000);
        const text = `${this.path} is being written by process ${pid}, which did not finish in ${seconds} s`;
        throw new MapError('busy', text, { file: this.path });
      }
      await sleep(POLL_MS);
    }
  }

  #isAfter(other: OtherTicket): boolean {
    if (other.number === undefined) return true;
    return other.number < this.#number || (other.number === this.#number && other.id < this.#id);
  }

  #others(): OtherTicket[] {
    const others: OtherTicket[] = [];
    for (const [name, id] of this.#ownFiles('.lock')) {
      const stats = id === this.#id ? undefined : this.directory.look(name);
      if (stats !== undefined && isTicket(stats)) others.push({ name, id, stats, number: numberOf(stats) });
    }
    return others;
  }

  /** Our files for this map with this suffix: names and IDs. */
  *#ownFiles(ending: string): Generator<[string, string]> {
    for (const name of this.directory.names()) {
      if (!name.startsWith(this.#stem) || !name.endsWith(ending)) continue;
      const id = name.slice(this.#stem.length, -ending.length);
      if (isWriterId(id)) yield [name, id];
    }
  }

  /** Removes the files of dead writers. The lock must be held. */
  async clearLitter(): Promise<void> {
    for (const [name] of this.#ownFiles('.new')) this.directory.remove(name);
    await clearNameless(this.directory);
  }

  openOld(): OpenedFile | undefined {
    const file = openRegular(this.directory, this.name);
    const isNew = this.#old === undefined;
    this.#old ??= file?.stats ?? null;
    if (isNew || (this.#old === null ? file === undefined : isSame(this.#old, file?.stats))) return file;
    if (file !== undefined) release(file.fd);
    throw new MapError('unsafe', `${this.path} was exchanged while it was written`, { file: this.path });
  }

  assertHeld(): void {
    if (!this.directory.isInPlace()) {
      const text = `the directory of ${this.path} was exchanged while the map was written`;
      throw new MapError('unsafe', text, { file: this.path });
    }
    if (this.directory.look(this.#ticketName) !== undefined) return;
    throw new MapError('busy', `the lock on ${this.path} was lost (${this.#ticketName})`, { file: this.path });
  }

  remove(): void {
    this.#held?.remove();
  }

  abandon(): void {
    this.directory.remove(this.temporaryName);
    this.remove();
  }
}

/** Runs a step that the system may refuse in the map's directory. @throws MapError `unwritable` */
async function beside<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof MapError) throw cause;
    throw new MapError('unwritable', `cannot write beside ${path}: ${systemText(cause)}`, { file: path, cause });
  }
}

/** FNV-1a, 32 bits. Two long names with one hash share a lock, which does no harm. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return (value >>> 0).toString(16);
}
