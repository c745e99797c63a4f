/** Where an entry of a map stands in the text that the map was made of. */
import { readFileSync } from 'node:fs';
import { encodeText } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';

/** `file:line` of the first line with this key and value; undefined: no such file, or no such line (any more). */
export function entryLine(file: string, key: string, value: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
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
