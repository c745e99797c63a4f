/**
 * An address, in a header or elsewhere -> the text around the address proper: full names, comments, brackets, and the
 * name of a group. A rewritten address keeps this text.
 *
 * Limits: it guesses, and does not parse the address. If the text would be longer than a name may be, or if quotes follow the
 * brackets, only the brackets are kept.
 * Source: sendmail's crackaddr.
 */
import type { ByteString } from '../core/bytes.ts';
import { isSpace } from '../core/fold.ts';
import { NAME_LIMIT } from './tokens.ts';

export interface Cracked {
  readonly before: ByteString;
  readonly after: ByteString;
  /** False: there is no address between `before` and `after`. */
  readonly holdsAddress: boolean;
}

/** The settings for finding the address in a text. */
export interface CrackOptions {
  /** MustQuoteChars: a phrase before brackets that holds one of them needs quotes. */
  readonly quoted: string;
  /** ColonOkInAddr: `:` does not begin a group. */
  readonly allowsColons: boolean;
}

const USUAL: CrackOptions = { quoted: "@,;:\\()[].'", allowsColons: false };

/** The place of the address; sendmail writes `$g`, which is as long. No byte of an address is a character above 0xff. */
const MARK = '\u0100g';
/** The result if the text around the address is too long, or quotes follow the brackets. */
const ALONE = `<${MARK}>`;

const BARE: Cracked = { before: '', after: '', holdsAddress: true };
/** By byte: without one of these characters, nothing stands around an address. */
const AROUND: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  '"\\()<>:; \t\n\v\f\r'.includes(String.fromCharCode(byte)),
);

/** Nearly every text is an address alone. */
function isBare(text: ByteString): boolean {
  for (let i = 0; i < text.length; i++) if (AROUND[text.charCodeAt(i)]) return false;
  return text !== '';
}

export function crackAddress(text: ByteString, options: CrackOptions = USUAL): Cracked {
  if (isBare(text)) return BARE;
  const shown = new Cracker(text, options).run();
  const at = shown.indexOf(MARK);
  if (at < 0) return { before: shown, after: '', holdsAddress: false };
  return { before: shown.slice(0, at), after: shown.slice(at + MARK.length), holdsAddress: true };
}

class Cracker {
  readonly #text: ByteString;
  readonly #options: CrackOptions;
  #at: number;
  #out: string;
  /** The start of the part that becomes a phrase if a bracket or a colon follows, in the output and in the text. */
  #head: number;
  #textHead: number;
  readonly #start: number;
  /** Comments, open in the text and in the output; angle brackets; square brackets. */
  #comments = 0;
  #angles = 0;
  #brackets = 0;
  /** Above 0: the text being read is copied, because it is not the address. */
  #copies = 0;
  #isQuoted = false;
  #needsQuotes = false;
  #hasAddress = false;
  #hasAngle = false;
  #hasColon = false;
  #openComments = 0;
  /** Quotes in the text that was copied. */
  #copiedQuotes = 0;
  #openAngle = false;

  constructor(text: ByteString, options: CrackOptions) {
    this.#text = text;
    this.#options = options;
    this.#at = 0;
    while (this.#at < text.length && isSpace(text.charCodeAt(this.#at))) this.#at++;
    this.#out = text.slice(0, this.#at);
    this.#start = this.#at;
    this.#head = this.#at;
    this.#textHead = this.#at;
  }

  run(): ByteString {
    while (this.#at < this.#text.length) this.#next(this.#text[this.#at++]!);
    const isOpen = this.#copiedQuotes === 1 && this.#out.endsWith('"');
    if (this.#copiedQuotes > 0 && !isOpen) return ALONE;
    if (isOpen) this.#out += '"';
    this.#out += ')'.repeat(this.#openComments);
    if (this.#openAngle) this.#out += '>';
    return this.#out.length >= NAME_LIMIT ? ALONE : this.#out;
  }

  #next(character: string): void {
    if (this.#copies > 0) this.#out += character;
    if (character === '\\') {
      this.#escape();
      return;
    }
    if (character === '"' && this.#comments <= 0) {
      this.#isQuoted = !this.#isQuoted;
      if (this.#copies > 0) this.#copiedQuotes++;
      return;
    }
    if (this.#isQuoted) {
      this.#address();
      return;
    }
    if (character === '(') this.#openComment();
    if (this.#comments > 0) {
      if (character === ')') this.#closeComment();
      return;
    }
    if (character === ')' && this.#copies > 0 && this.#out.length > this.#head) this.#out = this.#out.slice(0, -1);
    if (character === '[') this.#brackets++;
    else if (character === ']') this.#brackets--;
    if (this.#beginsGroup(character)) {
      this.#group(character);
      return;
    }
    if (character === ';' && this.#copies <= 0 && !this.#options.allowsColons) this.#out += character;
    if (this.#options.quoted.includes(character)) this.#needsQuotes = true;
    if (character === '<') {
      this.#openAngleBracket();
      return;
    }
    if (character === '>') {
      this.#closeAngleBracket();
      return;
    }
    this.#address();
  }

  #escape(): void {
    if (this.#comments <= 0 && !this.#isQuoted) this.#needsQuotes = true;
    const next = this.#text[this.#at];
    if (next !== undefined) {
      this.#at++;
      if (this.#copies > 0) this.#out += next;
    }
    this.#address();
  }

  #openComment(): void {
    this.#comments++;
    this.#openComments++;
    if (this.#copies++ > 0) return;
    if (this.#out.length !== this.#head) this.#out += ' ';
    this.#out += '(';
  }

  #closeComment(): void {
    this.#comments--;
    this.#copies--;
    this.#openComments--;
  }

  #beginsGroup(character: string): boolean {
    return (
      character === ':' && this.#angles <= 0 && this.#brackets <= 0 && !this.#hasColon && !this.#options.allowsColons
    );
  }

  /** `group: ...`, but not DECnet's `::` and `:.`. */
  #group(character: string): void {
    const next = this.#text[this.#at];
    if (next === ':' || next === '.') {
      this.#needsQuotes = true;
      if (this.#copies > 0) this.#out += character + next;
      this.#at++;
      this.#address();
      return;
    }
    this.#hasColon = true;
    this.#takeBack(':', this.#head + 1);
    while (this.#at < this.#text.length && isSpace(this.#text.charCodeAt(this.#at)))
      this.#out += this.#text[this.#at++];
    this.#copies = 0;
    this.#hasAddress = false;
    this.#needsQuotes = false;
    this.#head = this.#out.length;
    this.#textHead = this.#at;
  }

  /** The part was no address but a phrase: copies it, in quotes if it needs them. */
  #takeBack(end: string, empty: number): void {
    this.#out = this.#out.slice(0, this.#head);
    const quotes = this.#needsQuotes;
    if (quotes) {
      this.#out += '"';
      this.#at--;
      while (this.#at > this.#start) {
        this.#at--;
        if (!isSpace(this.#text.charCodeAt(this.#at))) break;
      }
      this.#at++;
    }
    for (let i = this.#textHead; i < this.#at; i++) {
      const character = this.#text[i]!;
      this.#out += quotes && character === '"' ? '\\"' : character;
    }
    if (!quotes) return;
    if (this.#out.length === empty) this.#out = this.#out.slice(0, -1);
    else this.#out += '"';
    for (;;) {
      const character = this.#text[this.#at++] ?? end;
      this.#out += character;
      if (character === end) return;
    }
  }

  #openAngleBracket(): void {
    if (this.#hasAngle) this.#needsQuotes = true;
    this.#hasAngle = true;
    this.#angles = 1;
    this.#openAngle = true;
    this.#takeBack('<', 1);
    this.#copies = 0;
    this.#hasAddress = false;
    this.#needsQuotes = false;
  }

  #closeAngleBracket(): void {
    if (this.#angles > 0) {
      this.#angles--;
      this.#openAngle = false;
    } else {
      if (this.#copies > 0 && this.#out.length > this.#head) this.#out = this.#out.slice(0, -1);
      this.#needsQuotes = true;
      return;
    }
    if (this.#copies++ <= 0) this.#out += '>';
  }

  #address(): void {
    if (this.#copies > 0 || this.#hasAddress) return;
    if (this.#out.endsWith(')')) this.#out += ' ';
    this.#out += `${MARK}`;
    this.#hasAddress = true;
  }
}
