/**
 * The text of callers <-> the byte strings of the rules, in whole questions and answers.
 */
import { decodeText, encodeText } from '../core/bytes.ts';

/** @throws MapError `badInput` for text that is no bytes */
export function bytesOf<T>(value: T): T {
  return mapStrings(value, encodeText);
}

export function textOf<T>(value: T): T {
  return mapStrings(value, decodeText);
}

/** A copy of plain data with every string in it converted. */
function mapStrings<T>(value: T, convert: (text: string) => string): T;
function mapStrings(value: unknown, convert: (text: string) => string): unknown {
  if (typeof value === 'string') return convert(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, convert));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, convert)]));
}
