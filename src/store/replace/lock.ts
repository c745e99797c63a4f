/**
 * One writer at a time for a map, without native code, without anything left beside the map afterwards, and whoever dies
 * holding it holds it no longer.
 *
 * Lamport's bakery, on file names. A writer puts a *ticket* file beside the map: `.NAME.ID.lock`, where ID names the
 * writer (writer-id.ts). It then reads all tickets, writes a number into its own that is higher than theirs, and waits
 * until no ticket is lower or still without a number. Nobody ever takes a lock from somebody else, so there is no moment
 * in which two clear away one dead writer and the second hits the successor of the first: a dead writer's ticket is
 * removed by whoever sees it, and its name does not come back.
 *
 * The temporary files of a writer carry its ID too: those of the dead are removed by the next writer.
 */
import { closeSync, existsSync, fchmodSync, openSync, readdirSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MapError } from '../../core/errors.ts';
import { systemText } from '../../core/system-error.ts';
import { abandonedOnSignal } from './interrupt.ts';
import { isDead, isWriterId, newWriterId, pidOf } from './writer-id.ts';

/** How long a writer waits for the one before it, unless told otherwise: five minutes, for maps of any size. */
export const LOCK_WAIT_MS = 300_000;
const POLL_MS = 20;
const NUMBER_DIGITS = 12;
/** Longer map names are shortened in the names of our files, which must not pass 255 bytes. */
const MAX_STEM_BYTES = 120;

export interface LockOptions {
  /** Milliseconds to wait for another writer; {@link LOCK_WAIT_MS}. */
  readonly waitMs?: number;
  /** Called once when there is another writer to wait for. */
  readonly onWait?: (holder: { readonly pid: number }) => void;
}

/** The right to replace a map, while it is held. */
export interface MapLock {
  /** The map. */
  readonly path: string;
  /** The name for the new map's file; nobody else has it. */
  readonly temporaryPath: string;
  /** @throws MapError `busy` when the lock was lost (its ticket was removed by hand, say) */
  assertHeld(): void;
  /** Removes what this writer has beside the map: the process ends. */
  abandon(): void;
}

/**
 * Does `work` while holding the map's lock: everything from reading the old map to renaming the new one over it.
 *
 * @throws MapError `busy` after `waitMs`; `unwritable` when the folder cannot be written to; what `work` throws
 */
export async function withMapLock<T>(
  path: string,
  options: LockOptions,
  work: (lock: MapLock) => T | Promise<T>,
): Promise<T> {
  const ticket = Ticket.take(path);
  try {
    await abandonedOnSignal(ticket, () => ticket.waitForTurn(options));
    ticket.clearLitter();
    return await work(ticket);
  } finally {
    ticket.remove();
  }
}

interface OtherTicket {
  readonly id: string;
  readonly pid: number;
  /** Undefined: it has none yet, or may not be read yet. */
  readonly number: number | undefined;
}

class Ticket implements MapLock {
  readonly path: string;
  readonly temporaryPath: string;
  readonly #folder: string;
  /** What the names of all files of ours for this map begin with. */
  readonly #stem: string;
  readonly #id: string;
  readonly #ticketPath: string;
  #number = 0;

  private constructor(path: string) {
    this.path = path;
    this.#folder = dirname(path);
    const name = basename(path);
    this.#stem = `.${Buffer.byteLength(name) <= MAX_STEM_BYTES ? name : `long-${hash(name)}`}.`;
    this.#id = newWriterId();
    this.#ticketPath = join(this.#folder, `${this.#stem}${this.#id}.lock`);
    this.temporaryPath = join(this.#folder, `${this.#stem}${this.#id}.new`);
  }

  static take(path: string): Ticket {
    const ticket = new Ticket(path);
    const fd = beside(path, () => openSync(ticket.#ticketPath, 'wx', 0o644));
    try {
      beside(path, () => ticket.#draw(fd));
    } catch (error) {
      ticket.remove();
      throw error;
    }
    return ticket;
  }

  /** Takes a number, and closes the ticket's file. */
  #draw(fd: number): void {
    try {
      // Whatever the umask: writers of other users have to read the number.
      fchmodSync(fd, 0o644);
      const highest = this.#others().reduce((high, other) => Math.max(high, other.number ?? 0), 0);
      this.#number = highest + 1;
      writeSync(fd, `${String(this.#number).padStart(NUMBER_DIGITS, '0')}\n`);
    } finally {
      closeSync(fd);
    }
  }

  async waitForTurn(options: LockOptions): Promise<void> {
    const { waitMs = LOCK_WAIT_MS, onWait } = options;
    // seconds, by a clock that is there already: `performance` takes a millisecond to load
    const deadline = process.uptime() + waitMs / 1000;
    for (let told = false; ; await sleep(POLL_MS)) {
      const before = beside(this.path, () => this.#others()).find((other) => this.#isAfter(other));
      if (before === undefined) return;
      if (process.uptime() >= deadline) {
        const seconds = Math.round(waitMs / 1000);
        const text = `${this.path} is being written by process ${before.pid}, which did not finish in ${seconds} s`;
        throw new MapError('busy', text, { file: this.path });
      }
      if (!told) onWait?.({ pid: before.pid });
      told = true;
    }
  }

  #isAfter(other: OtherTicket): boolean {
    if (other.number === undefined) return true;
    return other.number < this.#number || (other.number === this.#number && other.id < this.#id);
  }

  /** The tickets of the living. Those of the dead are removed. */
  #others(): OtherTicket[] {
    const others: OtherTicket[] = [];
    for (const [name, id] of this.#ownFiles('.lock')) {
      if (id === this.#id) continue;
      const path = join(this.#folder, name);
      if (isDead(id, path)) remove(path);
      else others.push({ id, pid: pidOf(id), number: readNumber(path) });
    }
    return others;
  }

  /** Files of ours for this map with this ending: names and IDs. */
  *#ownFiles(ending: string): Generator<[string, string]> {
    for (const name of readdirSync(this.#folder)) {
      if (!name.startsWith(this.#stem) || !name.endsWith(ending)) continue;
      const id = name.slice(this.#stem.length, -ending.length);
      if (isWriterId(id)) yield [name, id];
    }
  }

  /** Removes what dead writers of this map left; called while holding the lock. */
  clearLitter(): void {
    beside(this.path, () => {
      for (const [name, id] of this.#ownFiles('.new')) {
        const path = join(this.#folder, name);
        if (isDead(id, path)) remove(path);
      }
    });
  }

  assertHeld(): void {
    if (existsSync(this.#ticketPath)) return;
    throw new MapError('busy', `the lock on ${this.path} was lost (${this.#ticketPath})`, { file: this.path });
  }

  remove(): void {
    remove(this.#ticketPath);
  }

  abandon(): void {
    remove(this.temporaryPath);
    this.remove();
  }
}

/** Does what the system may refuse in the map's folder. @throws MapError `unwritable` */
function beside<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new MapError('unwritable', `cannot write beside ${path}: ${systemText(cause)}`, { file: path, cause });
  }
}

/** Removes one of our own files; that it is gone already, or may not be removed, changes nothing. */
export function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Litter of another user in a sticky folder: it stays, and counts as dead all the same.
  }
}

/** Undefined also for a number that is only half written. */
function readNumber(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'latin1');
    return text.length === NUMBER_DIGITS + 1 ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/** FNV-1a, 32 bits: two long names with one hash would share a lock, which harms nobody. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return (value >>> 0).toString(16);
}
