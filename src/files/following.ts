/**
 * When to look whether files changed, and whom to tell.
 *
 * All files are looked at together, before a question and never within one: a question sees one generation of each of
 * them. Listeners hear of it when all are in place.
 */
import { assertKind, FUNCTION, oneOf } from '../core/arguments.ts';
import type { MapError } from '../core/errors.ts';
import { tell } from './listener.ts';

/** Something that changes with its file, but only when it is told to look. */
export interface Followed {
  refresh(): void;
}

/** Told by what is followed. */
export interface FollowEvents {
  readonly onReload: (path: string) => void;
  readonly onProblem: (error: MapError) => void;
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
  readonly #followed: Followed[] = [];
  readonly #checkMs: number;
  readonly #publish: Publish;
  #checkedAt = performance.now();
  /** When the reading began that the next event is about. */
  #began = 0;
  #untold: (() => void)[] = [];

  /** @param checkMs how old the answer to "did a file change?" may be */
  constructor(checkMs: number, publish: Publish = PUBLISH_NOWHERE) {
    this.#checkMs = checkMs;
    this.#publish = publish;
  }

  add<F extends Followed>(followed: F): F {
    this.#followed.push(followed);
    return followed;
  }

  on<E extends keyof MailMapsEvents>(event: E, listener: (what: MailMapsEvents[E]) => void): void {
    assertKind('event', event, EVENT);
    assertKind('listener', listener, FUNCTION);
    this.#listeners[event].push(listener);
  }

  readonly onReload = (path: string): void => {
    const event: ReloadEvent = { path, milliseconds: performance.now() - this.#began };
    this.#began = performance.now();
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

  /** Takes changed files into use, if it is time to look again. */
  refreshWhenDue(): void {
    const now = performance.now();
    if (now - this.#checkedAt < this.#checkMs) return;
    this.#checkedAt = now;
    for (const followed of this.#followed) {
      this.#began = performance.now();
      followed.refresh();
    }
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
    for (const listener of this.#listeners[event]) tell(listener, what);
  }
}
