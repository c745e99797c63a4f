/**
 * What bounds one expansion. sendmail has the first limit and the line length; the others protect a process that goes
 * on living after the answer.
 */

import { MAX_LIST_FILE_BYTES } from '../core/list-file.ts';

/** Levels of alias, list and .forward; sendmail's MaxAliasRecursion. */
export const DEFAULT_ALIAS_RECURSION = 10;

/** The most levels, whatever is asked for: every level takes a few frames of the stack. */
export const MAX_ALIAS_RECURSION = 500;

/** Addresses read in one expansion, duplicates included: some 300 bytes each, so a third of a gigabyte. */
export const MAX_ADDRESSES = 1_000_000;

/** Bytes of all such files in one expansion: a small list can name a large one in many ways. */
export const MAX_LIST_BYTES: number = 8 * MAX_LIST_FILE_BYTES;

/** Errors that are kept, each a few hundred bytes: a list of nothing but mistakes must not fill the memory. */
export const MAX_ERRORS = 100_000;

/** Errors that come with their whole path. */
export const MAX_ERROR_PATHS = 1000;
