/** Where an entry of a map stands in the text that the map was made of. */

import { type ByteString, encodeText } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { nodeFileSystem } from '../../files/file-system.ts';

/** More than the text of any access map. */
const MAX_BYTES = 256 << 20;

/** `file:line` of the first line with this key and value; undefined: no such file, or no such line (any more). */
export function entryLine(file: string, key: string, value: string): string | undefined {
  const text = textOf(file);
  if (text === undefined) return undefined;
  const wanted = foldCase(encodeText(key));
  const said = encodeText(value).trim();
  let line = 0;
  for (const entry of text.split('\n')) {
    line += 1;
    const end = entry.search(/[ \t]/);
    if (end > 0 && foldCase(entry.slice(0, end)) === wanted && entry.slice(end).trim() === said)
      return `${file}:${line}`;
  }
  return undefined;
}

/** undefined for what cannot be read, is too large, or is no file. */
function textOf(file: string): ByteString | undefined {
  try {
    return nodeFileSystem.read(encodeText(file), MAX_BYTES);
  } catch {
    return undefined;
  }
}
