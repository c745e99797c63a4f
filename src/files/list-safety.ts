/**
 * Opens :include: and .forward files for alias expansion, with sendmail's rules on what is safe to believe.
 *
 * Whether a user may read a file is worked out from owner, group and mode, so that the answer does not depend on who
 * this process runs as. A file or a folder on the way to it that others may write is refused; the DontBlameSendmail
 * names relax that one by one. The file that was judged is the one that is read (held-files.ts), and nothing waits.
 * Relative names start where the file system does, for sendmail in its queue folder, whose own mode matters only where a
 * name has no folder. Beside sendmail's rules, there is a limit on the size.
 */
import { type FileReader, type ListFile, MAX_LIST_FILE_BYTES, type Reader } from '../core/list-file.ts';
import { isTransient, systemCode, systemText } from '../core/system-error.ts';
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
  /** Names are compared without case; `Safe` takes back those before it. */
  readonly dontBlame?: readonly string[];
  /** TrustedUser: his .forward files are believed as root's are. */
  readonly trustedUid?: number | undefined;
  /** The members of a group, by its number. */
  readonly groupMembers?: (gid: number) => readonly string[];
}

const GROUP_WRITABLE_FOLDER = 'Group writable directory';
const WORLD_WRITABLE_FOLDER = 'World writable directory';
/** A file name alone: nothing is known of the folder that it is in. */
const NO_FOLDER = 'no folder';
const DENIED = systemText({ code: 'EACCES' });
const TOO_MANY_LINKS = systemText({ code: 'ELOOP' });
const MAX_LINKS = 20;
/** Folders that are looked at for one file: links that lead to links could make them any number. */
const MAX_FOLDERS = 1000;
const [GROUP_WRITE, WORLD_WRITE, READ, SEARCH] = [0o020, 0o002, 0o4, 0o1];

/** A FileReader over a file system. */
export function safeFileReader(fs: FileSystem, options: SafeFileOptions = {}): FileReader {
  const names = options.dontBlame?.map((name) => name.toLowerCase()) ?? [];
  const relaxed = new Set(names.slice(names.lastIndexOf('safe') + 1));
  const judge = new Judge(fs, (name) => relaxed.has(name.toLowerCase()), options);
  return {
    readInclude: (path, reader) => judge.open(path, reader, 'Include'),
    readForward: (path, reader) => judge.openIfThere(path, reader, 'Forward'),
  };
}

type Purpose = 'Include' | 'Forward';

/** Who, beside its owner, may write a folder. */
type Trusted = 'nobody' | 'group' | 'everybody';

class Judge {
  readonly #fs: FileSystem;
  /** The same, held while one file is judged. */
  #view: Omit<FileSystem, 'stat' | 'hold'>;
  readonly #relaxed: (name: Blameless) => boolean;
  readonly #members: (gid: number) => readonly string[];
  readonly #trustedUid: number | undefined;
  #folders = 0;

  constructor(fs: FileSystem, relaxed: (name: Blameless) => boolean, options: SafeFileOptions) {
    this.#fs = fs;
    this.#view = fs;
    this.#relaxed = relaxed;
    this.#members = options.groupMembers ?? (() => []);
    this.#trustedUid = options.trustedUid;
  }

  /** A directory may be refused before it is known whether it has the file. */
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
    this.#folders = 0;
    using held = this.#fs.hold?.();
    this.#view = held ?? this.#fs;
    try {
      if (!this.#mayStart(path, reader, purpose)) return refused(DENIED);
      const inFolder = path.includes('/');
      const trusted = this.#relaxed('GroupWritableDirPathSafe') ? 'group' : 'nobody';
      const problem = inFolder ? this.#folderProblem(path, reader, purpose, trusted) : NO_FOLDER;
      const obstacle = inFolder && problem && this.#obstacle(path, reader, purpose, problem);
      if (obstacle) return refused(obstacle);
      const linked = problem === undefined || this.#relaxed(`Linked${purpose}FileInWritableDir`);
      const status = linked ? this.#follow(path, reader, purpose) : this.#view.lstat(path);
      const reason = this.#fileProblem(status, reader, purpose, linked);
      if (reason !== undefined) return refused(reason);
      const text = this.#view.read(path, MAX_LIST_FILE_BYTES);
      if (text === undefined) return refused(`File too large (${MAX_LIST_FILE_BYTES} bytes max)`);
      const unsafe = this.#isUnsafe(status, purpose, problem);
      const ownerCertain = problem === undefined || this.#relaxed('AssumeSafeChown');
      return { status: 'opened', text, uid: status.uid, gid: status.gid, unsafe, ownerCertain };
    } catch (error) {
      return refusedBySystem(error);
    }
  }

  /** A relative path starts in a folder that the reader must pass; root only has to where the path names no other. */
  #mayStart(path: string, reader: Reader, purpose: Purpose): boolean {
    if (path.startsWith('/') || (reader.uid === 0 && path.includes('/'))) return true;
    return this.#mayAccess(this.#view.lstat('.'), reader, purpose, SEARCH);
  }

  /** What a path leads to for somebody who may not pass every folder. */
  #follow(path: string, reader: Reader, purpose: Purpose): FileStatus {
    let at = path;
    for (let level = 0; level < MAX_LINKS; level++) {
      const status = this.#view.lstat(at);
      if (status.kind !== 'link') return status;
      at = this.#linkTarget(at);
      const denied = reader.uid === 0 ? undefined : this.#folderProblem(at, reader, purpose, 'everybody');
      if (denied !== undefined) throw new Error(denied);
    }
    throw new Error(TOO_MANY_LINKS);
  }

  /**
   * What is wrong with a folder on the way to a path: others may write there, or the reader may not pass. Where the path
   * ends in a slash, only root must be able to pass the last one.
   */
  #folderProblem(path: string, reader: Reader, purpose: Purpose, trusted: Trusted, level = 0): string | undefined {
    if (level > MAX_LINKS) return TOO_MANY_LINKS;
    const folders = foldersDownTo(folderOf(path));
    for (const [i, folder] of folders.entries()) {
      if (++this.#folders > MAX_FOLDERS) throw new Error(TOO_MANY_LINKS);
      const status = this.#view.lstat(folder);
      const passed = reader.uid === 0 || i < folders.length - 1 || !path.endsWith('/');
      // who may write what the way goes up to does not matter; where it begins upward, it does
      const isUpward = i > 0 && folder.endsWith('/..');
      const problem =
        status.kind === 'link'
          ? this.#folderProblem(`${this.#linkTarget(folder)}/${passed ? '.' : ''}`, reader, purpose, trusted, level + 1)
          : this.#ownFolderProblem(status, isUpward ? 'everybody' : trusted);
      if (problem !== undefined) return problem;
      if (status.kind !== 'link' && passed && !this.#mayAccess(status, reader, purpose, SEARCH)) return DENIED;
    }
    return undefined;
  }

  #linkTarget(link: string): string {
    const target = this.#view.readLink(link);
    return target.startsWith('/') ? target : link.slice(0, link.lastIndexOf('/') + 1) + target;
  }

  #ownFolderProblem(status: FileStatus, trusted: Trusted): string | undefined {
    const believed = trusted === 'everybody' || ((status.mode & 0o1000) !== 0 && this.#relaxed('TrustStickyBit'));
    if (!believed && status.mode & WORLD_WRITE) return WORLD_WRITABLE_FOLDER;
    if (!believed && status.mode & GROUP_WRITE && trusted !== 'group') return GROUP_WRITABLE_FOLDER;
    return status.kind === 'folder' ? undefined : systemText({ code: 'ENOTDIR' });
  }

  /** What remains of a problem with a folder when DontBlameSendmail allows some: the system's own refusal, or nothing. */
  #obstacle(path: string, reader: Reader, purpose: Purpose, problem: string): string | undefined {
    if (this.#relaxed(`${purpose}FileInUnsafeDirPath`)) {
      return this.#folderProblem(path, reader, purpose, 'everybody');
    }
    if (problem !== GROUP_WRITABLE_FOLDER || !this.#relaxed(`${purpose}FileInGroupWritableDirPath`)) return problem;
    const rest = this.#folderProblem(path, reader, purpose, 'group');
    if (rest === undefined) return undefined;
    // whoever may pass all folders but the last is refused by the system itself
    const reached = reader.uid !== 0 && !this.#folderProblem(folderOf(path), reader, purpose, 'group');
    return rest === DENIED && reached ? DENIED : problem;
  }

  #fileProblem(status: FileStatus, reader: Reader, purpose: Purpose, linked: boolean): string | undefined {
    if (status.kind === 'link') return 'Symbolic links not allowed';
    if (status.kind !== 'file') return 'Regular files only';
    if (status.mode & GROUP_WRITE && !this.#relaxed(`GroupWritable${purpose}File`)) return 'Group writable file';
    if (status.mode & WORLD_WRITE && !this.#relaxed(`WorldWritable${purpose}File`)) return 'World writable file';
    if (!linked && status.links !== 1) return 'Hard links not allowed';
    const owned = purpose === 'Include' || [reader.uid, 0, this.#trustedUid].includes(status.uid);
    return owned && this.#mayAccess(status, reader, purpose, READ) ? undefined : DENIED;
  }

  /** By owner, group or other, whichever applies first. root counts as "other" for lists. */
  #mayAccess(status: FileStatus, reader: Reader, purpose: Purpose, wanted: number): boolean {
    if (reader.uid === 0 && purpose === 'Include') return (status.mode & wanted) !== 0;
    if (status.uid === reader.uid) return (status.mode & (wanted << 6)) !== 0;
    const inGroup =
      status.gid === reader.gid || (reader.name !== undefined && this.#members(status.gid).includes(reader.name));
    return (status.mode & (inGroup ? wanted << 3 : wanted)) !== 0;
  }

  /** Addresses of such a file count, its programs and files do not. */
  #isUnsafe(status: FileStatus, purpose: Purpose, folderProblem: string | undefined): boolean {
    if (folderProblem === GROUP_WRITABLE_FOLDER || folderProblem === WORLD_WRITABLE_FOLDER) {
      const believed = !this.#relaxed(`${purpose}FileInUnsafeDirPath`); // by ...InGroupWritableDirPath
      if (!believed && !this.#relaxed(`${purpose}FileInUnsafeDirPathSafe`)) return true;
    }
    if (status.mode & WORLD_WRITE) return true;
    return (status.mode & GROUP_WRITE) !== 0 && !this.#relaxed(`GroupWritable${purpose}FileSafe`);
  }
}

function folderOf(path: string): string {
  let end = path.lastIndexOf('/');
  while (end > 0 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end) || '/';
}

/** '/a/b' -> '/', '/a', '/a/b'; 'a/b' -> 'a', 'a/b'. */
function foldersDownTo(path: string): string[] {
  const folders = path.startsWith('/') ? ['/'] : [];
  for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at));
  if (path !== '/') folders.push(path);
  return folders;
}

type Refusal = Extract<ListFile, { status: 'refused' }>;

function refused(reason: string): Refusal {
  return { status: 'refused', reason };
}

/** What the system refuses is refused to this process, and says nothing about the reader. */
const RIGHTS: readonly (string | undefined)[] = ['EACCES', 'EPERM'];
const MISSING: readonly (string | undefined)[] = ['ENOENT', 'ENOTDIR'];

function refusedBySystem(error: unknown): Refusal {
  const refusal = refused(systemText(error));
  const code = systemCode(error);
  if (isTransient(error)) return { ...refusal, why: 'later' };
  if (RIGHTS.includes(code)) return { ...refusal, why: 'rights' };
  return MISSING.includes(code) ? { ...refusal, why: 'missing' } : refusal;
}
