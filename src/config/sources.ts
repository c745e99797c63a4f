/**
 * Where the texts and maps of a configuration come from: files on disk, or texts in memory. A configuration is compiled
 * from what its sources hold at one moment.
 */
import type { ByteString } from '../core/bytes.ts';
import type { Table } from '../core/lookup.ts';
import type { FileSystem } from '../files/file-system.ts';
import type { MapSetting, TextReader } from '../map/followed-map.ts';
import type { NameService } from './name-service.ts';
import type { ReportFindings } from './text-warnings.ts';

/** What the absence of a text means. */
export interface TextNeed {
  /** A text that is not there is an empty one. */
  readonly optional: boolean;
  /** What to do about a missing file, for the message: `create it; it may be empty`. */
  readonly remedy?: string;
}

export interface Sources {
  /**
   * A text, parsed. The same function is given for the same path each time, so that a text that did not change is not
   * parsed again.
   *
   * @throws MapError `missing`, `unreadable`
   */
  text<T>(path: string, parse: (text: ByteString) => T, need: TextNeed): T;
  /** A map. @throws MapError for one that is there and cannot be opened, or that an option names and that is missing */
  table(setting: MapSetting, readText: TextReader): Table;
  /** Whether there is a map of this name. */
  hasMap(name: string): boolean;
  /** Whether there is a text for it. */
  hasText(name: string): boolean;
  /** A text as it is now, and a word that changes with it; undefined: there is none. */
  entryText(name: string): { readonly word: string; readonly read: () => ByteString | undefined } | undefined;
  /** Whether paths are those of the disk. */
  readonly onDisk: boolean;
  /** Answers for users and groups that no file has; absent: there is none. */
  readonly nameService?: NameService;
  /** Takes what a text or a list loses without a word. */
  readonly report: ReportFindings;
  /** For :include: and .forward files, which are read when they are asked for. */
  readonly lists: FileSystem;
}
