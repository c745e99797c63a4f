/**
 * The sources of a configuration: texts and maps, on disk or in memory. A configuration is compiled from the content of its
 * sources at one moment.
 */
import type { ByteString } from '../core/bytes.ts';
import type { Table } from '../core/lookup.ts';
import type { FileSystem } from '../files/file-system.ts';
import type { MapSetting, TextReader } from '../map/followed-map.ts';
import type { NameService } from './name-service.ts';
import type { ReportFindings } from './text-warnings.ts';

/** The meaning of a missing text. */
export interface TextNeed {
  /** A missing text counts as empty. */
  readonly optional: boolean;
  /** The advice in the message about a missing file: `create it; it may be empty`. */
  readonly remedy?: string;
}

export interface Sources {
  /**
   * A parsed text. Callers pass the same function for the same path each time, so that an unchanged text is not parsed again.
   *
   * @throws MapError `missing`, `unreadable`
   */
  text<T>(path: string, parse: (text: ByteString) => T, need: TextNeed): T;
  /** A map. @throws MapError for one that exists and cannot be opened, or that an option names and is missing */
  table(setting: MapSetting, readText: TextReader): Table;
  /** Whether there is a map of this name. */
  hasMap(name: string): boolean;
  /** Whether there is a source file for it. */
  hasText(name: string): boolean;
  /** The current text, and a word that changes with it; undefined: there is none. */
  entryText(name: string): { readonly word: string; readonly read: () => ByteString | undefined } | undefined;
  /** The file that a map is read from; undefined: it is made of a text in memory. */
  mapPath(setting: Pick<MapSetting, 'name' | 'isCdb'>): string | undefined;
  /** Whether paths are on disk. */
  readonly onDisk: boolean;
  /** Answers for users and groups that are in no file; absent: none. */
  readonly nameService?: NameService;
  /** Receives warnings about entries that a text or a list loses silently. */
  readonly report: ReportFindings;
  /** For :include: and .forward files, which are read when needed. */
  readonly lists: FileSystem;
}
