/**
 * Options -> the configuration of the files on disk, followed: a change is used at the next look, and no answer mixes files of
 * two moments. A file that cannot be used is reported, and the configuration in use stays as it was.
 *
 * A changed sendmail.cf, or a link that leads to another directory, is taken in one step: all files are opened again, and all
 * or none of them are used.
 */
import { MapError } from '../core/errors.ts';
import { problemError } from '../core/problem.ts';
import type { FollowEvents, Following } from '../files/following.ts';
import { assertDirectory } from '../files/named-directory.ts';
import { type CfReader, cfReader } from './cf-text.ts';
import type { Configuration } from './configuration.ts';
import { DiskSources } from './disk-sources.ts';
import { compileResolved } from './exchange.ts';
import type { RecognisedCf } from './features-in-force.ts';
import { HeldSources } from './held-sources.ts';
import type { CheckedOptions } from './options.ts';
import { resolveSettings, type Settings } from './settings.ts';

/** All files of one moment, and their compiled configuration. */
interface Opened {
  readonly sources: DiskSources;
  readonly held: HeldSources;
  readonly cf: RecognisedCf | undefined;
  readonly settings: Settings;
  readonly configuration: Configuration;
}

/** Attempts while somebody changes files during opening. */
const TRIES = 5;

export class LiveConfiguration {
  readonly #options: CheckedOptions;
  readonly #events: Following;
  readonly #readCf: CfReader | undefined;
  #opened: Opened;
  /** Whether the configuration in use was given to a caller, who may keep asking it. */
  #isShared = false;
  #trouble: string | undefined;

  /** @throws MapError for a named file that cannot be used */
  constructor(options: CheckedOptions, events: Following) {
    this.#options = options;
    this.#events = events;
    this.#readCf = options.cf === undefined ? undefined : cfReader(options.cf, options);
    if (options.directory !== undefined && options.cf === undefined) assertDirectory(options.directory);
    this.#opened = this.#open(events);
  }

  get current(): Configuration {
    return this.#opened.configuration;
  }

  /** The configuration in use, for a caller who may keep it. */
  share(): Configuration {
    this.#isShared = true;
    return this.current;
  }

  /**
   * Answers a question. Repeats it if a directory was exchanged while lists were read from it, because the lists may be of
   * another moment.
   */
  ask<T>(question: (configuration: Configuration) => T): T {
    for (let i = 1; ; i++) {
      const { sources, configuration } = this.#opened;
      sources.hasReadList = false;
      const answer = question(configuration);
      if (i === TRIES || !sources.hasReadList || !sources.wasMoved()) return answer;
      this.follow();
    }
  }

  /** Takes changed files into use. */
  follow(): void {
    const { sources, cf, settings } = this.#opened;
    if (sources.wasMoved()) this.#reopen(sources.movedDirectories()[0]);
    else if (sources.takeChanges()) {
      if (this.#readCf?.(sources) !== cf) this.#reopen();
      else {
        const held = new HeldSources(sources, this.#opened.held);
        const configuration = compileResolved({ options: this.#options, cf, settings, sources: held });
        this.#use({ ...this.#opened, held, configuration });
      }
    }
  }

  close(): void {
    this.#opened.sources.close();
  }

  /** Opens all files again. The old ones stay in use if any new one cannot be used. */
  #reopen(moved?: string): void {
    const began = performance.now();
    const heard = new Heard();
    const reported = new Set(this.current.problems.map((problem) => problemError(problem).message));
    try {
      const next = this.#open(heard, this.#opened.sources);
      this.#use(next);
      this.#trouble = undefined;
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      if (this.#trouble !== error.message) this.#events.onProblem(error);
      this.#trouble = error.message;
      return;
    }
    for (const error of heard.problems) this.#events.onProblem(error);
    for (const error of this.current.problems.map((problem) => problemError(problem)))
      if (!reported.has(error.message)) this.#events.onProblem(error);
    if (moved !== undefined) this.#events.onReload(moved, performance.now() - began);
  }

  #use(next: Opened): void {
    const before = this.#opened;
    this.#opened = next;
    const isShared = this.#isShared;
    this.#isShared = false;
    // Shared maps stay open; they are closed when their configuration is garbage collected.
    if (next.sources !== before.sources && !isShared) before.sources.close();
    if (isShared) next.sources.forget();
    else next.sources.release();
  }

  #open(events: FollowEvents, before?: DiskSources): Opened {
    for (let i = 1; ; i++) {
      const heard = new Heard();
      const sources = new DiskSources(heard.orOnce(this.#events));
      // later, the content in use stays until a writer has ended
      sources.awaitsWriters = before === undefined;
      try {
        const held = new HeldSources(sources);
        const cf = this.#readCf?.(sources);
        const settings = resolveSettings(this.#options, cf, held);
        const configuration = compileResolved({ options: this.#options, cf, settings, sources: held });
        before?.assertComplete(sources);
        if (i === TRIES || sources.isCurrent()) {
          sources.awaitsWriters = false;
          for (const error of heard.problems) events.onProblem(error);
          heard.end();
          return { sources, held, cf, settings, configuration };
        }
      } catch (error) {
        sources.close();
        throw error;
      }
      sources.close();
    }
  }
}

/** The settings from options and the files on disk. @throws MapError for a named file that cannot be used */
export function settingsOnDisk(options: CheckedOptions): Settings {
  const sources = new DiskSources(new Heard());
  const cf = options.cf === undefined ? undefined : cfReader(options.cf, options)(sources);
  return resolveSettings(options, cf, sources);
}

/** Keeps the reports of an opening: its files may not come into use. */
class Heard implements FollowEvents {
  readonly problems: MapError[] = [];
  #then: FollowEvents | undefined;
  #isOpening = true;

  /** Passes reports after the opening to `then`. */
  orOnce(then: FollowEvents): this {
    this.#then = then;
    return this;
  }

  end(): void {
    this.#isOpening = false;
  }

  readonly onReload = (path: string, milliseconds: number): void => {
    if (!this.#isOpening) this.#then?.onReload(path, milliseconds);
  };

  readonly onProblem = (error: MapError): void => {
    if (this.#isOpening) this.problems.push(error);
    else this.#then?.onProblem(error);
  };
}
