/**
 * Files on disk as the sources of a configuration, followed: a changed file is taken into use at the next look, all files
 * of one moment together. When a directory that holds a file is another one than before (a link was switched, a directory
 * renamed), nothing is followed one by one: the caller opens all files anew, in one step.
 */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ByteString, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { Table } from '../core/lookup.ts';
import { type FileSystem, nodeFileSystem } from '../files/file-system.ts';
import { FollowedText } from '../files/followed-text.ts';
import { type FollowEvents, type FollowedFile, takeChanges } from '../files/following.ts';
import { HeldFiles } from '../files/held-files.ts';
import { isAbsent, mapFileToRead } from '../files/map-file.ts';
import { isBeingWritten } from '../files/quiet.ts';
import { ABSENT, directoryWord, statusWord } from '../files/status.ts';
import { FollowedMap, type MapSetting, type TextReader } from '../map/followed-map.ts';
import { NameService, type NameServiceOptions } from './name-service.ts';
import type { Sources, TextNeed } from './sources.ts';
import { findingReporter, type ReportFindings } from './text-warnings.ts';

/** A file that is followed, and whether it was ever there. */
type Present = FollowedFile & { readonly path: string; readonly isPresent: boolean };
type Parser = (text: ByteString) => unknown;

export class DiskSources implements Sources {
  readonly onDisk = true;
  readonly lists: FileSystem = {
    ...nodeFileSystem,
    read: (path, limit) => {
      this.hasReadList = true;
      return readList(path, limit);
    },
    hold: () => {
      const held = new HeldFiles();
      return {
        lstat: (path) => held.lstat(path),
        readLink: (path) => held.readLink(path),
        read: (path, limit) => {
          this.hasReadList = true;
          return whole(held.read(path, limit), () => held.writtenAt(path));
        },
        [Symbol.dispose]: () => held[Symbol.dispose](),
      };
    },
  };
  /** Whether a list was read since the caller set it to false. */
  hasReadList = false;
  readonly nameService: NameService;
  readonly report: ReportFindings;
  readonly #events: FollowEvents;
  readonly #texts = new Map<Parser, Map<string, FollowedText<unknown>>>();
  readonly #maps = new Map<string, FollowedMap>();
  readonly #files: Present[] = [];
  /** The directories of all files, and which they were when the first file of each was opened. */
  readonly #directories = new Map<string, string>();

  constructor(events: FollowEvents, service: Omit<NameServiceOptions, 'onProblem'> = {}) {
    this.#events = events;
    this.report = findingReporter(events.onProblem);
    this.nameService = new NameService({ ...service, onProblem: events.onProblem });
  }

  text<T>(path: string, parse: (text: ByteString) => T, need: TextNeed): T {
    const parsed = this.#texts.get(parse) ?? new Map<string, FollowedText<unknown>>();
    this.#texts.set(parse, parsed);
    let text = parsed.get(path);
    if (text === undefined) {
      text = this.#add(path, () => new FollowedText<unknown>(path, parse, { ...need, ...this.#events }));
      parsed.set(path, text);
    }
    // the parser is the key that it was found by
    return text.value as T;
  }

  table(setting: MapSetting, readText: TextReader): Table {
    const key = `${setting.absence} ${setting.implicit} ${setting.name}`;
    let map = this.#maps.get(key);
    if (map === undefined) {
      map = this.#add(setting.name, () => new FollowedMap(setting, this.#events));
      this.#maps.set(key, map);
    }
    return map.table(readText);
  }

  hasMap(name: string): boolean {
    return !isAbsent(mapFileToRead(name));
  }

  hasText(name: string): boolean {
    return !isAbsent(name);
  }

  entryText(name: string): { readonly word: string; readonly read: () => ByteString | undefined } | undefined {
    const word = statusWord(name);
    return word === ABSENT ? undefined : { word, read: () => readText(name) };
  }

  /** Takes changed files into use; whether there were any. None is taken from a directory that was moved meanwhile. */
  takeChanges(): boolean {
    this.nameService.refresh();
    return takeChanges(this.#files, () => !this.wasMoved());
  }

  /** Whether every file still stands as it was read, in the directory that it was read from. */
  isCurrent(): boolean {
    return !this.wasMoved() && this.#files.every((file) => file.isAsLooked());
  }

  /** Whether the path of a file leads through another directory now. */
  wasMoved(): boolean {
    for (const [path, before] of this.#directories) {
      const now = directoryWord(path);
      if (now !== before && now !== ABSENT) return true;
    }
    return false;
  }

  /** The directories that lead elsewhere now. */
  movedDirectories(): string[] {
    return [...this.#directories].flatMap(([path, before]) => (directoryWord(path) === before ? [] : [path]));
  }

  /**
   * What was there and is missing in the sources that are to take its place would be answered as if it had never been.
   *
   * @throws MapError `missing`
   */
  assertComplete(next: DiskSources): void {
    const missing = new Set(next.#files.flatMap(({ path, isPresent }) => (isPresent ? [] : [path])));
    for (const { path, isPresent } of this.#files) {
      if (!isPresent || !missing.has(path)) continue;
      throw new MapError('missing', `${path} is missing in the directory that took the place of its own`, {
        file: path,
      });
    }
  }

  /** Closes the maps that were in use before the last change. */
  release(): void {
    for (const map of this.#maps.values()) map.release();
  }

  /** Leaves the maps that were in use before the last change to a configuration that may still be asked. */
  forget(): void {
    for (const map of this.#maps.values()) map.forget();
  }

  close(): void {
    for (const map of this.#maps.values()) map.close();
  }

  #add<F extends Present>(path: string, open: () => F): F {
    const directory = dirname(path);
    if (!this.#directories.has(directory)) this.#directories.set(directory, directoryWord(directory));
    const file = open();
    this.#files.push(file);
    return file;
  }
}

function readList(path: ByteString, limit: number): ByteString | undefined {
  return whole(nodeFileSystem.read(path, limit), () => statSync(Buffer.from(path, 'latin1')).mtimeMs);
}

/** A list that is being written has no older one to stay with: it fails for now. @throws the system's errors */
function whole(text: ByteString | undefined, writtenAt: () => number): ByteString | undefined {
  if (text === undefined || text.endsWith('\n') || !isBeingWritten(text, writtenAt())) return text;
  throw Object.assign(new Error('it is being written'), { code: 'EAGAIN' });
}

/** More than the text of any access map. */
const MAX_TEXT_BYTES = 256 << 20;

/** undefined for what cannot be read, is too large, or is no file. */
function readText(name: string): ByteString | undefined {
  try {
    return nodeFileSystem.read(encodeText(name), MAX_TEXT_BYTES);
  } catch {
    return undefined;
  }
}
