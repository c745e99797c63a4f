/**
 * The limits of one expansion. sendmail has only the first one; the others protect a process that continues after the answer.
 */

import { MAX_LIST_FILE_BYTES } from '../core/list-file.ts';

/** Levels of alias, list and .forward; sendmail's MaxAliasRecursion. */
export const DEFAULT_ALIAS_RECURSION = 10;

/** Highest accepted setting: each level uses a few stack frames. */
export const MAX_ALIAS_RECURSION = 500;

/** Addresses read in one expansion, duplicates included: about 300 bytes each, so 300 MB. */
export const MAX_ADDRESSES = 1_000_000;

/** Steps through tables and classes that an expansion keeps; the answer is complete without them. */
export const MAX_STEPS = 100_000;

/** Bytes of all lists in one expansion: a small list can name a large one many times. */
export const MAX_LIST_BYTES: number = 8 * MAX_LIST_FILE_BYTES;

/** Errors that are kept, a few hundred bytes each: a list of errors only must not fill the memory. */
export const MAX_ERRORS = 100_000;

/** Errors that keep their whole path. */
export const MAX_ERROR_PATHS = 1000;
