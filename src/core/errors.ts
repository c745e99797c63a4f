/**
 * The one error class of the package and its closed set of codes. Programs test the code, which is stable; the text
 * is for people and may change.
 */

/** The kinds of failure with a map, a file or an argument. The README says how to react to each. */
export type MapErrorCode =
  /** The map or file does not exist. */
  | 'missing'
  /** The system refuses to open or read it; `cause` is the system's error. */
  | 'unreadable'
  /** The file is no map, or a map of a format that this operation does not support. */
  | 'notAMap'
  /** The file is a map, but damaged or truncated. */
  | 'damaged'
  /** The new map could not be created, written, synced or renamed. The old map is unchanged. */
  | 'unwritable'
  /** The new map does not read back as it was written. The old map is unchanged. */
  | 'notVerified'
  /** Another writer holds the map and did not finish in time. */
  | 'busy'
  /** The owner or mode of the file, or of a directory above it, is unsafe. */
  | 'unsafe'
  /** An argument or line is invalid (text that no bytes decode to, a NUL, too long, not an address). */
  | 'badInput'
  /** The input had bad lines, and `strict` was set. */
  | 'badLines'
  /** A limit that protects the process was reached. */
  | 'limit'
  /** The value found is `<TMPF>`: the map reports a temporary failure. */
  | 'tempFail'
  /** The map or directory was closed before. */
  | 'closed';

/** The place in a file that an error is about. */
export interface Place {
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
}

export interface MapErrorDetails extends Place {
  readonly cause?: unknown;
  readonly reason?: string;
  readonly directory?: string;
}

/** Every failure that this package reports. A mistake in calling a function is a `TypeError` instead. */
export class MapError extends Error {
  override readonly name = 'MapError';
  readonly code: MapErrorCode;
  // declared only, so that an unknown field is absent rather than undefined
  declare readonly file?: string;
  declare readonly line?: number;
  /** The reason alone, without the name of the file before it. */
  declare readonly reason?: string;
  /** With `unsafe`: the directory that others may write. */
  declare readonly directory?: string;

  constructor(code: MapErrorCode, message: string, options: MapErrorDetails = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.file !== undefined) this.file = options.file;
    if (options.line !== undefined) this.line = options.line;
    if (options.reason !== undefined) this.reason = options.reason;
    if (options.directory !== undefined) this.directory = options.directory;
  }
}
