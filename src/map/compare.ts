/** Two maps -> the keys whose values differ, without a NUL at their ends and without what only says who made a map. */
import { type ByteString, decodeText } from '../core/bytes.ts';
import type { MapFile } from '../store/map-file.ts';

/** Pairs that newaliases and postalias add to what the text says. */
const NOT_OF_THE_TEXT: ReadonlySet<string> = new Set(['@', 'YP_LAST_MODIFIED', 'YP_MASTER_NAME']);

/** A key, and its values on both sides; undefined: it is not there. */
export interface Difference {
  readonly key: string;
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

/** The keys, in order, whose first values differ. */
export function compareMaps(ours: MapFile, theirs: MapFile): Difference[] {
  const [left, right] = [valuesOf(ours), valuesOf(theirs)];
  const keys = [...new Set([...left.keys(), ...right.keys()])].sort();
  return keys
    .filter((key) => left.get(key) !== right.get(key))
    .map((key) => ({ key: decodeText(key), ours: textOf(left.get(key)), theirs: textOf(right.get(key)) }));
}

function valuesOf(map: MapFile): Map<ByteString, ByteString> {
  const values = new Map<ByteString, ByteString>();
  for (const { key, value } of map.entries()) {
    const name = key.replace(/\0$/, '');
    if (NOT_OF_THE_TEXT.has(name)) continue;
    // As lookups do: the form without a NUL comes first, and the first of several values.
    if (!values.has(name)) values.set(name, map.get(name) ?? value.replace(/\0$/, ''));
  }
  return values;
}

function textOf(value: ByteString | undefined): string | undefined {
  return value === undefined ? undefined : decodeText(value);
}
