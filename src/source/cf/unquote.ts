/**
 * Values with quotes and backslashes, in D, M, O and Q lines -> their text. Source: sendmail 8.17 itself.
 */
import type { ByteString } from '../../core/bytes.ts';
import { ownField } from '../../core/own-field.ts';

const ESCAPES: Readonly<Record<string, string>> = { r: '\r', n: '\n', f: '\f', b: '\b' };

/** Removes quotes and backslashes, up to a delimiter outside quotes; `end` is the offset of the delimiter. */
export function unquote(text: ByteString, delimiter = ''): { readonly text: ByteString; readonly end: number } {
  let out = '';
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (character === '\\') {
      const next = text[++i];
      if (next !== undefined) out += ownField(ESCAPES, next) ?? next;
    } else if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted || character !== delimiter) out += character;
    else return { text: out, end: i };
  }
  return { text: out, end: text.length };
}
