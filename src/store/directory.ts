/**
 * The path of a directory -> the open directory. All later steps happen in it, even if the path leads to another directory
 * by then. So the file that was checked and the file that is used are in the same directory.
 *
 * A name in it is reached by `/proc/self/fd/N/name`.
 * Limits: without /proc (another system, a bare chroot) it is reached by its path. Then it is refused, unless only
 * root and this process's user can exchange a directory on the path.
 */
import {
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { MapError } from '../core/errors.ts';
import { release } from './file.ts';

/** open(2) of Linux, which Node does not define: a reference to a file that needs no read permission. */
export const O_PATH: number = process.platform === 'linux' ? 0o10000000 : 0;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** A reference to one file, link or socket, even if its name goes to another file. */
export interface PinnedFile extends Disposable {
  /** A path that leads to it while it is held. */
  readonly path: string;
  readonly stats: Stats;
}

export class OpenDirectory implements Disposable {
  /** The path as it was given. */
  readonly path: string;
  readonly stats: Stats;
  /** The prefix for names in the directory. */
  readonly #base: string;
  readonly #fd: number;
  #isOpen = true;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
    this.stats = fstatSync(fd);
    const base = `/proc/self/fd/${fd}`;
    this.#base = isSame(lookAt(`${base}/.`), this.stats) ? base : trusted(path, this.stats);
  }

  /**
   * Opens a directory, through links in its path.
   *
   * @throws the system's error; MapError `unsafe` if it cannot be held
   */
  static open(path: string): OpenDirectory {
    return OpenDirectory.#hold(path, openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | O_PATH));
  }

  static #hold(path: string, fd: number): OpenDirectory {
    try {
      return new OpenDirectory(path, fd);
    } catch (error) {
      release(fd);
      throw error;
    }
  }

  /** Opens a directory in this one; a link is refused. @throws the system's error */
  directory(name: string): OpenDirectory {
    return OpenDirectory.#hold(join(this.path, name), this.open(name, constants.O_DIRECTORY | O_PATH));
  }

  /** A path to a file of this directory, valid while the directory is open. */
  at(name: string): string {
    return `${this.#base}/${name}`;
  }

  /**
   * Holds the file, link or socket of this name, to change it or connect to it; undefined: there is none. @throws the
   * system's error
   */
  pin(name: string): PinnedFile | undefined {
    try {
      if (!this.#base.startsWith('/proc/')) return pinned(this.at(name), lstatSync(this.at(name)));
      const fd = this.open(name, O_PATH);
      return pinned(`/proc/self/fd/${fd}`, fstatSync(fd), () => release(fd));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Opens the file of this name. Never follows a link, and never blocks. @throws the system's error */
  open(name: string, flags: number, mode = 0o600): number {
    return openSync(this.at(name), flags | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY, mode);
  }

  /** The status of the file or link of this name; undefined: there is none. @throws the system's error */
  look(name: string): Stats | undefined {
    return lstatSync(this.at(name), { throwIfNoEntry: false });
  }

  names(): string[] {
    return readdirSync(this.at('.'));
  }

  rename(from: string, to: string): void {
    renameSync(this.at(from), this.at(to));
  }

  /** Removes a file or an empty directory. A file that is gone, or that may not be removed, is ignored. */
  remove(name: string, kind: 'file' | 'directory' = 'file'): void {
    try {
      if (kind === 'file') unlinkSync(this.at(name));
      else rmdirSync(this.at(name));
    } catch {
      // A file of another user in a sticky directory: it stays.
    }
  }

  /** True if the path still leads to this directory. */
  isInPlace(): boolean {
    return isSame(lookAt(this.path), this.stats);
  }

  /**
   * Makes a rename durable. A file system that cannot sync a directory gives no such guarantee anyway. @throws EIO,
   * ENOSPC
   */
  sync(): void {
    let fd: number | undefined;
    try {
      fd = openSync(this.at('.'), constants.O_RDONLY);
      fsyncSync(fd);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EIO' || code === 'ENOSPC') throw error;
    } finally {
      if (fd !== undefined) release(fd);
    }
  }

  close(): void {
    if (this.#isOpen) release(this.#fd);
    this.#isOpen = false;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function pinned(path: string, stats: Stats, close = (): void => undefined): PinnedFile {
  return { path, stats, [Symbol.dispose]: close };
}

/** True if both are the status of one file. */
export function isSame(one: Stats | undefined, other: Stats | undefined): boolean {
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The path without links, if nobody else can exchange a part of it. @throws MapError `unsafe` */
function trusted(path: string, stats: Stats): string {
  const real = realpathSync.native(path);
  for (let at = real; ; at = dirname(at)) {
    if (canExchange(lstatSync(at), at === real ? 'new' : 'ours')) {
      const text = `without /proc a directory is used only if nobody but root and this user can exchange it; others can exchange names in ${at}`;
      throw new MapError('unsafe', text, { file: path });
    }
    if (at === dirname(at)) break;
  }
  if (!isSame(lookAt(real), stats)) throw new MapError('unsafe', `${path} was exchanged`, { file: path });
  return real === '/' ? '' : real;
}

/**
 * Whether a user other than root and this one can exchange our files in a directory (`ours`), or make new ones in it, too
 * (`new`). The difference is a sticky directory: there others can make files, and cannot exchange ours.
 */
export function canExchange({ uid, mode }: Pick<Stats, 'uid' | 'mode'>, names: 'ours' | 'new'): boolean {
  const isTrusted = uid === 0 || uid === process.geteuid?.();
  return !isTrusted || ((mode & OTHERS_WRITE) !== 0 && (names === 'new' || (mode & STICKY) === 0));
}
