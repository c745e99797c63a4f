/**
 * What can happen to a file or map that is in use, and what is told of it.
 */
import type { MapError } from '../core/errors.ts';

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
