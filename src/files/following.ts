/**
 * Followed files -> the moment when changes are looked for and taken into use, and events for the listeners.
 *
 * All files are looked at together, before a question and never within one. Changed files are taken into use together, and only
 * if none of them changed again since it was read: so a question sees all files as they were at one moment. Listeners are
 * called when all files are in use.
 */
import { assertKind, FUNCTION, oneOf } from '../core/arguments.ts';
import type { MapError } from '../core/errors.ts';
import { notify } from './listener.ts';

/** Result of a look: nothing new; a change to look at once more; a change to take into use. */
export type Look = 'same' | 'waiting' | 'ready';

/** A file whose content stays in use until changed content is taken. */
export interface FollowedFile {
  /** Looks at the file, and reads it if it changed. Reports content that cannot be used. */
  look(): Look;
  /** Whether the file is unchanged since the last look. */
  isAsLooked(): boolean;
  /** Takes what the last look found into use, if it was new. */
  take(): void;
}

/** Called by a followed file. */
export interface FollowEvents {
  readonly onReload: (path: string, milliseconds: number) => void;
  readonly onProblem: (error: MapError) => void;
}

/** Attempts in one look while somebody writes several files one after the other; the next look continues. */
const TRIES = 5;

/**
 * Takes changed files into use together, as of one moment. Returns whether any changed.
 *
 * @param mayTake asked last, after all files are read
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

/** A file or map that was read again. */
export interface ReloadEvent {
  readonly path: string;
  /** The duration of the read. */
  readonly milliseconds: number;
}

/** The argument that listeners of each event get. */
export interface MailMapsEvents {
  readonly reload: ReloadEvent;
  readonly problem: MapError;
}

/** A receiver of events besides the listeners. */
export type Publish = { readonly [E in keyof MailMapsEvents]: (what: MailMapsEvents[E]) => void };

const PUBLISH_NOWHERE: Publish = { reload: () => {}, problem: () => {} };

type Listeners = { readonly [E in keyof MailMapsEvents]: ((what: MailMapsEvents[E]) => void)[] };

const EVENT = oneOf('reload', 'problem');

export class Following implements FollowEvents {
  readonly #listeners: Listeners = { reload: [], problem: [] };
  readonly #checkMs: number;
  readonly #publish: Publish;
  #checkedAt = performance.now();
  #pending: (() => void)[] = [];

  /** @param checkMs how old the answer to "did a file change?" may be, in milliseconds */
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
    this.#pending.push(() => {
      this.#publish.reload(event);
      this.#notify('reload', event);
    });
  };

  readonly onProblem = (error: MapError): void => {
    this.#pending.push(() => {
      this.#publish.problem(error);
      this.#notify('problem', error);
    });
  };

  /** Calls `refresh` if a look is due, and then the listeners. */
  whenDue(refresh: () => void): void {
    const now = performance.now();
    if (now - this.#checkedAt < this.#checkMs) return;
    this.#checkedAt = now;
    refresh();
    this.notifyAll();
  }

  /** Calls the listeners for everything that happened since the last call. */
  notifyAll(): void {
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    for (const notify of pending) notify();
  }

  #notify<E extends keyof MailMapsEvents>(event: E, what: MailMapsEvents[E]): void {
    for (const listener of [...this.#listeners[event]]) notify(listener, what);
  }
}
