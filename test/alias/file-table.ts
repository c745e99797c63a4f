/**
 * A file system as a table, filled from the files of an oracle's job, with the same owners.
 */
import type { FileStatus, FileSystem } from '../../src/files/file-system.ts';
import type { FileSpec, Files } from '../oracle/jobs.ts';

const ETC = '/etc/mail';
/** Files of the system, which are not lists. */
const SYSTEM = ['passwd', 'group', 'shells'];

interface Entry extends FileStatus {
  /** The content, or the target of a link. */
  readonly text: string;
}
type Owner = { readonly uid: number; readonly gid: number };

export class FileTable implements FileSystem {
  readonly #entries = new Map<string, Entry>();
  readonly #users: ReadonlyMap<string, Owner>;
  readonly #homes = new Set<string>();

  constructor(files: Files, users: ReadonlyMap<string, Owner>) {
    this.#users = users;
    for (const directory of ['/', '/etc', ETC, '/dev']) this.#set(directory, 'directory', 0o755);
    for (const device of ['/dev/null', '/dev/zero', '/dev/full']) this.#set(device, 'other', 0o666);
    this.#set(`${ETC}/mqueue`, 'directory', 0o700);
    for (const name of Object.keys(files).sort()) {
      const spec = files[name];
      if (spec === null || spec === undefined || SYSTEM.includes(name)) continue;
      this.#put(name.startsWith('/') ? name : `${ETC}/${name}`, typeof spec === 'string' ? { text: spec } : spec);
    }
  }

  #set(path: string, kind: FileStatus['kind'], mode: number, owner: Owner = { uid: 0, gid: 0 }, text = ''): void {
    this.#entries.set(path, { kind, mode, uid: owner.uid, gid: owner.gid, links: 1, text });
  }

  #put(path: string, spec: Exclude<FileSpec, string | null>): void {
    for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) {
      if (!this.#entries.has(path.slice(0, at))) this.#set(path.slice(0, at), 'directory', 0o755);
    }
    if ('link' in spec) {
      this.#set(path, 'link', 0o777, undefined, spec.link);
      return;
    }
    if ('fifo' in spec) {
      this.#set(path, 'other', Number.parseInt(spec.mode ?? '644', 8));
      return;
    }
    if ('hard' in spec) {
      const shared = { ...this.#entries.get(`${ETC}/${spec.hard}`)!, links: 2 };
      this.#entries.set(path, shared).set(`${ETC}/${spec.hard}`, shared);
      return;
    }
    const atHome = this.#homeOwner(path);
    // root changes the owner of a file, but not its group, which is that of the home
    const group = spec.gid ?? this.#entries.get(path)?.gid ?? 0;
    const owner = spec.uid === undefined ? atHome : { uid: spec.uid, gid: group };
    if ('dir' in spec) this.#set(path, 'directory', Number.parseInt(spec.mode ?? '755', 8), owner);
    else this.#set(path, 'file', Number.parseInt(spec.mode ?? '644', 8), owner, spec.text);
  }

  /** Files in a user's home belong to the user, and with the first one so does the home. */
  #homeOwner(path: string): Owner | undefined {
    const [home, name] = /^\/etc\/mail\/home\/([^/]+)/.exec(path) ?? [];
    const owner = name === undefined ? undefined : this.#users.get(name);
    if (home !== undefined && owner !== undefined && !this.#homes.has(home)) {
      this.#homes.add(home);
      this.#set(home, 'directory', 0o755, owner);
    }
    return owner;
  }

  #find(path: string, followLast: boolean, level = 0): Entry {
    if (level > 40) throw failure('ELOOP');
    if (path === '') throw failure('ENOENT');
    if (path.endsWith('/') && !followLast) {
      const found = this.#find(path, true, level);
      if (found.kind !== 'directory') throw failure('ENOTDIR');
      return found;
    }
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    let at = '';
    for (const [i, part] of parts.entries()) {
      if (this.#entries.get(at || '/')!.kind !== 'directory') throw failure('ENOTDIR');
      at = part === '..' ? at.slice(0, at.lastIndexOf('/')) : `${at}/${part}`;
      const entry = this.#entries.get(at || '/');
      if (entry === undefined) throw failure('ENOENT');
      if (entry.kind === 'link' && (followLast || i < parts.length - 1)) {
        const target = entry.text.startsWith('/') ? entry.text : `${at.slice(0, at.lastIndexOf('/'))}/${entry.text}`;
        return this.#find([target, ...parts.slice(i + 1)].join('/'), followLast, level + 1);
      }
    }
    return this.#entries.get(at || '/')!;
  }

  lstat(path: string): FileStatus {
    return this.#find(path, false);
  }
  stat(path: string): FileStatus {
    return this.#find(path, true);
  }
  readLink(path: string): string {
    return this.#find(path, false).text;
  }
  read(path: string): string {
    return this.#find(path, true).text;
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
