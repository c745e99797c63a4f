/**
 * A file that a configuration names -> its descriptor, or sendmail's reason why it may not be used: a directory on its path that
 * others may write, a symbolic link in one, anything but a regular file, or a file that its permission bits hide.
 *
 * DontBlameSendmail lifts the first two, with a warning for each directory. The open file is judged, not its name. Source:
 * sendmail 8.17, for maps and class files.
 */
import { constants, fstatSync, lstatSync, openSync } from 'node:fs';
import { basename } from 'node:path';
import { MapError } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';
import { release } from '../store/file.ts';
import { holdDirectory } from './directories.ts';
import { checkMapFile, refusalOf } from './map-safety.ts';
import { type Allowed, writableDirectories } from './text-safety.ts';

/** The flags of DontBlameSendmail for each use of a file, in lower case. */
const FLAGS = {
  map: { directory: 'mapinunsafedirpath', link: 'linkedmapinwritabledir' },
  class: { directory: 'classfileinunsafedirpath', link: 'linkedclassfileinwritabledir' },
} as const;

/** The use of a file, and the rules about it. */
export interface FileSafety {
  readonly purpose: keyof typeof FLAGS;
  readonly allowed: Allowed;
  /** Gets sendmail's warning about a directory that others may write. */
  warn(words: string): void;
}

/** An open file, or the system's words for why there is none. */
export type Judged = { readonly fd: number } | { readonly problem: 'missing' | 'unsafe'; readonly cause: string };

const READ = { purpose: 'read', allowLinks: true } as const;

export function openJudged(path: string, { purpose, allowed, warn }: FileSafety): Judged {
  const flags = FLAGS[purpose];
  try {
    using directory = holdDirectory(path);
    const file = directory === undefined ? path : directory.at(basename(path));
    const writable = [...writableDirectories(path, allowed, directory, true)];
    if (writable.length > 0 && !allowed.has(flags.directory)) return unsafe(writable[0]!.reason);
    const isLink = lstatSync(file).isSymbolicLink();
    for (const { reason, path: directory } of writable) warn(`WARNING: ${reason} ${directory}`);
    const followsLinks = writable.length === 0 || allowed.has(flags.link);
    if (isLink && !followsLinks) return unsafe('Symbolic links not allowed');
    const { refusal } = checkMapFile(path, READ, directory);
    if (refusal !== undefined)
      return { problem: refusal.code === 'missing' ? 'missing' : 'unsafe', cause: refusal.text };
    return openRegular(file, followsLinks);
  } catch (error) {
    return failed(error instanceof MapError ? error.cause : error);
  }
}

/** The file may have been exchanged since it was looked at. */
function openRegular(path: string, followsLinks: boolean): Judged {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | (followsLinks ? 0 : constants.O_NOFOLLOW));
  const refusal = refusalOf(fstatSync(fd), READ);
  if (refusal === undefined) return { fd };
  release(fd);
  return unsafe(refusal.text);
}

function unsafe(cause: string): Judged {
  return { problem: 'unsafe', cause };
}

function failed(error: unknown): Judged {
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return { problem: isMissing ? 'missing' : 'unsafe', cause: systemText(error) };
}
