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

/** A placeholder for the address: no byte of an address is a character above 0xff. */
const ADDRESS = '\u{100}';
/** The result if the text around the address is too long, or quotes follow the brackets. */
const ALONE = `<${ADDRESS}>`;
/** MustQuoteChars: a phrase before brackets that holds one of them needs quotes. */
const MUST_QUOTE: ReadonlySet<string> = new Set("@,;:\\()[].'");

export function crackAddress(text: ByteString): Cracked {
  const kept = new Cracker(text).run();
  const shown = kept === undefined || kept.length >= NAME_LIMIT ? ALONE : kept;
  const at = shown.indexOf(ADDRESS);
  if (at < 0) return { before: shown, after: '', holdsAddress: false };
  return { before: shown.slice(0, at), after: shown.slice(at + 1), holdsAddress: true };
}

class Cracker {
  readonly #text: ByteString;
  #at = 0;
  #out = '';
  /** The offset in `out` at which the part for this address begins, after the names of groups. */
  #outStart = 0;
  /** The offset in the text at which that part begins. */
  #start: number;
  /** More than 0: characters are copied to `out`. */
  #copying = 0;
  #comments = 0;
  #brackets = 0;
  #inAngle = false;
  #angleOpen = false;
  #quoted = false;
  #copiedQuotes = 0;
  #seenAngle = false;
  #seenColon = false;
  #mustQuote = false;
  #marked = false;

  constructor(text: ByteString) {
    this.#text = text.replace(/^[ \t\n\v\f\r]+/, '');
    this.#start = 0;
  }

  /** undefined: quotes after the brackets, which sendmail cannot keep. */
  run(): string | undefined {
    while (this.#at < this.#text.length) this.#take(this.#text[this.#at++]!);
    const isLast = this.#copiedQuotes === 1 && this.#out.endsWith('"');
    if (this.#copiedQuotes > 0 && !isLast) return undefined;
    return this.#out + (isLast ? '"' : '') + ')'.repeat(Math.max(this.#comments, 0)) + (this.#angleOpen ? '>' : '');
  }

  #take(character: string): void {
    if (this.#copying > 0) this.#out += character;
    if (character === '\\') this.#escaped();
    else if (character === '"' && this.#comments <= 0) this.#quote();
    else if (this.#quoted) this.#mark();
    else if (!this.#comment(character)) this.#plain(character);
  }

  #quote(): void {
    this.#quoted = !this.#quoted;
    if (this.#copying > 0) this.#copiedQuotes += 1;
  }

  #escaped(): void {
    if (this.#comments <= 0 && !this.#quoted) this.#mustQuote = true;
    const next = this.#text[this.#at];
    if (next !== undefined) {
      this.#at += 1;
      if (this.#copying > 0) this.#out += next;
    }
    this.#mark();
  }

  /** True if the character belongs to a comment. */
  #comment(character: string): boolean {
    if (character === '(') {
      this.#comments += 1;
      this.#copying += 1;
      if (this.#copying === 1) this.#out += this.#out.length > this.#outStart ? ' (' : '(';
    }
    if (this.#comments > 0) {
      if (character === ')') {
        this.#comments -= 1;
        this.#copying -= 1;
      }
      return true;
    }
    if (character === ')' && this.#copying > 0 && this.#out.length > this.#outStart) this.#out = this.#out.slice(0, -1);
    return false;
  }

  #plain(character: string): void {
    if (character === '[') this.#brackets += 1;
    else if (character === ']') this.#brackets -= 1;
    if (character === ':' && !this.#inAngle && this.#brackets <= 0 && !this.#seenColon) {
      this.#colon();
      return;
    }
    if (character === ';' && this.#copying <= 0) this.#out += character;
    if (MUST_QUOTE.has(character)) this.#mustQuote = true;
    if (character === '<') this.#openAngle();
    else if (character === '>') this.#closeAngle();
    else this.#mark();
  }

  /** The name of a group, unless the colon belongs to a DECnet address. */
  #colon(): void {
    const next = this.#text[this.#at];
    if (next === ':' || next === '.') this.#decnet(next);
    else this.#group();
  }

  #decnet(next: string): void {
    this.#mustQuote = true;
    if (this.#copying > 0) this.#out += `:${next}`;
    this.#at += 1;
    this.#mark();
  }

  #group(): void {
    this.#seenColon = true;
    this.#keepPhrase(':');
    const behind = /^[ \t\n\v\f\r]*/.exec(this.#text.slice(this.#at))![0];
    this.#out += behind;
    this.#at += behind.length;
    this.#outStart = this.#out.length;
    this.#start = this.#at;
  }

  #openAngle(): void {
    // the first of two opening brackets is taken for a mistake
    if (this.#seenAngle) this.#mustQuote = true;
    this.#seenAngle = true;
    this.#inAngle = true;
    this.#angleOpen = true;
    this.#keepPhrase('<');
  }

  /** Keeps all text since the start, quoted if necessary, and the mark that ends it. */
  #keepPhrase(end: ':' | '<'): void {
    const quoting = this.#mustQuote;
    let to = this.#at;
    if (quoting) {
      to -= 1;
      while (to > 0 && isSpace(this.#text.charCodeAt(to - 1))) to -= 1;
    }
    const phrase = this.#text.slice(this.#start, Math.max(to, this.#start));
    let out = this.#out.slice(0, this.#outStart);
    if (quoting && phrase !== '') out += `"${phrase.replaceAll('"', '\\"')}"`;
    else out += phrase;
    if (quoting)
      out += this.#text.slice(Math.max(to, this.#start), this.#text.indexOf(end, Math.max(to, this.#start)) + 1);
    this.#out = out;
    this.#copying = 0;
    this.#marked = false;
    this.#mustQuote = false;
  }

  #closeAngle(): void {
    if (this.#inAngle) {
      this.#inAngle = false;
      this.#angleOpen = false;
    } else {
      if (this.#copying > 0 && this.#out.length > this.#outStart) this.#out = this.#out.slice(0, -1);
      this.#mustQuote = true;
      return;
    }
    this.#copying += 1;
    if (this.#copying === 1) this.#out += '>';
  }

  /** Puts the placeholder where the address proper begins. */
  #mark(): void {
    if (this.#copying > 0 || this.#marked) return;
    if (this.#out.endsWith(')')) this.#out += ' ';
    this.#out += ADDRESS;
    this.#marked = true;
  }
}
