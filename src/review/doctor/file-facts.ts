/** A path -> owner, group, mode and age of its file. Names come from the system's name service; without one, numbers. */
import { type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { NameService } from '../../config/name-service.ts';
import { decodeText } from '../../core/bytes.ts';
import type { FileFacts } from './machine.ts';

export class FileReader {
  readonly #service = new NameService({ onProblem: () => undefined });

  /** Undefined if the file does not exist or its status cannot be read. */
  factsOf(path: string): FileFacts | undefined {
    const stats = statusOf(path);
    if (stats === undefined) return undefined;
    const { mtimeMs, mode, uid, gid } = stats;
    return { path, mtimeMs, mode: mode & 0o7777, owner: this.#userName(uid), group: this.#groupName(gid) };
  }

  isPipe(path: string): boolean {
    return statusOf(path)?.isFIFO() === true;
  }

  /** Whether a user may read and write a file, through all directories; undefined for a user or file that is not known. */
  mayUse(user: string, path: string): boolean | undefined {
    const [known] = this.#users(user);
    if (known === undefined || statusOf(path) === undefined) return undefined;
    if (known.uid === 0) return true;
    const isMember = (gid: number): boolean => {
      const group = this.#service.group(gid);
      return known.gid === gid || (typeof group === 'object' && group.members.includes(known.name));
    };
    return reaches(path, READ | WRITE, (uid) => uid === known.uid, isMember);
  }

  /** Whether a process that is in these groups, and not root, may read a file, through all directories. */
  mayRead(path: string, user: string | undefined, groups: readonly string[]): boolean {
    const isUser = (uid: number): boolean => user !== undefined && this.#userName(uid) === user;
    return reaches(path, READ, isUser, (gid) => groups.includes(this.#groupName(gid)));
  }

  knows(user: string): boolean {
    return this.#users(user).length > 0;
  }

  #users(key: string | number) {
    const found = this.#service.users(key);
    return found === 'tempFail' ? [] : found;
  }

  #userName(uid: number): string {
    return decodeText(this.#users(uid)[0]?.name ?? `${uid}`);
  }

  #groupName(gid: number): string {
    const group = this.#service.group(gid);
    return typeof group === 'object' ? decodeText(group.name) : `${gid}`;
  }
}

function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

const READ = 4;
const WRITE = 2;
const SEARCH = 1;

/** Whether permission bits are there for a file, and the right to search every directory above it. */
function reaches(
  path: string,
  bits: number,
  isUser: (uid: number) => boolean,
  isIn: (gid: number) => boolean,
): boolean {
  const stats = statusOf(path);
  if (stats === undefined) return false;
  const shift = isUser(stats.uid) ? 6 : isIn(stats.gid) ? 3 : 0;
  if (((stats.mode >> shift) & bits) !== bits) return false;
  return path === '/' || reaches(dirname(path), SEARCH, isUser, isIn);
}
