/**
 * A path -> the text of its file, read again when the file has changed. Rulesets look at the hosts file and the service switch
 * for nearly every address.
 *
 * The status of a file is compared at most every {@link FRESH_MS} milliseconds; a change is seen after that time.
 */
import { constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { type ByteString, decodeText } from '../../core/bytes.ts';
import { systemText } from '../../core/system-error.ts';
import type { FileRead } from '../../rules/machine.ts';
import { release } from '../../store/file.ts';

const FRESH_MS = 100;

interface Kept {
  readonly read: FileRead;
  readonly stats: Stats | undefined;
  lookedAt: number;
}

export class KeptFiles {
  readonly #kept = new Map<ByteString, Kept>();

  read(path: ByteString): FileRead {
    const now = performance.now();
    const known = this.#kept.get(path);
    if (known !== undefined && now - known.lookedAt < FRESH_MS) return known.read;
    const stats = statusOf(path);
    if (known !== undefined && isSame(known.stats, stats)) {
      known.lookedAt = now;
      return known.read;
    }
    const read = readPlain(path);
    this.#kept.set(path, { read, stats, lookedAt: now });
    return read;
  }
}

function statusOf(path: ByteString): Stats | undefined {
  try {
    return statSync(decodeText(path), { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function isSame(one: Stats | undefined, two: Stats | undefined): boolean {
  if (one === undefined || two === undefined) return false;
  return one.ino === two.ino && one.size === two.size && one.mtimeMs === two.mtimeMs && one.ctimeMs === two.ctimeMs;
}

function readPlain(path: ByteString): FileRead {
  try {
    const fd = openSync(decodeText(path), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      if (!fstatSync(fd).isFile()) return { cause: 'Regular files only', isMissing: false };
      return { text: readFileSync(fd, 'latin1') };
    } finally {
      release(fd);
    }
  } catch (error) {
    return { cause: systemText(error), isMissing: (error as NodeJS.ErrnoException).code === 'ENOENT' };
  }
}
