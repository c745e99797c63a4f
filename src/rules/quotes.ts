/** A text -> the text without quotes and single backslashes. */
import type { ByteString } from '../core/bytes.ts';

/** `"a\"b"` -> `a"b`. A backslash at the end goes too. */
export function withoutQuotes(text: ByteString): ByteString {
  if (!text.includes('"') && !text.includes('\\')) return text;
  return text.replace(/\\([\s\S])|[\\"]/g, '$1');
}
