/**
 * A path and its reader -> the text of a :include: or .forward file, if sendmail's safety rules allow it.
 *
 * The right of a user to read a file is computed from owner, group and mode, so the answer does not depend on the user of this
 * process. A file, or a directory on its path, that others may write is refused; each DontBlameSendmail name relaxes one such
 * rule. The file that was judged is the file that is read (held-files.ts), and no read waits. Relative paths start at `fs` (in
 * production QueueDirectory), whose mode is checked only for a path without a slash.
 *
 * Limits: the size of a file (sendmail has no such limit).
 */
import { type FileReader, type ListFile, MAX_LIST_FILE_BYTES, type Reader } from '../core/list-file.ts';
import { isTransient, systemCode, systemText } from '../core/system-error.ts';
import { WRITABLE } from './directories.ts';
import type { FileStatus, FileSystem } from './file-system.ts';

/** DontBlameSendmail: the names that matter here, as sendmail writes them. */
export type Blameless =
  | 'AssumeSafeChown'
  | 'ForwardFileInGroupWritableDirPath'
  | 'ForwardFileInUnsafeDirPath'
  | 'ForwardFileInUnsafeDirPathSafe'
  | 'GroupWritableDirPathSafe'
  | 'GroupWritableForwardFile'
  | 'GroupWritableForwardFileSafe'
  | 'GroupWritableIncludeFile'
  | 'GroupWritableIncludeFileSafe'
  | 'IncludeFileInGroupWritableDirPath'
  | 'IncludeFileInUnsafeDirPath'
  | 'IncludeFileInUnsafeDirPathSafe'
  | 'LinkedForwardFileInWritableDir'
  | 'LinkedIncludeFileInWritableDir'
  | 'TrustStickyBit'
  | 'WorldWritableForwardFile'
  | 'WorldWritableIncludeFile';

export interface SafeFileOptions {
  /** Names are compared without regard to case; `Safe` cancels the names before it. */
  readonly dontBlame?: readonly string[];
  /** TrustedUser: its .forward files are trusted like those of root. */
  readonly trustedUid?: number | undefined;
  /** The members of a group, by its number. */
  readonly groupMembers?: (gid: number) => readonly string[];
}

/** The problems of a file and of the directories on its path, in the words of sendmail or of the system. */
const WORDS = {
  groupDirectory: WRITABLE.group,
  worldDirectory: WRITABLE.world,
  /** The path has no slash: its directory is not known. */
  unknownDirectory: 'no directory',
  notADirectory: systemText({ code: 'ENOTDIR' }),
  denied: systemText({ code: 'EACCES' }),
  tooManyLinks: systemText({ code: 'ELOOP' }),
  link: 'Symbolic links not allowed',
  notAFile: 'Regular files only',
  groupFile: 'Group writable file',
  worldFile: 'World writable file',
  hardLinks: 'Hard links not allowed',
  tooLarge: `File too large (${MAX_LIST_FILE_BYTES} bytes max)`,
} as const;
type Obstacle = keyof typeof WORDS;

/** A problem that ends the check of a path. */
class Obstructed extends Error {
  readonly obstacle: Obstacle;

  constructor(obstacle: Obstacle) {
    super(WORDS[obstacle]);
    this.obstacle = obstacle;
  }
}

const MAX_LINKS = 20;
/** Directories that are checked for one file. Links that lead to links could otherwise make them any number. */
const MAX_DIRECTORIES = 1000;
const [GROUP_WRITE, WORLD_WRITE, READ, SEARCH] = [0o020, 0o002, 0o4, 0o1];

/** A FileReader over a file system. */
export function safeFileReader(fs: FileSystem, options: SafeFileOptions = {}): FileReader {
  const names = options.dontBlame?.map((name) => name.toLowerCase()) ?? [];
  const relaxed = new Set(names.slice(names.lastIndexOf('safe') + 1));
  const checker = new FileChecker(fs, (name) => relaxed.has(name.toLowerCase()), options);
  return {
    readInclude: (path, reader) => checker.open(path, reader, 'Include'),
    readForward: (path, reader) => checker.openIfThere(path, reader, 'Forward'),
  };
}

type Purpose = 'Include' | 'Forward';

/** Users who may write a directory besides its owner. */
type Trusted = 'nobody' | 'group' | 'everybody';

class FileChecker {
  readonly #fs: FileSystem;
  /** The held view while one file is judged. */
  #view: Omit<FileSystem, 'hold'>;
  readonly #relaxed: (name: Blameless) => boolean;
  readonly #members: (gid: number) => readonly string[];
  readonly #trustedUid: number | undefined;
  #directories = 0;

  constructor(fs: FileSystem, relaxed: (name: Blameless) => boolean, options: SafeFileOptions) {
    this.#fs = fs;
    this.#view = fs;
    this.#relaxed = relaxed;
    this.#members = options.groupMembers ?? (() => []);
    this.#trustedUid = options.trustedUid;
  }

  /** Checks directories before the file: a directory may be refused whether or not it has the file. */
  openIfThere(path: string, reader: Reader, purpose: Purpose): ListFile {
    const file = this.open(path, reader, purpose);
    return file.status === 'refused' && file.why === undefined && this.#isMissing(path)
      ? { ...file, why: 'missing' }
      : file;
  }

  #isMissing(path: string): boolean {
    try {
      this.#fs.lstat(path);
      return false;
    } catch (error) {
      return MISSING.includes(systemCode(error));
    }
  }

  open(path: string, reader: Reader, purpose: Purpose): ListFile {
    this.#directories = 0;
    using held = this.#fs.hold?.();
    this.#view = held ?? this.#fs;
    try {
      if (!this.#mayStart(path, reader, purpose)) return refused('denied');
      const inDirectory = path.includes('/');
      const trusted = this.#relaxed('GroupWritableDirPathSafe') ? 'group' : 'nobody';
      const problem = inDirectory ? this.#directoryProblem(path, reader, purpose, trusted) : 'unknownDirectory';
      const obstacle = inDirectory && problem && this.#obstacle(path, reader, purpose, problem);
      if (obstacle) return refused(obstacle);
      const linked = problem === undefined || this.#relaxed(`Linked${purpose}FileInWritableDir`);
      const status = linked ? this.#follow(path, reader, purpose) : this.#view.lstat(path);
      const reason = this.#fileProblem(status, reader, purpose, linked);
      if (reason !== undefined) return refused(reason);
      const text = this.#view.read(path, MAX_LIST_FILE_BYTES);
      if (text === undefined) return refused('tooLarge');
      const unsafe = this.#isUnsafe(status, purpose, problem);
      const ownerCertain = problem === undefined || this.#relaxed('AssumeSafeChown');
      return { status: 'opened', text, uid: status.uid, gid: status.gid, unsafe, ownerCertain };
    } catch (error) {
      return refusedBySystem(error);
    }
  }

  /** A relative path starts in a directory that the reader must be able to search; root only if the path has no slash. */
  #mayStart(path: string, reader: Reader, purpose: Purpose): boolean {
    if (path.startsWith('/') || (reader.uid === 0 && path.includes('/'))) return true;
    return this.#mayAccess(this.#view.lstat('.'), reader, purpose, SEARCH);
  }

  /** The status of a path for a reader that may not search every directory of it. */
  #follow(path: string, reader: Reader, purpose: Purpose): FileStatus {
    let at = path;
    for (let level = 0; level < MAX_LINKS; level++) {
      const status = this.#view.lstat(at);
      if (status.kind !== 'link') return status;
      at = this.#linkTarget(at);
      const denied = reader.uid === 0 ? undefined : this.#directoryProblem(at, reader, purpose, 'everybody');
      if (denied !== undefined) throw new Obstructed(denied);
    }
    throw new Obstructed('tooManyLinks');
  }

  /**
   * The problem with a directory on a path: others may write it, or the reader may not search it. If the path ends in a slash,
   * only root must be able to search the last directory.
   */
  #directoryProblem(path: string, reader: Reader, purpose: Purpose, trusted: Trusted, level = 0): Obstacle | undefined {
    if (level > MAX_LINKS) return 'tooManyLinks';
    const directories = directoriesDownTo(directoryOf(path));
    for (const [i, directory] of directories.entries()) {
      if (++this.#directories > MAX_DIRECTORIES) throw new Obstructed('tooManyLinks');
      const status = this.#view.lstat(directory);
      const passed = reader.uid === 0 || i < directories.length - 1 || !path.endsWith('/');
      // A directory reached by `..` inside the path is not checked for writers; a leading `..` is.
      const isUpward = i > 0 && directory.endsWith('/..');
      const problem =
        status.kind === 'link'
          ? this.#directoryProblem(
              `${this.#linkTarget(directory)}/${passed ? '.' : ''}`,
              reader,
              purpose,
              trusted,
              level + 1,
            )
          : this.#ownDirectoryProblem(status, isUpward ? 'everybody' : trusted);
      if (problem !== undefined) return problem;
      if (status.kind !== 'link' && passed && !this.#mayAccess(status, reader, purpose, SEARCH)) return 'denied';
    }
    return undefined;
  }

  #linkTarget(link: string): string {
    const target = this.#view.readLink(link);
    return target.startsWith('/') ? target : link.slice(0, link.lastIndexOf('/') + 1) + target;
  }

  #ownDirectoryProblem(status: FileStatus, trusted: Trusted): Obstacle | undefined {
    const believed = trusted === 'everybody' || ((status.mode & 0o1000) !== 0 && this.#relaxed('TrustStickyBit'));
    if (!believed && status.mode & WORLD_WRITE) return 'worldDirectory';
    if (!believed && status.mode & GROUP_WRITE && trusted !== 'group') return 'groupDirectory';
    return status.kind === 'directory' ? undefined : 'notADirectory';
  }

  /** The problem that is left when DontBlameSendmail allows some: the system's own refusal, or none. */
  #obstacle(path: string, reader: Reader, purpose: Purpose, problem: Obstacle): Obstacle | undefined {
    if (this.#relaxed(`${purpose}FileInUnsafeDirPath`)) {
      return this.#directoryProblem(path, reader, purpose, 'everybody');
    }
    if (problem !== 'groupDirectory' || !this.#relaxed(`${purpose}FileInGroupWritableDirPath`)) return problem;
    const rest = this.#directoryProblem(path, reader, purpose, 'group');
    if (rest === undefined) return undefined;
    // A reader that may search all directories but the last gets the system's own refusal.
    const reached = reader.uid !== 0 && !this.#directoryProblem(directoryOf(path), reader, purpose, 'group');
    return rest === 'denied' && reached ? rest : problem;
  }

  #fileProblem(status: FileStatus, reader: Reader, purpose: Purpose, linked: boolean): Obstacle | undefined {
    if (status.kind === 'link') return 'link';
    if (status.kind !== 'file') return 'notAFile';
    if (status.mode & GROUP_WRITE && !this.#relaxed(`GroupWritable${purpose}File`)) return 'groupFile';
    if (status.mode & WORLD_WRITE && !this.#relaxed(`WorldWritable${purpose}File`)) return 'worldFile';
    if (!linked && status.links !== 1) return 'hardLinks';
    const owned = purpose === 'Include' || [reader.uid, 0, this.#trustedUid].includes(status.uid);
    return owned && this.#mayAccess(status, reader, purpose, READ) ? undefined : 'denied';
  }

  /** The first class that applies decides: owner, group or other. root counts as "other" for lists. */
  #mayAccess(status: FileStatus, reader: Reader, purpose: Purpose, wanted: number): boolean {
    if (reader.uid === 0 && purpose === 'Include') return (status.mode & wanted) !== 0;
    if (status.uid === reader.uid) return (status.mode & (wanted << 6)) !== 0;
    const inGroup =
      status.gid === reader.gid || (reader.name !== undefined && this.#members(status.gid).includes(reader.name));
    return (status.mode & (inGroup ? wanted << 3 : wanted)) !== 0;
  }

  /** An unsafe file may name addresses, but no programs or files. */
  #isUnsafe(status: FileStatus, purpose: Purpose, directoryProblem: Obstacle | undefined): boolean {
    if (directoryProblem === 'groupDirectory' || directoryProblem === 'worldDirectory') {
      const believed = !this.#relaxed(`${purpose}FileInUnsafeDirPath`); // by ...InGroupWritableDirPath
      if (!believed && !this.#relaxed(`${purpose}FileInUnsafeDirPathSafe`)) return true;
    }
    if (status.mode & WORLD_WRITE) return true;
    return (status.mode & GROUP_WRITE) !== 0 && !this.#relaxed(`GroupWritable${purpose}FileSafe`);
  }
}

function directoryOf(path: string): string {
  let end = path.lastIndexOf('/');
  while (end > 0 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end) || '/';
}

/** '/a/b' -> '/', '/a', '/a/b'; 'a/b' -> 'a', 'a/b'. */
function directoriesDownTo(path: string): string[] {
  const directories = path.startsWith('/') ? ['/'] : [];
  for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) directories.push(path.slice(0, at));
  if (path !== '/') directories.push(path);
  return directories;
}

type Refusal = Extract<ListFile, { status: 'refused' }>;

function refused(obstacle: Obstacle): Refusal {
  return { status: 'refused', reason: WORDS[obstacle] };
}

/** Codes of a refusal for this process, which does not show whether the reader may read the file. */
const RIGHTS: readonly (string | undefined)[] = ['EACCES', 'EPERM'];
const MISSING: readonly (string | undefined)[] = ['ENOENT', 'ENOTDIR'];

function refusedBySystem(error: unknown): Refusal {
  if (error instanceof Obstructed) return refused(error.obstacle);
  const refusal: Refusal = { status: 'refused', reason: systemText(error) };
  const code = systemCode(error);
  if (isTransient(error)) return { ...refusal, why: 'later' };
  if (RIGHTS.includes(code)) return { ...refusal, why: 'rights' };
  return MISSING.includes(code) ? { ...refusal, why: 'missing' } : refusal;
}
