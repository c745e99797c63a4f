/**
 * When to look whether files changed, and who hears of it.
 *
 * All files are looked at together, before a question and never within one. Those that changed are taken into use together
 * and only if all of them still stand as they were read: so they were on disk at one moment, and a question sees files of
 * one moment. Listeners hear of it when all are in place.
 */
import { assertKind, FUNCTION, oneOf } from '../core/arguments.ts';
import type { MapError } from '../core/errors.ts';
import { tell } from './listener.ts';

/** What a look found: nothing new; a change that is to be seen once more; a change to be taken into use. */
export type Look = 'same' | 'waiting' | 'ready';

/** A file whose content is in use, and stays in use until a changed one is taken. */
export interface FollowedFile {
  /** Looks at the file, and reads it when it changed. Reports what cannot be used. */
  look(): Look;
  /** Whether the file stands as it did at the last look. */
  isAsLooked(): boolean;
  /** Takes what the last look found into use, if it was something new. */
  take(): void;
}

/** Called by what is followed. */
export interface FollowEvents {
  readonly onReload: (path: string, milliseconds: number) => void;
  readonly onProblem: (error: MapError) => void;
}

/** Somebody who writes one file after the other is waited for so often; the next look goes on. */
const TRIES = 5;

/**
 * Takes changed files into use, those of one moment together; whether there were any.
 *
 * @param mayTake asked last, when all are read
 */
export function takeChanges(files: readonly FollowedFile[], mayTake: () => boolean = () => true): boolean {
  for (let i = 0; i < TRIES; i++) {
    const ready = files.filter((file) => file.look() === 'ready');
    if (ready.length === 0) return false;
    if (!files.every((file) => file.isAsLooked())) continue;
    if (!mayTake()) return false;
    for (const file of ready) file.take();
    return true;
  }
  return false;
}

/** A file or map that was read anew. */
export interface ReloadEvent {
  readonly path: string;
  /** What reading it took. */
  readonly milliseconds: number;
}

/** What is passed to the listeners of each event. */
export interface MailMapsEvents {
  readonly reload: ReloadEvent;
  readonly problem: MapError;
}

/** Where events go besides the listeners. */
export type Publish = { readonly [E in keyof MailMapsEvents]: (what: MailMapsEvents[E]) => void };

const PUBLISH_NOWHERE: Publish = { reload: () => {}, problem: () => {} };

type Listeners = { readonly [E in keyof MailMapsEvents]: ((what: MailMapsEvents[E]) => void)[] };

const EVENT = oneOf('reload', 'problem');

export class Following implements FollowEvents {
  readonly #listeners: Listeners = { reload: [], problem: [] };
  readonly #checkMs: number;
  readonly #publish: Publish;
  #checkedAt = performance.now();
  #untold: (() => void)[] = [];

  /** @param checkMs how old the answer to "did a file change?" may be */
  constructor(checkMs: number, publish: Publish = PUBLISH_NOWHERE) {
    this.#checkMs = checkMs;
    this.#publish = publish;
  }

  on<E extends keyof MailMapsEvents>(event: E, listener: (what: MailMapsEvents[E]) => void): void {
    assertKind('event', event, EVENT);
    assertKind('listener', listener, FUNCTION);
    this.#listeners[event].push(listener);
  }

  off<E extends keyof MailMapsEvents>(event: E, listener: (what: MailMapsEvents[E]) => void): void {
    assertKind('event', event, EVENT);
    const listeners = this.#listeners[event];
    const at = listeners.indexOf(listener);
    if (at >= 0) listeners.splice(at, 1);
  }

  readonly onReload = (path: string, milliseconds: number): void => {
    const event: ReloadEvent = { path, milliseconds };
    this.#untold.push(() => {
      this.#publish.reload(event);
      this.#tell('reload', event);
    });
  };

  readonly onProblem = (error: MapError): void => {
    this.#untold.push(() => {
      this.#publish.problem(error);
      this.#tell('problem', error);
    });
  };

  /** Calls `refresh` if it is time to look again, and the listeners after it. */
  whenDue(refresh: () => void): void {
    const now = performance.now();
    if (now - this.#checkedAt < this.#checkMs) return;
    this.#checkedAt = now;
    refresh();
    this.tellAll();
  }

  /** Tells the listeners what happened since they were told last. */
  tellAll(): void {
    if (this.#untold.length === 0) return;
    const untold = this.#untold;
    this.#untold = [];
    for (const tell of untold) tell();
  }

  #tell<E extends keyof MailMapsEvents>(event: E, what: MailMapsEvents[E]): void {
    for (const listener of [...this.#listeners[event]]) tell(listener, what);
  }
}
