/**
 * One entry of an access map, as bytes -> whether it is of a form that has no finding (access.ts). Nearly all entries are: a
 * name, an address of whole octets or `user@name`, with or without a tag, and a word, `ERROR:` or a reply of three digits.
 *
 * No strings are made: makemap of an access map takes a third of the time. Limits: ASCII only; false may also mean "not known".
 */
const COLON = 0x3a;
const AT = 0x40;
const DOT = 0x2e;
const DASH = 0x2d;
const SPACE = 0x20;
/** Sets the bit by which lower-case letters differ from upper-case ones. */
const LOWER = 0x20;
const REPLY_DIGITS = 3;
const MOST_OCTETS = 4;

const OTHER = 0;
const LETTER = 1;
const DIGIT = 2;
const HOST_SIGN = 3;
const LOCAL_SIGN = 4;
/** The kinds of bytes of a key, after its tag. */
const KINDS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (/[a-z]/i.test(character)) return LETTER;
  if (/\d/.test(character)) return DIGIT;
  if (/[.-]/.test(character)) return HOST_SIGN;
  return /[_+@]/.test(character) ? LOCAL_SIGN : OTHER;
});

const CLIENT_TAGS = wordBytes(['connect', 'spam']);
const ADDRESS_TAGS = wordBytes(['from', 'to']);
const WORDS = wordBytes(['ok', 'relay', 'reject', 'discard', 'skip']);
const ERROR = Buffer.from('error');

function wordBytes(words: readonly string[]): readonly Uint8Array[] {
  return words.map((word) => Buffer.from(word));
}

/** Takes key and value as half-open ranges. */
export function isPlainAccess(
  bytes: Uint8Array,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
): boolean {
  return isPlainKey(bytes, keyStart, keyEnd) && isPlainValue(bytes, valueStart, valueEnd);
}

function isPlainKey(bytes: Uint8Array, start: number, end: number): boolean {
  const ofClient = tagLength(bytes, start, end, CLIENT_TAGS);
  const ofAddress = tagLength(bytes, start, end, ADDRESS_TAGS);
  const name = start + ofClient + ofAddress;
  if (KINDS[bytes[name]!] === DIGIT && isAddress(bytes, name, end)) return ofAddress === 0;
  const host = hostStart(bytes, name, end);
  // `connect` alone may be a tag that lacks its colon
  const isBare = name === start && host === name && !bytes.subarray(name, end).includes(DOT);
  return host >= name && !isBare && isHost(bytes, host, end);
}

/** The length of the tag, with its colon; 0: the key has none of these. */
function tagLength(bytes: Uint8Array, start: number, end: number, tags: readonly Uint8Array[]): number {
  for (const tag of tags) {
    if (end - start > tag.length && bytes[start + tag.length] === COLON && begins(bytes, start, tag))
      return tag.length + 1;
  }
  return 0;
}

/** True if the bytes from `start` on are this word, in upper or lower case. */
function begins(bytes: Uint8Array, start: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if ((bytes[start + i]! | LOWER) !== word[i]) return false;
  return true;
}

/** Whole octets and dots, up to four. */
function isAddress(bytes: Uint8Array, start: number, end: number): boolean {
  let octets = 0;
  for (let i = start; i <= end; i++) {
    const first = i;
    let octet = 0;
    for (; i < end && KINDS[bytes[i]!] === DIGIT; i++) octet = octet * 10 + bytes[i]! - 0x30;
    const hasZero = bytes[first] === 0x30 && i > first + 1;
    if (i === first || octet > 255 || hasZero || ++octets > MOST_OCTETS) return false;
    if (i < end && bytes[i] !== DOT) return false;
  }
  return true;
}

/** Where the host begins: after the @, if there is one. -1: the name has other characters, or no user before the @. */
function hostStart(bytes: Uint8Array, name: number, end: number): number {
  let host = name;
  for (let i = name; i < end; i++) {
    if (KINDS[bytes[i]!] === OTHER) return -1;
    if (bytes[i] !== AT) continue;
    if (host > name || i === name) return -1;
    host = i + 1;
  }
  return host;
}

/** Letters, digits, dashes and dots, of which none stands at the end or before another dot or a dash. */
function isHost(bytes: Uint8Array, start: number, end: number): boolean {
  if (start >= end || KINDS[bytes[start]!] !== LETTER || bytes[end - 1] === DOT) return false;
  for (let i = start; i < end; i++) {
    if (KINDS[bytes[i]!]! > HOST_SIGN) return false;
    if (bytes[i] === DOT && (bytes[i + 1] === DOT || bytes[i + 1] === DASH)) return false;
  }
  return true;
}

function isPlainValue(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  for (const word of WORDS) if (length === word.length && begins(bytes, start, word)) return true;
  if (length > ERROR.length && bytes[start + ERROR.length] === COLON && begins(bytes, start, ERROR)) return true;
  const text = start + REPLY_DIGITS + 1;
  for (let i = start; i < text - 1; i++) if (KINDS[bytes[i]!] !== DIGIT) return false;
  return text < end && bytes[text - 1] === SPACE && bytes[text]! > SPACE;
}
