/**
 * The one error class of the package and its closed set of codes. Codes are stable and meant for programs; texts are
 * for people and may change.
 */

/** What went wrong with a map, a file or an argument. The README lists what to do about each. */
export type MapErrorCode =
  /** The map or file does not exist. */
  | 'missing'
  /** It exists, but the system refuses to open or read it; `cause` is the system's error. */
  | 'unreadable'
  /** The file is something else than an LMDB map (Berkeley DB, CDB, text, empty ...). */
  | 'notAMap'
  /** The file is an LMDB map, but damaged or truncated. */
  | 'damaged'
  /** The new map could not be created, written, synced or renamed; the old one is as it was. */
  | 'unwritable'
  /** What was written does not read back as it should; the old map is as it was. */
  | 'notVerified'
  /** Another writer holds the map and did not finish in time. */
  | 'busy'
  /** Refused because file, owner, mode or folder is unsafe. */
  | 'unsafe'
  /** An argument or line that cannot be what it should be (text that is no bytes, a NUL, too long, not an address). */
  | 'badInput'
  /** The input had bad lines and `strict` was asked for. */
  | 'badLines'
  /** A limit that protects the process was reached. */
  | 'limit'
  /** The map says that it cannot tell (`<TMPF>`). */
  | 'tempFail'
  /** The map or folder was closed before. */
  | 'closed';

/** Where an error is, when it is about a place in a file. */
export interface Place {
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
}

/** Every failure that this package reports; misuse of a function by its caller is a `TypeError` instead. */
export class MapError extends Error {
  override readonly name = 'MapError';
  readonly code: MapErrorCode;
  // declared only: what is not known is absent, and not undefined
  declare readonly file?: string;
  declare readonly line?: number;

  constructor(code: MapErrorCode, message: string, options: Place & { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.file !== undefined) this.file = options.file;
    if (options.line !== undefined) this.line = options.line;
  }
}
