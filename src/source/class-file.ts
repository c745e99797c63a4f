/**
 * The text of relay-domains or local-host-names -> the words of a class (F lines of sendmail.cf).
 *
 * A scanf format selects the part of each line that counts: `%s`, the first word, by default; Debian's `%[^\#]` takes
 * all up to `#`. The selected part is split at blanks. `#` in the first column begins a comment. After the comment `#makemap
 * --cidr`, networks and addresses become the words that sendmail compares (core/networks.ts). Lines of more than
 * 2,047 bytes count as several, as in sendmail. Words are not folded here. Never fails, and has no limit.
 *
 * Source: sendmail's "Installation and Operation Guide", section 5.4, and the behaviour of sendmail 8.17.
 */
import type { ByteString } from '../core/bytes.ts';
import { networkKeys, readAddressWord } from '../core/networks.ts';
import { isCidrDirective } from './cidr-directive.ts';
import { FIRST_WORD, type ScanFormat } from './scan-format.ts';

const MAX_LINE = 2047;

/** Receives a word of a class file, and its line, counted from 1. */
export type WordSink = (word: ByteString, line: number) => void;

/** Returns the words of a class file, in order. */
export function parseClassFile(
  text: ByteString,
  format: ScanFormat = FIRST_WORD,
  compressed = false,
): readonly ByteString[] {
  const words: ByteString[] = [];
  readClassFile(text, format, compressed, (word) => words.push(word));
  return words;
}

/** @param compressed O UseCompressedIPv6Addresses, for networks */
export function readClassFile(text: ByteString, format: ScanFormat, compressed: boolean, take: WordSink): void {
  let isCidr = false;
  for (const [i, line] of text.split('\n').entries()) {
    if (line.startsWith('#')) isCidr ||= isCidrDirective(line.slice(1));
    for (let start = 0; start <= line.length; start += MAX_LINE) takeLine(line.slice(start, start + MAX_LINE), i + 1);
  }

  function takeLine(line: ByteString, number: number): void {
    if (line.startsWith('#')) return;
    for (const word of format(line).split(/[\t-\r ]+/)) if (word !== '') takeWord(word, number);
  }

  function takeWord(word: ByteString, number: number): void {
    const read = isCidr ? readAddressWord(word, compressed) : undefined;
    if (read?.kind === 'network') for (const key of networkKeys(read.network)) take(key, number);
    else take(read?.kind === 'key' ? read.key : word, number);
  }
}
