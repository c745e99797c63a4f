/**
 * Files on disk -> the sources of a configuration, followed: changed files are taken into use at the next look, all of one
 * moment together. If the directory of a file was exchanged (a link was switched, a directory renamed), the caller opens all
 * files again, in one step.
 */
import { dirname } from 'node:path';
import { type ByteString, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { Table } from '../core/lookup.ts';
import { type FileSystem, nodeFileSystem } from '../files/file-system.ts';
import { FollowedText, type FollowedTextOptions } from '../files/followed-text.ts';
import { type FollowEvents, type FollowedFile, takeChanges } from '../files/following.ts';
import { HeldFiles } from '../files/held-files.ts';
import { mapPathToRead } from '../files/map-path.ts';
import { isBeingWritten } from '../files/quiet.ts';
import { ABSENT, directoryWord, hasName, statusWord } from '../files/status.ts';
import { FollowedMap, type MapSetting, type TextReader } from '../map/followed-map.ts';
import { NameService, type NameServiceOptions } from './name-service.ts';
import type { Sources, TextNeed } from './sources.ts';
import { findingReporter, type ReportFindings } from './text-warnings.ts';

/** A followed file, and whether it ever existed. */
type Present = FollowedFile & { readonly path: string; readonly isPresent: boolean };
type Parser = (text: ByteString) => unknown;

export class DiskSources implements Sources {
  readonly onDisk = true;
  readonly lists: FileSystem = {
    ...nodeFileSystem,
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
  /** Whether a list was read since the caller last set it to false. */
  hasReadList = false;
  /** Whether opening a text waits for its writer to end. */
  awaitsWriters = false;
  readonly nameService: NameService;
  readonly report: ReportFindings;
  readonly #events: FollowEvents;
  readonly #texts = new Map<Parser, Map<string, FollowedText<unknown>>>();
  readonly #maps = new Map<string, FollowedMap>();
  readonly #files: Present[] = [];
  /** The directories of all files, with their identity when the first file of each was opened. */
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
      text = this.#add(path, () => new FollowedText<unknown>(path, parse, this.#followedAs(need)));
      parsed.set(path, text);
    }
    // The parser is part of the key, so the type is right.
    return text.value as T;
  }

  #followedAs(need: TextNeed): FollowedTextOptions {
    return { ...need, ...this.#events, awaitsWriter: this.awaitsWriters };
  }

  table(setting: MapSetting, readText: TextReader): Table {
    const key = `${setting.absence} ${setting.isCdb} ${setting.implicit} ${setting.fills} ${JSON.stringify(setting.flags)} ${setting.name}`;
    let map = this.#maps.get(key);
    if (map === undefined) {
      map = this.#add(setting.name, () => new FollowedMap(setting, this.#events));
      this.#maps.set(key, map);
    }
    return map.table(readText);
  }

  hasMap(name: string): boolean {
    return hasName(mapPathToRead(name));
  }

  mapPath({ name, isCdb }: Pick<MapSetting, 'name' | 'isCdb'>): string {
    return mapPathToRead(name, isCdb);
  }

  hasText(name: string): boolean {
    return hasName(name);
  }

  entryText(name: string): { readonly word: string; readonly read: () => ByteString | undefined } | undefined {
    const word = statusWord(name);
    return word === ABSENT ? undefined : { word, read: () => readText(name) };
  }

  /** Takes changed files into use, but none from a directory that was exchanged. Returns whether there were any. */
  takeChanges(): boolean {
    this.nameService.refresh();
    return takeChanges(this.#files, () => !this.wasMoved());
  }

  /** Whether every file is unchanged since it was read, and in the same directory. */
  isCurrent(): boolean {
    return !this.wasMoved() && this.#files.every((file) => file.isAsLooked());
  }

  /** Whether the path of a file now leads through another directory. */
  wasMoved(): boolean {
    for (const [path, before] of this.#directories) {
      const now = directoryWord(path);
      if (now !== before && now !== ABSENT) return true;
    }
    return false;
  }

  /** The directories that were exchanged. */
  movedDirectories(): string[] {
    return [...this.#directories].flatMap(([path, before]) => (directoryWord(path) === before ? [] : [path]));
  }

  /**
   * Refuses new sources that lack a file of these: without the check, its content would silently count as empty.
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

  /** Drops the maps that were in use before the last change without closing them: a shared configuration may ask them. */
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

/** A list that is being written fails for now: it has no older content to keep. @throws the system's errors */
function whole(text: ByteString | undefined, writtenAt: () => number): ByteString | undefined {
  if (text === undefined || text.endsWith('\n') || !isBeingWritten(text, writtenAt())) return text;
  throw Object.assign(new Error('it is being written'), { code: 'EAGAIN' });
}

/** More than the source file of any access map. */
const MAX_TEXT_BYTES = 256 << 20;

/** Undefined for a file that cannot be read, is too large, or is not a regular file. */
function readText(name: string): ByteString | undefined {
  try {
    return nodeFileSystem.read(encodeText(name), MAX_TEXT_BYTES);
  } catch {
    return undefined;
  }
}
