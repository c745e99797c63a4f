/**
 * Text of relay-domains or local-host-names -> the words of the class (F lines of sendmail.cf).
 *
 * The first word of each line; `#` in column one makes a comment, elsewhere it is part of the word. Debian's format
 * (`%[^\#]`) cuts every line at `#` and takes all its words. Words are not folded here. Never fails, and has no limit.
 */
import type { ByteString } from '../core/bytes.ts';

export interface ClassFileOptions {
  /** Debian's way of reading. */
  readonly everyWord?: boolean;
}

/** Reads the words of a class file, in order. */
export function parseClassFile(text: ByteString, options: ClassFileOptions = {}): readonly ByteString[] {
  const words: ByteString[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue;
    const found = (options.everyWord ? line.split('#', 1)[0]! : line)
      .split(/[ \t\v\f\r]+/)
      .filter((word) => word !== '');
    for (const word of options.everyWord ? found : found.slice(0, 1)) words.push(word);
  }
  return words;
}
