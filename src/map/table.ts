/**
 * An open map -> the Table of it: found, not found, cannot tell, keys folded as the map was built.
 *
 * Errors: none; what cannot be told is `tempFail`.
 */
import { MapError } from '../core/errors.ts';
import { type LookupResult, NOT_FOUND, type Table } from '../core/lookup.ts';
import type { MapFile } from '../store/map-file.ts';

/**
 * The table of a map file; keys are folded where the file does not say that they are as written.
 *
 * @param keepCase `-f` of the K line: keys are asked as they are
 */
export function tableOfMap(file: Pick<MapFile, 'get' | 'mark'>, keepCase = false): Table {
  const fold = !keepCase && file.mark.keys !== 'asWritten';
  return (key) => {
    try {
      const value = file.get(key, fold);
      return value === undefined ? NOT_FOUND : { status: 'found', value };
    } catch (error) {
      return tempFail(error);
    }
  };
}

/** @throws what is no MapError */
export function tempFail(error: unknown): LookupResult {
  if (error instanceof MapError) return { status: 'tempFail', error };
  throw error;
}
