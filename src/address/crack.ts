/**
 * An address of a header, or any other, -> what surrounds the address proper in it: full names, comments, brackets, and
 * the name of a group. They stay where they are when the address is rewritten.
 *
 * sendmail's crackaddr: a guess, made without understanding the address. Where more than a name's length would stay,
 * or quotes behind the brackets, only the brackets do.
 */
import type { ByteString } from '../core/bytes.ts';
import { isSpace } from '../core/fold.ts';
import { NAME_LIMIT } from './tokens.ts';

export interface Cracked {
  readonly before: ByteString;
  readonly after: ByteString;
  /** False: there is no address between them. */
  readonly holdsAddress: boolean;
}

/** Stands for the address until all is read: no byte of an address is a character beyond 0xff. */
const ADDRESS = '\u{100}';
/** What stays of an address whose surroundings are too long, or hold quotes behind the brackets. */
const ALONE = `<${ADDRESS}>`;
/** MustQuoteChars: in front of brackets they need quotes. */
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
  /** Where in `out` begins what belongs to this address, behind the names of groups. */
  #outStart = 0;
  /** Where in the text that begins. */
  #start: number;
  /** More than 0: what is read stays. */
  #copying = 0;
  #comments = 0;
  #brackets = 0;
  #inAngle = false;
  #angleOpen = false;
  #quoted = false;
  #copiedQuote = false;
  #seenAngle = false;
  #seenColon = false;
  #mustQuote = false;
  #marked = false;

  constructor(text: ByteString) {
    this.#text = text.replace(/^[ \t\n\v\f\r]+/, '');
    this.#start = 0;
  }

  /** undefined: quotes behind brackets, which sendmail cannot keep. */
  run(): string | undefined {
    while (this.#at < this.#text.length) this.#take(this.#text[this.#at++]!);
    const isLast = this.#copiedQuote && this.#out.indexOf('"') === this.#out.length - 1;
    if (this.#copiedQuote && !isLast) return undefined;
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
    if (this.#copying > 0) this.#copiedQuote = true;
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

  /** Whether the character is of a comment. */
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

  /** The name of a group, unless the colon is one of a DECnet address. */
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
    // the first of two is taken for a mistake
    if (this.#seenAngle) this.#mustQuote = true;
    this.#seenAngle = true;
    this.#inAngle = true;
    this.#angleOpen = true;
    this.#keepPhrase('<');
  }

  /** All that was read since the beginning stays, quoted where it must be, with the mark that ends it. */
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

  /** Puts the mark where the address proper begins. */
  #mark(): void {
    if (this.#copying > 0 || this.#marked) return;
    if (this.#out.endsWith(')')) this.#out += ' ';
    this.#out += ADDRESS;
    this.#marked = true;
  }
}
