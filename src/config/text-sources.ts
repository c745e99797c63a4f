/**
 * Texts in memory -> the sources of a configuration, alone or in front of other sources: for tests, and to see the effect of a
 * change before it is made. Maps are made from their texts. All files belong to root, mode 0644, in directories that only root
 * may write. Reads nothing on disk, unless other sources follow.
 *
 * Errors: MapError `missing` for a file that an option names and no text holds.
 */
import { join, posix } from 'node:path';
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { NOT_FOUND, type Table } from '../core/lookup.ts';
import type { FileStatus, FileSystem, HeldFileSystem } from '../files/file-system.ts';
import { textOfMap } from '../files/map-path.ts';
import type { MapSetting, TextReader } from '../map/followed-map.ts';
import { tableOf } from '../map/table.ts';
import type { NameService } from './name-service.ts';
import type { Sources, TextNeed } from './sources.ts';
import type { ReportFindings } from './text-warnings.ts';

/** Texts by path. */
export type Texts = ReadonlyMap<string, ByteString>;

/** Texts by name -> texts by path; names start in a directory unless they are absolute. */
export function textsIn(directory: string, texts: Readonly<Record<string, ByteString>>): Texts {
  return new Map(Object.entries(texts).map(([name, text]) => [pathIn(directory, name), text]));
}

function pathIn(directory: string, name: string): string {
  return name.startsWith('/') ? posix.normalize(name) : join(directory, name);
}

export class TextSources implements Sources {
  readonly onDisk = false;
  readonly lists: FileSystem;
  declare readonly nameService?: NameService;
  readonly report: ReportFindings;
  readonly #texts: Texts;
  readonly #behind: Sources | undefined;

  /** @param lists the files of lists; by default the texts, and those of the sources that follow */
  constructor(texts: Texts, behind?: Sources, lists: FileSystem = new TextFiles(texts, behind?.lists)) {
    this.#texts = texts;
    this.#behind = behind;
    this.lists = lists;
    this.report = (file, findings) => behind?.report(file, findings);
    if (behind?.nameService !== undefined) this.nameService = behind.nameService;
  }

  text<T>(path: string, parse: (text: ByteString) => T, need: TextNeed): T {
    const text = this.#texts.get(path);
    if (text !== undefined) return parse(text);
    if (this.#behind !== undefined) return this.#behind.text(path, parse, need);
    if (need.optional) return parse('');
    throw missing(path);
  }

  table(setting: MapSetting, readText: TextReader): Table {
    const path = textOfMap(setting.name);
    const text = this.#texts.get(path);
    if (text !== undefined) return tableOf(readText(text, path, setting.flags?.keepCase), setting);
    if (this.#behind !== undefined) return this.#behind.table(setting, readText);
    if (setting.absence === 'optional' || setting.absence === 'usual') return () => NOT_FOUND;
    const error = missing(path);
    if (setting.absence === 'named') throw error;
    return () => ({ status: 'tempFail', error });
  }

  entryText(name: string): { readonly word: string; readonly read: () => ByteString | undefined } | undefined {
    const text = this.#texts.get(name);
    return text === undefined ? this.#behind?.entryText(name) : { word: 'in memory', read: () => text };
  }

  mapPath(setting: Pick<MapSetting, 'name' | 'isCdb'>): string | undefined {
    return this.#texts.has(textOfMap(setting.name)) ? undefined : this.#behind?.mapPath(setting);
  }

  hasMap(name: string): boolean {
    return this.#behind?.hasMap(name) === true;
  }

  hasText(name: string): boolean {
    return this.#texts.has(name) || this.#behind?.hasText(name) === true;
  }
}

function missing(path: string): MapError {
  return new MapError('missing', `${path} does not exist: there is no text of this name`, { file: path });
}

const ROOT = { uid: 0, gid: 0, links: 1 } as const;
const FILE: FileStatus = { kind: 'file', mode: 0o644, ...ROOT };
const DIRECTORY: FileStatus = { kind: 'directory', mode: 0o755, ...ROOT };

/** Texts as files, before a file system. */
class TextFiles implements FileSystem {
  readonly #texts: Texts;
  readonly #directories = new Set<string>(['/', '.']);
  readonly #behind: FileSystem | undefined;

  constructor(texts: Texts, behind: FileSystem | undefined) {
    this.#texts = texts;
    this.#behind = behind;
    for (const path of texts.keys()) {
      for (let at = posix.dirname(path); !this.#directories.has(at); at = posix.dirname(at)) this.#directories.add(at);
    }
  }

  lstat(path: string): FileStatus {
    const plain = posix.normalize(path).replace(/(.)\/$/, '$1');
    if (this.#texts.has(plain)) return FILE;
    if (this.#behind !== undefined) return this.#behind.lstat(path);
    if (this.#directories.has(plain)) return DIRECTORY;
    throw failure('ENOENT');
  }

  readLink(path: string): string {
    if (this.#behind === undefined) throw failure('EINVAL');
    return this.#behind.readLink(path);
  }

  read(path: string, limit: number): ByteString | undefined {
    const text = this.#texts.get(posix.normalize(path));
    if (text !== undefined) return text.length > limit ? undefined : text;
    if (this.#behind === undefined) throw failure('ENOENT');
    return this.#behind.read(path, limit);
  }

  /** Texts do not change, but the file system behind them may. */
  hold(): HeldFileSystem {
    const held = this.#behind?.hold?.();
    const files = held === undefined ? this : new TextFiles(this.#texts, methodsOf(held));
    return { ...methodsOf(files), [Symbol.dispose]: () => held?.[Symbol.dispose]() };
  }
}

function methodsOf(
  files: Pick<FileSystem, 'lstat' | 'readLink' | 'read'>,
): Pick<FileSystem, 'lstat' | 'readLink' | 'read'> {
  return {
    lstat: (path) => files.lstat(path),
    readLink: (path) => files.readLink(path),
    read: (path, limit) => files.read(path, limit),
  };
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
