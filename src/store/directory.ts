/**
 * The path of a directory -> the directory itself, held open: what is done with its files afterwards happens there,
 * whatever the path leads to by then. So a file that was judged and a file that is used are in one directory.
 *
 * A name in it is reached by `/proc/self/fd/N/name`. Where there is no /proc (another system, a bare chroot) it is
 * reached by its path, and only if nobody but root and this process's user can exchange a directory on that path; any other
 * directory is refused.
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
import { release } from './identify.ts';

/** open(2) of Linux, which Node does not name: a place in the file system, which takes no permission to read it. */
export const O_PATH: number = process.platform === 'linux' ? 0o10000000 : 0;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** A file, link or socket that is held, whatever has its name by then. */
export interface PinnedFile extends Disposable {
  /** Leads to it, for as long as it is held. */
  readonly path: string;
  readonly stats: Stats;
}

export class OpenDirectory implements Disposable {
  /** As it was asked for. */
  readonly path: string;
  readonly stats: Stats;
  /** What a name is put behind. */
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
   * Follows links in the path.
   *
   * @throws the system's error; MapError `unsafe` where it cannot be held
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

  /** A directory in this one; a link is none. @throws the system's error */
  directory(name: string): OpenDirectory {
    return OpenDirectory.#hold(join(this.path, name), this.open(name, constants.O_DIRECTORY | O_PATH));
  }

  /** Where a file of this directory is, for as long as the directory is held. */
  at(name: string): string {
    return `${this.#base}/${name}`;
  }

  /** Holds what has this name itself, to change it or to connect to it; undefined: nothing. @throws the system's error */
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

  /** Opens what has this name itself: never where a link leads, and never to wait. @throws the system's error */
  open(name: string, flags: number, mode = 0o600): number {
    return openSync(this.at(name), flags | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY, mode);
  }

  /** What has this name itself; undefined: nothing. @throws the system's error */
  look(name: string): Stats | undefined {
    return lstatSync(this.at(name), { throwIfNoEntry: false });
  }

  names(): string[] {
    return readdirSync(this.at('.'));
  }

  rename(from: string, to: string): void {
    renameSync(this.at(from), this.at(to));
  }

  /** Removes a file, or an empty directory; that it is gone already, or may not be removed, changes nothing. */
  remove(name: string, kind: 'file' | 'directory' = 'file'): void {
    try {
      if (kind === 'file') unlinkSync(this.at(name));
      else rmdirSync(this.at(name));
    } catch {
      // Litter of another user in a sticky directory: it stays.
    }
  }

  /** Whether the path still leads here. */
  isInPlace(): boolean {
    return isSame(lookAt(this.path), this.stats);
  }

  /** Makes a rename last; file systems that cannot sync a directory make no such promise anyway. @throws EIO, ENOSPC */
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

/** Whether two looks were at one file. */
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

/** The path without links, if nobody else can exchange anything on it. @throws MapError `unsafe` */
function trusted(path: string, stats: Stats): string {
  const real = realpathSync.native(path);
  for (let at = real; ; at = dirname(at)) {
    if (!isTrusted(lstatSync(at), at === real)) {
      const text = `without /proc, files are made only where root or this user alone may exchange directories; others may in ${at}`;
      throw new MapError('unsafe', text, { file: path });
    }
    if (at === dirname(at)) break;
  }
  if (!isSame(lookAt(real), stats)) throw new MapError('unsafe', `${path} was exchanged`, { file: path });
  return real === '/' ? '' : real;
}

/** In a sticky directory nobody exchanges what is ours, but others make files beside it. */
function isTrusted({ uid, mode }: Stats, isLast: boolean): boolean {
  const ours = uid === 0 || uid === process.geteuid?.();
  return ours && ((mode & OTHERS_WRITE) === 0 || (!isLast && (mode & STICKY) !== 0));
}
