/** The public face: named re-exports, no logic. */
export { MapError, type MapErrorCode } from './core/errors.ts';
export type { Lookup, LookupResult } from './core/lookup.ts';
