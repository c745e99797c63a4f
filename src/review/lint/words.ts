/** The value of an access entry -> its word. */
import { parseAccessValue } from '../../access/value.ts';
import type { ByteString } from '../../core/bytes.ts';

const PLAIN = /^(?:OK|RELAY|REJECT|DISCARD|SKIP)$/i;
/** A word may have comments and blanks beside it. */
const MAY_BE_WORD = /[()\s\\]/;

/** In capitals; `''` for a text. */
export function wordOf(value: ByteString): string {
  if (PLAIN.test(value)) return value.toUpperCase();
  if (!MAY_BE_WORD.test(value)) return '';
  const parsed = parseAccessValue(value);
  return parsed.kind === 'word' ? parsed.word : '';
}
