/**
 * Text -> tokens, as sendmail's prescan() splits addresses and map values, and back.
 *
 * Operators are tokens of their own, quoted strings are one token with their quotes, comments in parentheses vanish,
 * blanks only separate. Unbalanced input is repaired as sendmail repairs it, and the first complaint is kept. Linear in
 * the input; never throws. Works on byte strings.
 */
import type { ByteString } from '../core/bytes.ts';
import { isSpace } from '../core/fold.ts';

export type Token = ByteString;

export interface Scan {
  readonly tokens: readonly Token[];
  /** sendmail's words about the first thing that does not balance: `Unbalanced '('`. */
  readonly complaint?: string;
}

/** OperatorChars of a stock configuration, and the delimiters that are always operators. */
const OPERATORS = new Set('.:%@!^/[]+()<>,;\r\n');

/** Splits text into tokens. */
export function scan(text: ByteString): Scan {
  const scanner = new Scanner();
  for (const char of text) scanner.take(char);
  return scanner.finish();
}

/** The tokens alone, for text whose balance does not matter. */
export function tokensOf(text: ByteString): readonly Token[] {
  return scan(text).tokens;
}

/** Joins tokens: a blank stands only between two that are neither operators nor quoted. */
export function joinTokens(tokens: readonly Token[]): ByteString {
  let out = '';
  let afterAtom = false;
  for (const token of tokens) {
    const atom = isAtom(token);
    out += atom && afterAtom ? ` ${token}` : token;
    afterAtom = atom;
  }
  return out;
}

/** Drops quotes, and each backslash in favour of the character behind it (stripquotes()). */
export function stripQuotes(text: ByteString): ByteString {
  return /["\\]/.test(text) ? text.replace(/\\([\s\S]?)|"/g, '$1') : text;
}

function isAtom(token: Token): boolean {
  const first = token.charAt(0);
  return first !== '"' && !OPERATORS.has(first);
}

class Scanner {
  readonly #tokens: Token[] = [];
  #current = '';
  #inQuotes = false;
  #comments = 0;
  #angles = 0;
  #escaped = false;
  #complaint: string | undefined;

  take(char: string): void {
    if (this.#escaped) this.#takeEscaped(char);
    else if (char === '\\') this.#escaped = true;
    else if (this.#inQuotes) this.#takeQuoted(char);
    else if (this.#comments > 0 || char === '(') this.#takeComment(char);
    else this.#takePlain(char);
  }

  finish(): Scan {
    if (this.#inQuotes) {
      this.#complain('"');
      if (this.#escaped) this.take('"');
      this.take('"');
    } else if (this.#comments > 0) this.#complain('(');
    if (this.#angles > 0) {
      this.#complain('<');
      this.#end();
      for (; this.#angles > 0; this.#angles--) this.#tokens.push('>');
    }
    this.#end();
    return this.#complaint === undefined
      ? { tokens: this.#tokens }
      : { tokens: this.#tokens, complaint: this.#complaint };
  }

  /** `\!` outside quotes is a plain `!`, a kindness of sendmail's to bang paths typed in a shell. */
  #takeEscaped(char: string): void {
    this.#escaped = false;
    if (this.#comments > 0) return;
    if (char === '!' && !this.#inQuotes) this.#takePlain(char);
    else this.#current += `\\${char}`;
  }

  #takeQuoted(char: string): void {
    this.#current += char;
    if (char !== '"') return;
    this.#inQuotes = false;
    this.#end();
  }

  #takeComment(char: string): void {
    if (char === '(') this.#comments++;
    else if (char === ')' && --this.#comments === 0) this.#end();
  }

  #takePlain(char: string): void {
    if (char === ')') this.#complain(char);
    else if (char === '>' && this.#angles === 0) this.#complain(char);
    else if (isSpace(char.charCodeAt(0))) this.#end();
    else if (OPERATORS.has(char)) this.#operator(char);
    else if (char === '"') {
      this.#end();
      this.#inQuotes = true;
      this.#current = char;
    } else this.#current += char;
  }

  #operator(char: string): void {
    if (char === '<') this.#angles++;
    else if (char === '>') this.#angles--;
    this.#end();
    this.#tokens.push(char);
  }

  #end(): void {
    if (this.#current !== '') this.#tokens.push(this.#current);
    this.#current = '';
  }

  #complain(char: string): void {
    this.#complaint ??= `Unbalanced '${char}'`;
  }
}
