/**
 * The new content of a file of an open directory. It is written beside the file under a name of this process, exclusively, and
 * takes its place in one step; until then the file stays as it is. What killed processes left beside it is removed first.
 *
 * Errors: those of the system.
 */
import { closeSync, constants } from 'node:fs';
import type { OpenDirectory } from './directory.ts';
import { DAY_MS, removeLeftFiles } from './left-over.ts';
import { newWriterId } from './replace/writer-id.ts';

const BEHIND = '.new';
/** Characters of the file's name that the name beside it begins with: a longer one may have no room for the id. */
const SHOWN = 32;

export class NewFile implements Disposable {
  /** Open for writing. */
  readonly fd: number;
  readonly #directory: OpenDirectory;
  readonly #name: string;
  readonly #beside: string;
  #isInPlace = false;

  /** @param mode before the umask */
  constructor(directory: OpenDirectory, name: string, mode: number) {
    const before = `.${[...name].slice(0, SHOWN).join('')}.`;
    this.#directory = directory;
    this.#name = name;
    this.#beside = before + newWriterId() + BEHIND;
    clear(directory, before);
    this.fd = directory.open(this.#beside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  }

  /** Puts it in place. */
  commit(): void {
    this.#directory.rename(this.#beside, this.#name);
    this.#isInPlace = true;
  }

  /** Removes it, unless it is in place. */
  [Symbol.dispose](): void {
    if (!this.#isInPlace) this.#directory.remove(this.#beside);
    closeSync(this.fd);
  }
}

function clear(directory: OpenDirectory, before: string): void {
  try {
    removeLeftFiles(directory, { before, behind: BEHIND, longestMs: DAY_MS });
  } catch {
    // A directory that may be written and not read: they stay.
  }
}
