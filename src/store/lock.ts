/**
 * One writer at a time for a map, without native code, without anything left beside the map afterwards, and whoever dies
 * holding it holds it no longer.
 *
 * Lamport's bakery, on file names. A writer puts a *ticket* file beside the map: `.NAME.ID.lock`, where ID names the
 * process (boot, pid namespace, pid, its start time) and ends in random digits, so that no name is ever used twice. It then reads all
 * tickets, writes a number into its own that is higher than theirs, and waits until no ticket is lower or still
 * without a number. Nobody ever takes a lock from somebody else, so there is no moment in which two clear away one dead
 * writer and the second hits the successor of the first: a dead writer's ticket is removed by whoever sees it, and its
 * name does not come back.
 *
 * A ticket is dead when its process is gone. One from another pid namespace or another machine (a shared folder) cannot be
 * judged so, and is dead after FOREIGN_AGE_MS; one from before this machine's last start is dead.
 *
 * The temporary files of a writer carry its ID too: those of the dead are removed by the next writer.
 */
import {
  closeSync,
  existsSync,
  fchmodSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { uptime } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MapError } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';

/** How long a writer waits for the one before it, unless told otherwise: five minutes, for maps of any size. */
export const LOCK_WAIT_MS = 300_000;
const POLL_MS = 20;
/** No writer holds a map for as long: ten minutes. */
const FOREIGN_AGE_MS = 600_000;
const NUMBER_DIGITS = 12;
/** Longer map names are shortened in the names of our files, which must not pass 255 bytes. */
const MAX_STEM_BYTES = 120;
const ID = /^([0-9a-f]*)-([0-9a-f]*)-(\d{1,10})-(\d{1,20})-[0-9a-f]{16}$/;

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
    await ticket.waitForTurn(options);
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
    this.#id = newId();
    this.#ticketPath = join(this.#folder, `${this.#stem}${this.#id}.lock`);
    this.temporaryPath = join(this.#folder, `${this.#stem}${this.#id}.new`);
  }

  static take(path: string): Ticket {
    const ticket = new Ticket(path);
    let fd: number;
    try {
      fd = openSync(ticket.#ticketPath, 'wx', 0o644);
    } catch (cause) {
      throw new MapError('unwritable', `cannot write beside ${path}: ${systemText(cause)}`, { file: path, cause });
    }
    try {
      ticket.#draw(fd);
    } catch (cause) {
      ticket.remove();
      throw new MapError('unwritable', `cannot write beside ${path}: ${systemText(cause)}`, { file: path, cause });
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
      const before = this.#others().find((other) => this.#isAfter(other));
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
      else others.push({ id, pid: Number(ID.exec(id)![3]), number: readNumber(path) });
    }
    return others;
  }

  /** Files of ours for this map with this ending: names and IDs. */
  *#ownFiles(ending: string): Generator<[string, string]> {
    for (const name of readdirSync(this.#folder)) {
      if (!name.startsWith(this.#stem) || !name.endsWith(ending)) continue;
      const id = name.slice(this.#stem.length, -ending.length);
      if (ID.test(id)) yield [name, id];
    }
  }

  /** Removes what dead writers of this map left; called while holding the lock. */
  clearLitter(): void {
    for (const [name, id] of this.#ownFiles('.new')) {
      const path = join(this.#folder, name);
      if (isDead(id, path)) remove(path);
    }
  }

  assertHeld(): void {
    if (existsSync(this.#ticketPath)) return;
    throw new MapError('busy', `the lock on ${this.path} was lost (${this.#ticketPath})`, { file: this.path });
  }

  remove(): void {
    remove(this.#ticketPath);
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

function newId(): string {
  return `${boot}-${namespace}-${process.pid}-${startTime('self') ?? 0}-${randomDigits()}`;
}

/** 16 random hexadecimal digits, from the kernel: loading Node's crypto would take 3 ms of every run. */
function randomDigits(): string {
  const uuid = readSystem(() => readFileSync('/proc/sys/kernel/random/uuid', 'latin1')) || crypto.randomUUID();
  return uuid.replaceAll('-', '').slice(0, 16);
}

function isDead(id: string, path: string): boolean {
  const [, itsBoot, itsNamespace, pid, started] = ID.exec(id)!;
  if (itsBoot === boot && itsNamespace === namespace) return !isAlive(Number(pid), Number(started));
  const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (modified === undefined) return true;
  const age = Date.now() - modified;
  return age > FOREIGN_AGE_MS || (itsBoot !== boot && age > uptime() * 1000);
}

/** Whether the process that started then is there; a process id alone may have been given to another. */
function isAlive(pid: number, started: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = startTime(pid);
  return now === undefined || now === started;
}

/** When a process started, in clock ticks since the machine did; undefined where that cannot be read. */
function startTime(pid: number | 'self'): number | undefined {
  const stat = readSystem(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The second field is the program's name in parentheses, and may hold anything.
  const field = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return field === undefined ? undefined : Number(field);
}

function readSystem(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

const boot = readSystem(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8));
const namespace = readSystem(() => Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))).toString(16));

/** FNV-1a, 32 bits: two long names with one hash would share a lock, which harms nobody. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return (value >>> 0).toString(16);
}
