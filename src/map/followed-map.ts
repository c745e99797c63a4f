/**
 * A map of the configuration -> a Table that keeps answering while its file is replaced, removed or damaged.
 *
 * "Absent" is not "empty". A map counts as absent only if it has no source file and nothing names it. An expected map that
 * cannot be opened (a dangling link, a source file without its map, damage) answers "cannot tell" until it can be opened. An
 * AliasFile without a type is then read from its source file, as sendmail does. A map older than its source file answers, and
 * is reported.
 *
 * Differences: for a map with `-o`, sendmail treats every failure to open as absence; here only a missing file is absent.
 * Errors: MapError `unreadable`, `notAMap`, `damaged` on opening, `missing` for a map that an option names. Later failures, and
 * other missing maps, are reported.
 */
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { type Lookup, NOT_FOUND, type Table } from '../core/lookup.ts';
import { FollowedText } from '../files/followed-text.ts';
import type { FollowEvents, FollowedFile, Look } from '../files/following.ts';
import { mapAge } from '../files/map-age.ts';
import { mapPathToRead, textOfMap } from '../files/map-path.ts';
import { isComplete } from '../files/quiet.ts';
import { hasName, statusWord } from '../files/status.ts';
import type { MapFile } from '../store/map-file.ts';
import { openMapFile } from '../store/open-map-file.ts';
import { lookupOf, type TableUse, tableOf } from './table.ts';

/** The name of a map, and the meaning of its absence. */
export interface MapSetting extends TableUse {
  readonly name: string;
  /**
   * The meaning of absence. `named` by an option: an error. `expected`, by a K line or AliasFile: "cannot tell". `optional`, by
   * `-o`: no map. `usual`, by its name in the directory: no map if its source file is missing as well.
   */
  readonly absence: 'named' | 'expected' | 'optional' | 'usual';
  /** An AliasFile without a type: its source file answers if the map cannot be opened. */
  readonly implicit: boolean;
  /** A map of class cdb: its CDB file comes before its Berkeley DB file. */
  readonly isCdb?: boolean;
}

/** The text of a source file -> its lookups; `keepCase`, by `-f`: keys are looked up unchanged in a map with folded keys. */
export type TextReader = (text: ByteString, path: string, keepCase?: boolean) => Lookup;

/** The source of answers: the map, its source file, a failure, or nothing because there is no map. */
type State =
  | { readonly kind: 'map'; readonly file: MapFile; readonly table: Table }
  | { readonly kind: 'text'; readonly text: FollowedText<ByteString> }
  | { readonly kind: 'failed'; readonly error: MapError }
  | { readonly kind: 'none' };

interface Candidate {
  readonly state: State;
  readonly milliseconds: number;
}

/** The time that an edited source file may wait for its map: usually a program is about to build it. */
const BUILDING_MS = 60_000;

const NO_MAP: State = { kind: 'none' };
const NO_TABLE: Table = () => NOT_FOUND;

export class FollowedMap implements FollowedFile {
  readonly #setting: MapSetting;
  readonly #textPath: string;
  readonly #events: FollowEvents;
  #state: State;
  #candidate: Candidate | undefined;
  /** The status at the last look. */
  #looked: string;
  #trouble: string | undefined;
  #isOld = false;
  /** Maps that were in use before. */
  #retired: MapFile[] = [];

  /** @throws MapError for a map that exists and cannot be opened, or that an option names and is missing */
  constructor(setting: MapSetting, events: FollowEvents) {
    this.#setting = setting;
    this.#textPath = textOfMap(setting.name);
    this.#events = events;
    // both are read before the map is opened: a later change is another status
    const [map, text] = [this.#mapStatus(), this.#textStatus()];
    this.#state = this.#find();
    this.#looked = this.#state.kind === 'map' ? map : map + text;
    const { error } = this.#state.kind === 'failed' ? this.#state : {};
    if (error !== undefined && (setting.absence === 'named' || error.code !== 'missing')) throw error;
    this.#report(this.#state);
    this.#reportAge();
  }

  get path(): string {
    return this.#path;
  }

  /** The file that is read now, or the one that the map would be written to. */
  get #path(): string {
    return mapPathToRead(this.#setting.name, this.#setting.isCdb);
  }

  /** False if there is no map. */
  get isPresent(): boolean {
    return this.#state.kind !== 'none';
  }

  /** The table of the map in use now; it does not change when another map is taken. */
  table(readText: TextReader): Table {
    const state = this.#state;
    switch (state.kind) {
      case 'map':
        return state.table;
      case 'text':
        return tableOf(readText(state.text.value, this.#textPath, this.#setting.flags?.keepCase), this.#setting);
      case 'failed': {
        const result = { status: 'tempFail', error: state.error } as const;
        return () => result;
      }
      case 'none':
        return NO_TABLE;
    }
  }

  look(): Look {
    this.#looked = this.#status();
    const began = performance.now();
    if (this.#state.kind === 'map') {
      this.#reportAge();
      return this.#lookAtMap(this.#state.file, began);
    }
    if (this.#state.kind === 'text') return this.#lookAtText(this.#state.text, began);
    const state = this.#find();
    if (state.kind === this.#state.kind) return this.#keep(state);
    if (state.kind === 'text') return this.#lookAtNewText(state.text, began);
    return this.#offer(state, began);
  }

  isAsLooked(): boolean {
    return this.#status() === this.#looked;
  }

  take(): void {
    if (this.#candidate === undefined) {
      if (this.#state.kind === 'text') this.#state.text.take();
      return;
    }
    const { state, milliseconds } = this.#candidate;
    if (this.#state.kind === 'map') this.#retired.push(this.#state.file);
    this.#state = state;
    this.#candidate = undefined;
    if (state.kind === 'map' || state.kind === 'text') this.#events.onReload(this.#path, milliseconds);
    this.#report(state);
  }

  /** Closes the maps that were in use before. */
  release(): void {
    for (const file of this.#retired.splice(0)) file.closeSoon();
  }

  /** Drops the maps that were in use before without closing them: somebody may still use them. */
  forget(): void {
    this.#retired = [];
  }

  close(): void {
    this.release();
    this.#dropCandidate();
    if (this.#state.kind === 'map') this.#state.file.close();
  }

  /** While a map is in use, the source file is not looked at. */
  #status(): string {
    return this.#state.kind === 'map' ? this.#mapStatus() : this.#mapStatus() + this.#textStatus();
  }

  #mapStatus(): string {
    const path = this.#path;
    return `${path} ${statusWord(path)}`;
  }

  #textStatus(): string {
    return ` ${statusWord(this.#textPath)}`;
  }

  #lookAtMap(file: MapFile, began: number): Look {
    if (this.#isInPlace(file)) {
      this.#dropCandidate();
      this.#trouble = undefined;
      return 'same';
    }
    const offered = this.#candidate?.state;
    if (offered?.kind === 'map' && this.#isInPlace(offered.file)) return 'ready';
    try {
      return this.#offer(this.#open(), began);
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      this.#dropCandidate();
      this.#complain(error);
      return 'same';
    }
  }

  #isInPlace(file: MapFile): boolean {
    return file.path === this.#path && file.isCurrent();
  }

  /** A map that can be opened replaces its source file. */
  #lookAtText(text: FollowedText<ByteString>, began: number): Look {
    const state = this.#find();
    if (state.kind === 'map') return this.#offer(state, began);
    this.#dropCandidate();
    return text.look();
  }

  /** A new source file is used when two looks found it unchanged, like a changed one. */
  #lookAtNewText(text: FollowedText<ByteString>, began: number): Look {
    const offered = this.#candidate?.state;
    const before = offered?.kind === 'text' ? offered.text : undefined;
    const wasSeen = before?.value === text.value;
    this.#offer({ kind: 'text', text }, began);
    return isComplete(text.value, Date.now() - text.written, wasSeen) ? 'ready' : 'waiting';
  }

  #offer(state: State, began: number): Look {
    this.#dropCandidate();
    this.#trouble = undefined;
    this.#candidate = { state, milliseconds: performance.now() - began };
    return 'ready';
  }

  #keep(state: State): Look {
    this.#dropCandidate();
    if (state.kind === 'failed') {
      this.#state = state;
      this.#report(state);
    }
    return 'same';
  }

  #dropCandidate(): void {
    const state = this.#candidate?.state;
    if (state?.kind === 'map') state.file.close();
    this.#candidate = undefined;
  }

  /** The source of answers when no map is in use yet. */
  #find(): State {
    try {
      return this.#open();
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      return this.#without(error);
    }
  }

  /** The source of answers when the map cannot be opened. */
  #without(error: MapError): State {
    const { absence, implicit } = this.#setting;
    const hasText = hasName(this.#textPath);
    if (implicit && hasText) {
      const text = this.#openText();
      if (text !== undefined) return { kind: 'text', text };
    }
    const isMissing = error.code === 'missing';
    if (isMissing && absence === 'optional') return NO_MAP;
    if (isMissing && absence === 'usual' && !hasText && !hasName(this.#path)) return NO_MAP;
    return { kind: 'failed', error: isMissing ? this.#missing(error.cause) : error };
  }

  #openText(): FollowedText<ByteString> | undefined {
    try {
      return new FollowedText(this.#textPath, (text) => text, { optional: false, ...this.#events });
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      return undefined;
    }
  }

  #open(): State {
    const file = openMapFile(this.#path);
    return { kind: 'map', file, table: tableOf(lookupOf(file, this.#setting.flags?.keepCase), this.#setting) };
  }

  #report(state: State): void {
    if (state.kind === 'failed') this.#complain(state.error);
    else if (state.kind === 'text') this.#complain(this.#missing());
  }

  /** Reports a map that is older than its source file, once until it is built. */
  #reportAge(): void {
    const age = this.#state.kind === 'map' ? mapAge(this.#path) : undefined;
    if (age === undefined) this.#isOld = false;
    if (age === undefined || this.#isOld || age.sinceMs < BUILDING_MS) return;
    this.#isOld = true;
    this.#events.onProblem(new MapError('missing', age.text, { file: this.#path }));
  }

  /** Reports an error, unless it was the last one reported. */
  #complain(error: MapError): void {
    if (this.#trouble !== error.message) this.#events.onProblem(error);
    this.#trouble = error.message;
  }

  #missing(cause?: unknown): MapError {
    const { name, absence } = this.#setting;
    const what = absence === 'named' ? this.#path : `the map of ${name}, ${this.#path},`;
    const text = `${what} does not exist: build it with makemap, or newaliases if it holds aliases`;
    return new MapError('missing', text, { file: this.#path, ...(cause !== undefined && { cause }) });
  }
}
