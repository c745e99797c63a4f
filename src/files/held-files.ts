/**
 * A view of the file system that does not change while files are judged: each name leads to the file of the first look, until
 * the view is released. A directory, link or file that is exchanged between two looks has no effect, and a file is read through
 * the descriptor that was judged.
 *
 * Every directory of a path is opened by its name in the one above; a link is opened once, to read its target. Without /proc,
 * names are looked at again after reading, and an exchange is a temporary failure.
 */
import { constants, fstatSync, lstatSync, openSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { isSame, O_PATH } from '../store/directory.ts';
import { release } from '../store/file.ts';
import { directoryOf, withoutLastSlashes } from './directories.ts';
import { type FileStatus, type HeldFileSystem, pathBytes, readRegularFile, statusOf } from './file-system.ts';

/** Linux follows at most this many links in one path. */
const MAX_LINKS = 40;
const DESCRIPTORS = '/proc/self/fd';

interface Held {
  readonly path: string;
  /** The path that leads to it now. */
  readonly at: string;
  readonly fd: number | undefined;
  readonly stats: Stats;
  /** The target of a link that was read. */
  target?: string;
}

export class HeldFiles implements HeldFileSystem {
  readonly #held = new Map<string, Held>();
  readonly #byDescriptor = O_PATH !== 0 && statSync(DESCRIPTORS, { throwIfNoEntry: false }) !== undefined;

  lstat(path: string): FileStatus {
    return statusOf((path.length > 1 && path.endsWith('/') ? this.#directory(path) : this.#hold(path)).stats);
  }

  readLink(path: string): string {
    const held = this.#hold(path);
    if (!held.stats.isSymbolicLink()) throw failure('EINVAL');
    held.target ??= whereNow(this.#reach(path));
    return held.target;
  }

  read(path: string, limit: number): string | undefined {
    const held = this.#follow(path.length > 1 && path.endsWith('/') ? this.#directory(path) : this.#hold(path));
    const text = readRegularFile(held.at, limit, (stats) => isSame(stats, held.stats));
    if (!this.#byDescriptor) for (const { at, stats } of this.#held.values()) assertUnchanged(at, stats);
    return text;
  }

  /** Time of the last write of a file, in milliseconds. */
  writtenAt(path: string): number {
    const { at } = this.#follow(this.#hold(withoutLastSlashes(path)));
    return statSync(pathBytes(at)).mtimeMs;
  }

  /** The file that a path leads to, and all links that were passed in this view. */
  passed(path: string): { readonly stats: Stats; readonly links: readonly { path: string; uid: number }[] } {
    const { stats } = this.#follow(this.#hold(withoutLastSlashes(path)));
    const links = [...this.#held.values()].filter((held) => held.stats.isSymbolicLink());
    return { stats, links: links.map((link) => ({ path: link.path, uid: link.stats.uid })) };
  }

  [Symbol.dispose](): void {
    for (const { fd } of this.#held.values()) if (fd !== undefined) release(fd);
    this.#held.clear();
  }

  /** Holds the entry of this name itself, without following a link. The path does not end in a slash. */
  #hold(path: string): Held {
    let held = this.#held.get(path);
    if (held === undefined) {
      const at = this.#reach(path);
      const fd = this.#byDescriptor ? openPlace(at) : undefined;
      const stats = fd === undefined ? lstatSync(pathBytes(at)) : fstatSync(fd);
      held = { path, at: fd === undefined ? at : `${DESCRIPTORS}/${fd}`, fd, stats };
      this.#held.set(path, held);
    }
    return held;
  }

  /** A path to a name, through its held directory. */
  #reach(path: string): string {
    if (path === '' || path === '.' || path === '/') return path;
    return `${this.#directory(directoryOf(path)).at}/${path.slice(path.lastIndexOf('/') + 1)}`;
  }

  #directory(path: string): Held {
    const held = this.#follow(this.#hold(withoutLastSlashes(path)));
    if (!held.stats.isDirectory()) throw failure('ENOTDIR');
    return held;
  }

  #follow(held: Held): Held {
    let at = held;
    for (let links = 0; at.stats.isSymbolicLink(); links++) {
      if (links === MAX_LINKS) throw failure('ELOOP');
      const target = this.readLink(at.path);
      const path = target.startsWith('/') ? target : at.path.slice(0, at.path.lastIndexOf('/') + 1) + target;
      at = path.length > 1 && path.endsWith('/') ? this.#directory(path) : this.#hold(path);
    }
    return at;
  }
}

/** The target of a path that was a link a moment ago. */
function whereNow(path: string): string {
  try {
    return readlinkSync(pathBytes(path), 'latin1');
  } catch (error) {
    const isExchanged = ['EINVAL', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '');
    throw isExchanged ? failure('EAGAIN') : error;
  }
}

/** Tries to open a directory first: that triggers an automount. */
function openPlace(path: string): number {
  const flags = O_PATH | constants.O_NOFOLLOW;
  try {
    return openSync(pathBytes(path), flags | constants.O_DIRECTORY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') throw error;
    return openSync(pathBytes(path), flags);
  }
}

function assertUnchanged(path: string, stats: Stats): void {
  if (!isSame(lstatSync(pathBytes(path), { throwIfNoEntry: false }), stats)) throw failure('EAGAIN');
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
