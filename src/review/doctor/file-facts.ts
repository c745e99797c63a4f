/** A path -> owner, group, mode and age of its file. Names come from the system's name service; without one, numbers. */
import { type Stats, statSync } from 'node:fs';
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

  /** Whether a user may read and write a file; undefined for a user or file that is not known. */
  mayUse(user: string, path: string): boolean | undefined {
    const stats = statusOf(path);
    const [known] = this.#users(user);
    if (stats === undefined || known === undefined) return undefined;
    if (known.uid === 0) return true;
    if (known.uid === stats.uid) return has(stats.mode, 6);
    const group = this.#service.group(stats.gid);
    const isMember = known.gid === stats.gid || (typeof group === 'object' && group.members.includes(known.name));
    return has(stats.mode, isMember ? 3 : 0);
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

const READ_AND_WRITE = 0o6;

function has(mode: number, shift: number): boolean {
  return ((mode >> shift) & READ_AND_WRITE) === READ_AND_WRITE;
}
