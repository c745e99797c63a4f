/**
 * Two maps -> the keys whose values differ. Ignores trailing NULs, and keys that only identify the program that made the map.
 */
import { type ByteString, decodeText } from '../core/bytes.ts';
import type { MapFile } from '../store/map-file.ts';

/** Pairs that newaliases and postalias add to the entries of the source file. */
const NOT_OF_THE_TEXT: ReadonlySet<string> = new Set(['@', 'YP_LAST_MODIFIED', 'YP_MASTER_NAME']);

/** A key, and its value on each side; undefined if the key is absent. */
export interface Difference {
  readonly key: string;
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

/** The keys whose first values differ, in order. */
export function compareMaps(ours: MapFile, theirs: MapFile): Difference[] {
  const [left, right] = [valuesOf(ours), valuesOf(theirs)];
  const keys = [...new Set([...left.keys(), ...right.keys()])].sort();
  return keys
    .filter((key) => left.get(key) !== right.get(key))
    .map((key) => ({ key: decodeText(key), ours: textOf(left.get(key)), theirs: textOf(right.get(key)) }));
}

/** The first value of each key, as lookups find it. */
export function valuesOf(map: MapFile): Map<ByteString, ByteString> {
  const values = new Map<ByteString, ByteString>();
  for (const { key, value } of map.entries()) {
    const name = key.replace(/\0$/, '');
    if (NOT_OF_THE_TEXT.has(name)) continue;
    // As in lookups, the key without a NUL wins, and the first of several values.
    if (!values.has(name)) values.set(name, map.get(name) ?? value.replace(/\0$/, ''));
  }
  return values;
}

function textOf(value: ByteString | undefined): string | undefined {
  return value === undefined ? undefined : decodeText(value);
}
