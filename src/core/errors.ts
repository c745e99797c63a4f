/**
 * The one error class of the package and its closed set of codes. Programs test the code, which is stable; the text
 * is for people and may change.
 */

/** The kinds of failure with a map, a file or an argument, and the meaning of each. The README says how to react. */
export const MAP_ERRORS = {
  missing: 'no such map or file',
  unreadable: 'the system refuses to open or read it',
  notAMap: 'not a map, or a map of a format that this operation does not support',
  damaged: 'a map that is damaged, truncated, or left incomplete by a killed program',
  unwritable: 'the new map could not be created, written, synced or renamed',
  notVerified: 'the new map does not read back as it was written',
  busy: 'another writer did not finish in time',
  unsafe: 'the owner or mode of a file or directory is unsafe, or a manifest is not trusted',
  badInput: 'an argument or a line is invalid',
  badLines: 'the input has bad lines, and `strict` was set',
  limit: 'a limit that protects the process was reached',
  tempFail: 'a map, a table or a server cannot answer now',
  closed: 'the map or the configuration was closed before',
} as const;

/** Why a function failed. The README has the meaning of each code. */
export type MapErrorCode = keyof typeof MAP_ERRORS;

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
