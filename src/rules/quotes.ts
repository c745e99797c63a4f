/** Quotes and single backslashes of a text taken off. */
import type { ByteString } from '../core/bytes.ts';

/** `"a\"b"` -> `a"b`. A backslash at the end goes too. */
export function withoutQuotes(text: ByteString): ByteString {
  if (!text.includes('"') && !text.includes('\\')) return text;
  return text.replace(/\\([\s\S])|[\\"]/g, '$1');
}
