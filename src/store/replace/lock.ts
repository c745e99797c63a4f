/**
 * One writer at a time for a map, without native code, without anything left beside the map afterwards, and whoever dies
 * holding it holds it no longer.
 *
 * Lamport's bakery, on file names. A writer puts a *ticket* beside the map: `.NAME.ID.lock`, where ID names the writer
 * (writer-id.ts). It then looks at all tickets, puts a number into its own that is higher than theirs, and waits until no
 * ticket is lower or still without a number. Nobody ever takes a lock from somebody else, so there is no moment in which
 * two clear away one dead writer and the second hits the successor of the first: a dead writer's ticket is removed by
 * whoever sees it, and its name does not come back. ticket-file.ts says who is dead.
 *
 * The temporary file of a writer carries its ID too, and stands there only while it holds the lock: any other is litter.
 * All of it is in the directory that is held open, whatever its path leads to by then.
 */
import type { Stats } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MapError } from '../../core/errors.ts';
import { systemText } from '../../core/system-error.ts';
import { isSame, OpenDirectory } from '../directory.ts';
import { release } from '../identify.ts';
import { abandonedOnSignal } from './interrupt.ts';
import { type OpenedFile, openRegular } from './target.ts';
import { clearNameless, type HeldTicket, isAbandoned, isTicket, makeTicket, numberOf } from './ticket-file.ts';
import { isWriterId, newWriterId, pidOf } from './writer-id.ts';

/** How long a writer waits for the one before it, unless told otherwise: five minutes, for maps of any size. */
export const LOCK_WAIT_MS = 300_000;
const POLL_MS = 20;
/** Longer map names are shortened in the names of our files, which must not pass 255 bytes. */
const MAX_STEM_BYTES = 120;

export interface LockOptions {
  /** Milliseconds to wait for another writer; {@link LOCK_WAIT_MS}. */
  readonly waitMs?: number;
  /** Called once when there is another writer to wait for. */
  readonly onWait?: (holder: { readonly pid: number }) => void;
  /** The map's directory, where it is open: the one that was judged. It is closed by whoever opened it. */
  readonly directory?: OpenDirectory;
}

/** The right to replace a map, while it is held. */
export interface MapLock {
  /** The map. */
  readonly path: string;
  readonly directory: OpenDirectory;
  /** The map's name in it. */
  readonly name: string;
  /** The name for the new map's file in it; nobody else has it. */
  readonly temporaryName: string;
  /**
   * Opens the map that is to be replaced, the same each time; undefined: there is none.
   *
   * @throws MapError `unsafe` for what is no regular file, and for one that was exchanged; `unreadable`
   */
  openOld(): OpenedFile | undefined;
  /**
   * @throws MapError `busy` when the lock was lost (its ticket was removed by hand, say); `unsafe` when the path leads to
   * another directory by now
   */
  assertHeld(): void;
  /** Removes what this writer has beside the map: the process ends. */
  abandon(): void;
}

/**
 * Does `work` while holding the map's lock: everything from reading the old map to renaming the new one over it.
 *
 * @throws MapError `busy` after `waitMs`; `unwritable` when the directory cannot be written to; what `work` throws
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
  /** Undefined: it has none yet. */
  readonly number: number | undefined;
}

class Ticket implements MapLock {
  readonly path: string;
  readonly directory: OpenDirectory;
  readonly name: string;
  readonly temporaryName: string;
  /** What the names of all files of ours for this map begin with. */
  readonly #stem: string;
  readonly #id: string;
  readonly #ticketName: string;
  #held: HeldTicket | undefined;
  #number = 0;
  /** The old map, once it was looked at; null: there is none. */
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
    const { waitMs = LOCK_WAIT_MS, onWait } = options;
    // seconds, by a clock that is there already: `performance` takes a millisecond to load
    const deadline = process.uptime() + waitMs / 1000;
    for (let told = false; ; ) {
      const before = await beside(this.path, () => this.#others().find((other) => this.#isAfter(other)));
      if (before === undefined) return;
      if (await isAbandoned(this.directory, before.name, before.id, before.stats)) {
        this.directory.remove(before.name);
        continue;
      }
      const pid = pidOf(before.id);
      if (process.uptime() >= deadline) {
        const seconds = Math.round(waitMs / 1000);
        const text = `${this.path} is being written by process ${pid}, which did not finish in ${seconds} s`;
        throw new MapError('busy', text, { file: this.path });
      }
      if (!told) onWait?.({ pid });
      told = true;
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

  /** Files of ours for this map with this ending: names and IDs. */
  *#ownFiles(ending: string): Generator<[string, string]> {
    for (const name of this.directory.names()) {
      if (!name.startsWith(this.#stem) || !name.endsWith(ending)) continue;
      const id = name.slice(this.#stem.length, -ending.length);
      if (isWriterId(id)) yield [name, id];
    }
  }

  /** Removes what dead writers left; called while holding the lock. */
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

/** Does what the system may refuse in the map's directory. @throws MapError `unwritable` */
async function beside<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof MapError) throw cause;
    throw new MapError('unwritable', `cannot write beside ${path}: ${systemText(cause)}`, { file: path, cause });
  }
}

/** FNV-1a, 32 bits: two long names with one hash would share a lock, which harms nobody. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return (value >>> 0).toString(16);
}
