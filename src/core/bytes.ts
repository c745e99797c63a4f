/**
 * Text <-> byte strings.
 *
 * Mail is bytes: sendmail folds, counts and compares them in the C locale. Below the public face every string that
 * came from a map, a file or an SMTP client is a *byte string*: one character per byte, U+0000 to U+00FF. The public
 * face uses text: well-formed UTF-8 is decoded, and every other byte becomes a lone surrogate U+DC80 to U+DCFF (PEP
 * 383). Nothing is lost in either direction. ASCII is the same in both.
 */
import { assertKind, TEXT } from './arguments.ts';
import { MapError } from './errors.ts';

/** A string whose characters are bytes (U+0000 to U+00FF). */
export type ByteString = string;

const NON_ASCII = /[^\x00-\x7f]/;
/** Up to this length a loop is faster than the start of a regular expression. */
const SHORT = 32;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** True if the text and its bytes are the same string. */
export function isAscii(text: string): boolean {
  if (text.length > SHORT) return !NON_ASCII.test(text);
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** Bytes to text. Never fails; {@link encodeText} gives the same bytes back. */
export function decodeText(bytes: ByteString): string {
  if (isAscii(bytes)) return bytes;
  const raw = Buffer.from(bytes, 'latin1');
  try {
    return utf8.decode(raw);
  } catch {
    return decodePiecewise(raw);
  }
}

/** Length of the well-formed UTF-8 sequence that starts with this byte; 0: no sequence starts with it. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

/** Length of the well-formed UTF-8 sequence at an offset; 0: there is none. */
function sequenceAt(raw: Buffer, at: number): number {
  const lead = raw[at]!;
  const length = sequenceLength(lead);
  if (length < 2) return length;
  // the range of the second byte excludes overlong forms, surrogates, and code points beyond U+10FFFF
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  const second = raw[at + 1] ?? 0;
  if (second < least || second > most) return 0;
  for (let i = 2; i < length; i++) if (((raw[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

/** The bytes of a character that begins before an offset and ends behind it; undefined: nothing is cut there. */
function characterAround(bytes: ByteString, at: number): readonly [start: number, end: number] | undefined {
  for (let start = at - 1; start >= Math.max(0, at - 3); start--) {
    const length = sequenceAt(Buffer.from(bytes.slice(start, start + 4), 'latin1'), 0);
    if (start + length > at) return [start, start + length];
  }
  return undefined;
}

/** The first bytes, without a character that would be cut in two. */
export function firstBytes(bytes: ByteString, most: number): ByteString {
  return bytes.slice(0, characterAround(bytes, most)?.[0] ?? most);
}

/** The last bytes, without a character that would be cut in two. */
export function lastBytes(bytes: ByteString, most: number): ByteString {
  const start = Math.max(0, bytes.length - most);
  return bytes.slice(characterAround(bytes, start)?.[1] ?? start);
}

/** The first UTF-16 units of a text, without half a surrogate pair at the end. */
export function firstUnits(text: string, most: number): string {
  const isPairCut = /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(most - 1, most + 1));
  return text.slice(0, isPairCut ? most - 1 : most);
}

function decodePiecewise(raw: Buffer): string {
  const out: string[] = [];
  let start = 0;
  for (let i = 0; i < raw.length; ) {
    const length = sequenceAt(raw, i);
    i += length;
    if (length > 0 && i < raw.length) continue;
    if (start < i) out.push(utf8.decode(raw.subarray(start, i)));
    if (length === 0) out.push(String.fromCharCode(0xdc00 + raw[i++]!));
    start = i;
  }
  return out.join('');
}

/**
 * Text to bytes: the inverse of {@link decodeText}.
 *
 * @param name the argument's name, for the message
 * @throws MapError `badInput` for text that no bytes decode to: a lone surrogate outside U+DC80 to U+DCFF, or escaped
 *   bytes that form well-formed UTF-8 and would come back as another text
 * @throws TypeError if `text` is not a string: `null` must not become the address "null"
 */
export function encodeText(text: string, name = 'text'): ByteString {
  if (typeof text !== 'string') assertKind(name, text, TEXT);
  if (isAscii(text)) return text;
  if (text.isWellFormed()) return Buffer.from(text, 'utf8').toString('latin1');
  const bytes = text
    .replace(/[\ud800-\udbff][\udc00-\udfff]|[^\x00-\x7f\udc80-\udcff]+/g, (run) =>
      Buffer.from(run, 'utf8').toString('latin1'),
    )
    .replace(/[\udc80-\udcff]/g, (escaped) => String.fromCharCode(escaped.charCodeAt(0) - 0xdc00));
  if (decodeText(bytes) !== text) throw new MapError('badInput', `${name} has an unpaired surrogate`);
  return bytes;
}
