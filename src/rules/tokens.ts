/**
 * Text -> tokens: operators, delimiters, quoted strings, and runs of anything else; and tokens -> text.
 *
 * There are three modes: `rule` (the configuration, and typed text; parentheses are delimiters), `value` (values of maps and
 * macros; comments in parentheses are dropped) and `inner` (defaults of maps; comments are dropped too). Unbalanced text is
 * repaired and reported, or, in a `rule` of the configuration, left as it is.
 *
 * Limits, as in sendmail: 256 bytes a token, 1,000 tokens, about 1,250 bytes a text.
 */

import type { ByteString } from '../core/bytes.ts';
import type { ComplaintKind } from './complaint.ts';

const OPERATOR = 0;
const ATOM = 1;
const QUOTE = 2;
const SPACE = 3;
const PAIR = 4;

/** Bits of a step: the character is dropped; the token ends before it. */
const DROP = 0x10;
const BREAK = 0x20;

/** The next state, by the present state and the kind of character. */
const STEPS: readonly (readonly number[])[] = [
  [OPERATOR | BREAK, ATOM | BREAK, QUOTE | BREAK, SPACE | DROP | BREAK, PAIR | BREAK],
  [OPERATOR | BREAK, ATOM, QUOTE | BREAK, SPACE | DROP | BREAK, PAIR | BREAK],
  [QUOTE, QUOTE, OPERATOR, QUOTE, QUOTE],
  [OPERATOR, ATOM, QUOTE, SPACE | DROP, PAIR],
  [OPERATOR, OPERATOR, OPERATOR, OPERATOR, OPERATOR],
];

/** Delimiters whatever the configuration says. */
const DELIMITERS = '()<>,;\r\n';
/** Most operators that count. */
const MOST_OPERATORS = 40;

/** Tokens of a text. */
export const MAX_TOKENS = 1000;
const MAX_TOKEN = 256;
/** Bytes that the tokens of a value, of a line of the configuration, may take. */
export const VALUE_ROOM = 1256;
/** The complaint about a text that does not fit. */
const TOO_LONG = 'Address too long';
export const LINE_ROOM = 3048;

export type Reading = 'rule' | 'value' | 'inner';

/** How a text is read. */
export interface ScanOptions {
  readonly reading: Reading;
  readonly room: number;
  /** The character that ends the text outside quotes and angle brackets; a blank stands for all of them; `''`: none. */
  readonly end: string;
  /** Unbalanced text is left as it is. */
  readonly asIs: boolean;
}

/** Tokens; undefined: there are none, or the text is invalid, which was reported. */
export interface Scanned {
  readonly tokens: string[] | undefined;
  /** The tokens before the limit was exceeded, which sendmail leaves in its memory. */
  readonly begun: readonly string[];
  /** The text behind them in that memory, if a limit was exceeded: the token that did not fit, and its end if it had one. */
  readonly cut?: ByteString;
  /** The offset of the end: of the end character, or of the end of the text. */
  readonly next: number;
}

/** Receives sendmail's complaints about a text. */
type Complain = (words: string, kind: ComplaintKind) => void;

const NONE = -1;
const END = 0;
const BACKSLASH = 0x5c;

/** The characters of one configuration. */
export class Alphabet {
  readonly #kinds: Readonly<Record<Reading, Uint8Array>>;
  readonly #inner: Uint8Array;
  readonly #scanner = new Scanner();

  constructor(operators: ByteString) {
    const all = operators.slice(0, MOST_OPERATORS) + DELIMITERS;
    this.#kinds = {
      rule: kinds(all, true, true),
      value: kinds(all, false, false),
      inner: kinds(all, false, true),
    };
    this.#inner = this.#kinds.inner;
  }

  /** True for a word: two words need a blank between them. */
  isAtom(token: string): boolean {
    return this.isAtomCode(token.charCodeAt(0));
  }

  /** The same by the first character of a token. */
  isAtomCode(code: number): boolean {
    return this.#inner[code & 0xff] === ATOM;
  }

  /**
   * Splits a text into tokens, from an offset on.
   *
   * @param complain receives sendmail's complaints about the text from that offset on
   */
  scan(text: ByteString, start: number, options: ScanOptions, complain: Complain): Scanned {
    return this.#scanner.scan(text, start, this.#kinds[options.reading], options, complain);
  }

  /**
   * Tokens to text, with a blank, or its substitute, between words.
   *
   * @param limit bytes; the last of them can only be such a blank
   */
  join(tokens: readonly string[], blank: string, from = 0, to: number = tokens.length, limit = 2046): ByteString {
    let text = '';
    let wasAtom = false;
    for (let i = from; i < to; i++) {
      const token = tokens[i]!;
      const atom = this.isAtom(token);
      if (wasAtom && atom) text += blank;
      if (text.length >= limit) return text;
      text += token;
      if (text.length >= limit) return text.slice(0, limit - 1);
      wasAtom = atom;
    }
    return text;
  }
}

function kinds(operators: ByteString, parentheses: boolean, symbols: boolean): Uint8Array {
  const table = new Uint8Array(512).fill(ATOM);
  for (const space of ' \t\n\v\f\r') table[space.charCodeAt(0)] = SPACE;
  table[0x22] = QUOTE;
  for (const bracket of '()') table[bracket.charCodeAt(0)] = parentheses ? OPERATOR : SPACE;
  if (symbols) {
    table.fill(OPERATOR, 0x80, 0xa0);
    for (const code of [0x82, 0x93, 0x94, 0x95, 0xff]) table[code] = PAIR;
  }
  for (const operator of operators) {
    const code = operator.charCodeAt(0);
    if (table[code] === ATOM) table[code] = OPERATOR;
  }
  return table;
}

/** The options of a scanner without a text. */
const NO_OPTIONS: ScanOptions = { reading: 'rule', room: 0, end: '', asIs: true };

const BLANK = 0x20;

/** Blanks and the control characters from tab to carriage return. */
function isBlank(character: number): boolean {
  return character === BLANK || (character >= 0x09 && character <= 0x0d);
}

/** Splits one text after the other. */
class Scanner {
  #text: ByteString = '';
  #kinds: Uint8Array = new Uint8Array();
  #options: ScanOptions = NO_OPTIONS;
  #complain: Complain = () => undefined;
  #end = END;
  #tokens: string[] = [];
  #next = 0;
  #token = '';
  /** The end that the token already has in memory when it exceeds a limit. */
  #cutEnd = '';
  #used = 0;
  #state = ATOM;
  #character = NONE;
  #escaped = false;
  #comments = 0;
  #angles = 0;
  #isRoute = false;

  scan(text: ByteString, start: number, table: Uint8Array, options: ScanOptions, complain: Complain): Scanned {
    this.#text = text;
    this.#next = start;
    this.#kinds = table;
    this.#options = options;
    this.#complain = complain;
    this.#end = options.end === '' ? END : options.end.charCodeAt(0);
    this.#tokens = [];
    this.#used = 0;
    this.#state = ATOM;
    this.#character = NONE;
    this.#escaped = false;
    this.#comments = 0;
    this.#angles = 0;
    this.#isRoute = false;
    return this.#scan();
  }

  #scan(): Scanned {
    do {
      this.#token = '';
      this.#cutEnd = '';
      if (!this.#readToken() || !this.#keepToken())
        return {
          tokens: undefined,
          begun: this.#tokens,
          cut: this.#token + this.#cutEnd,
          next: Math.max(0, this.#next - 1),
        };
    } while (this.#character !== END && (this.#character !== this.#end || this.#angles > 0));
    const tokens = this.#tokens.length === 0 ? undefined : this.#tokens;
    return { tokens, begun: this.#tokens, next: this.#next - 1 };
  }

  /** Reads to the end of the token. False: there is no room for it. */
  #readToken(): boolean {
    for (;;) {
      if (this.#character !== NONE && !this.#escaped && !this.#store(this.#character)) return false;
      if (this.#state === ATOM && !this.#escaped && this.#comments === 0) this.#takeWord();
      this.#character = this.#next < this.#text.length ? this.#text.charCodeAt(this.#next) : END;
      this.#next++;
      if (this.#atEnd()) return true;
      if (this.#escaped) {
        this.#escaped = false;
        if (this.#comments > 0) {
          this.#character = NONE;
          continue;
        }
        if (this.#character !== 0x21 || this.#state === QUOTE) {
          if (!this.#store(0x5c)) return false;
          continue;
        }
      }
      this.#look();
      if (this.#character === NONE) continue;
      if (this.#character === this.#end && this.#end !== END && this.#angles <= 0 && this.#state !== QUOTE) return true;
      const step = STEPS[this.#state]![this.#kinds[this.#character] ?? ATOM]!;
      this.#state = step & 0x0f;
      if ((step & DROP) !== 0) this.#character = NONE;
      if ((step & BREAK) !== 0) return true;
    }
  }

  /** Takes characters that only make the word longer. */
  #takeWord(): void {
    const text = this.#text;
    const limit = Math.min(text.length, this.#next + this.#options.room - 6 - this.#used - this.#token.length);
    let end = this.#next;
    while (end < limit && this.#isPlain(text.charCodeAt(end))) end++;
    if (end === this.#next) return;
    this.#token += text.slice(this.#next, end);
    this.#next = end;
  }

  #isPlain(code: number): boolean {
    return this.#kinds[code] === ATOM && code !== BACKSLASH && code !== this.#end && code !== END && code !== 0xff;
  }

  #store(character: number): boolean {
    if (this.#used + this.#token.length >= this.#options.room - 5) return this.#refuse(TOO_LONG, 'room');
    this.#token += String.fromCharCode(character === 0xff ? 0x7f : character);
    return true;
  }

  #keepToken(): boolean {
    if (this.#token === '') return true;
    if (this.#used + this.#token.length >= this.#options.room - 5) return this.#refuse(TOO_LONG, 'room');
    this.#used += this.#token.length + 1;
    this.#cutEnd = '\0';
    if (this.#tokens.length >= MAX_TOKENS) return this.#refuse('prescan: too many tokens', 'tokens');
    if (this.#token.length > MAX_TOKEN) return this.#refuse('prescan: token too long', 'tokens');
    this.#tokens.push(this.#token);
    return true;
  }

  #refuse(words: string, kind: ComplaintKind): false {
    this.#complain(words, kind);
    return false;
  }

  /** True at the end of the text. Missing marks are added first, one character at a time. */
  #atEnd(): boolean {
    if (this.#character === END) {
      if (this.#options.asIs) return true;
      if (this.#state === QUOTE) this.#repair('"', '"');
      else if (this.#comments > 0) this.#repair('(', ')');
      else if (this.#angles > 0) this.#repair('<', '>');
      else return true;
      return false;
    }
    if (this.#character !== this.#end || this.#comments > 0 || this.#state === QUOTE) return false;
    if (this.#angles <= 0) return true;
    if (this.#end === 0x2c && !this.#isRoute && !this.#options.asIs) this.#repair('<', '>');
    return false;
  }

  #repair(open: string, close: string): void {
    this.#complain(`Unbalanced '${open}'`, 'unbalanced');
    this.#character = close.charCodeAt(0);
    this.#next--;
  }

  /** Quotes, comments and angle brackets. */
  #look(): void {
    const character = this.#character;
    if (character === 0x5c) this.#escaped = true;
    else if (this.#state === QUOTE) return;
    else if (character === 0x28 && this.#kinds[0x28] === SPACE) {
      this.#comments++;
      this.#character = NONE;
    } else if (character === 0x29 && this.#kinds[0x28] === SPACE) this.#closeComment();
    else if (this.#comments > 0) this.#character = NONE;
    else if (character === 0x3c) {
      this.#angles++;
      if (/^[ \t\n\v\f\r]*@/.test(this.#text.slice(this.#next, this.#next + 300))) this.#isRoute = true;
    } else if (character === 0x3e) this.#closeAngle();
    else if (this.#end === BLANK && isBlank(character)) this.#character = BLANK;
  }

  #closeComment(): void {
    if (this.#comments > 0) this.#comments--;
    else if (!this.#options.asIs) {
      this.#complain("Unbalanced ')'", 'unbalanced');
      this.#character = NONE;
    }
  }

  #closeAngle(): void {
    if (this.#angles > 0) this.#angles--;
    else if (!this.#options.asIs) {
      this.#complain("Unbalanced '>'", 'unbalanced');
      this.#character = NONE;
    }
    this.#isRoute = false;
  }
}
