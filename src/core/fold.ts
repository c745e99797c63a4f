/** Case folding and white space as in sendmail: the C locale, bytes, A to Z only. */
import { type ByteString, isAscii } from './bytes.ts';

const UPPER = /[A-Z]+/g;

/** Lower-cases A to Z and nothing else (`'É'`, as bytes, stays as it is). */
export function foldCase(bytes: ByteString): ByteString {
  // most names are short and lower case already: a loop is faster than a regular expression that finds nothing
  for (let i = 0; i < bytes.length; i++) {
    const code = bytes.charCodeAt(i);
    if (code >= 0x41 && code <= 0x5a)
      return isAscii(bytes) ? bytes.toLowerCase() : bytes.replace(UPPER, (run) => run.toLowerCase());
  }
  return bytes;
}

/** C's isspace(): blank, tab, newline, vertical tab, form feed, carriage return. 0xA0 is not one. */
export function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** Removes white space of the C locale at both ends. `trim` would also remove byte A0, the second half of `à`. */
export function trimBytes(bytes: ByteString): ByteString {
  let start = 0;
  while (start < bytes.length && isSpace(bytes.charCodeAt(start))) start++;
  return trimEndBytes(bytes.slice(start));
}

/** Removes it at the end only. */
export function trimEndBytes(bytes: ByteString): ByteString {
  let end = bytes.length;
  while (end > 0 && isSpace(bytes.charCodeAt(end - 1))) end--;
  return bytes.slice(0, end);
}
