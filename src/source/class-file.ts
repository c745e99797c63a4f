/**
 * The text of relay-domains or local-host-names -> the words of a class (F lines of sendmail.cf).
 *
 * A scanf format selects the part of each line that counts: `%s`, the first word, by default; Debian's `%[^\#]` takes
 * all up to `#`. The selected part is split at blanks. `#` in the first column begins a comment. Lines of more than
 * 2,047 bytes count as several, as in sendmail. Words are not folded here. Never fails, and has no limit.
 *
 * Source: sendmail's "Installation and Operation Guide", section 5.4, and the behaviour of sendmail 8.17.
 */
import type { ByteString } from '../core/bytes.ts';
import { FIRST_WORD, type ScanFormat } from './scan-format.ts';

const MAX_LINE = 2047;

/** Returns the words of a class file, in order. */
export function parseClassFile(text: ByteString, format: ScanFormat = FIRST_WORD): readonly ByteString[] {
  const words: ByteString[] = [];
  for (const line of text.split('\n')) {
    for (let start = 0; start <= line.length; start += MAX_LINE) takeLine(line.slice(start, start + MAX_LINE));
  }
  return words;

  function takeLine(line: ByteString): void {
    if (line.startsWith('#')) return;
    for (const word of format(line).split(/[\t-\r ]+/)) if (word !== '') words.push(word);
  }
}
