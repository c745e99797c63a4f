/**
 * Address text -> tokens: RFC 822 words, in which each of the OperatorChars `.:%@!^/[]+` and of `<>,;` is a token of
 * its own.
 *
 * Comments are removed, blanks separate, a quoted string is one token that keeps its quotes, and a backslash stays in
 * its token with the character after it. Quotes, comments and brackets that do not balance are repaired and reported.
 * Reads byte strings from `start` to a delimiter outside quotes, comments and brackets, or to the end.
 * Limits: linear time; sendmail's limits bound the memory, for a text of any length.
 * Source: sendmail's prescan.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase, isSpace } from '../core/fold.ts';
import { EX_OK } from '../core/sysexits.ts';
import type { AddressFault, AddressProblem } from './problem.ts';

/** The tokens of an address, or of a value. */
export type Tokens = readonly ByteString[];

export interface Scan {
  readonly tokens: readonly ByteString[];
  readonly problems: AddressProblem[];
  /**
   * The offset at which parsing stopped: the delimiter, the end of the text, or the place where a limit was exceeded.
   */
  readonly end: number;
  /** A limit was exceeded: there are no tokens. */
  readonly failed: boolean;
}

/** The length in bytes that a token or address must stay below (MAXNAME, with the final NUL). */
export const NAME_LIMIT = 256;
/** Bytes of all tokens of a scan, each with a final NUL (PSBUFSIZE less its reserve). */
const SCAN_LIMIT = 1251;
/** Tokens of a scan (MAXATOM). */
const TOKEN_LIMIT = 1000;
/** More than an expansion reports, and more than fit into a line of newaliases, for which the last one counts. */
const MOST_PROBLEMS = 100_001;
const OPERATORS: ReadonlySet<string> = new Set('.:%@!^/[]+<>,;');
const NONE = '';

type Kind = 'operator' | 'atom' | 'quoted' | 'blank';

function kind(character: string): Kind {
  if (OPERATORS.has(character)) return 'operator';
  if (character === '"') return 'quoted';
  if (character === '(' || character === ')' || isSpace(character.charCodeAt(0))) return 'blank';
  return 'atom';
}

/** Kinds by byte: looked up for every character. */
const KINDS: readonly Kind[] = Array.from({ length: 256 }, (_, byte) => kind(String.fromCharCode(byte)));

/** True for a word that is neither quoted nor an operator. */
export function isAtom(token: ByteString): boolean {
  return kindOf(token) === 'atom';
}

/** By the first character. */
function kindOf(text: string): Kind {
  return KINDS[text.charCodeAt(0)] ?? 'atom';
}

/** By byte: true for a character of an atom without any special meaning. */
const PLAIN: readonly boolean[] = KINDS.map((kind, byte) => kind === 'atom' && byte !== 0x5c);

function unbalanced(mark: string): AddressProblem {
  return {
    fault: 'unbalanced',
    code: 553,
    enhanced: '5.0.0',
    text: `Unbalanced '${mark}'`,
    status: EX_OK,
    whole: true,
  };
}

/** Shared objects: a text can have very many of them. */
const UNBALANCED = {
  '"': unbalanced('"'),
  '(': unbalanced('('),
  ')': unbalanced(')'),
  '<': unbalanced('<'),
  '>': unbalanced('>'),
} as const;

function limit(fault: AddressFault, enhanced: string, text: string): AddressProblem {
  return { fault, code: 553, enhanced, text, status: EX_OK, whole: true };
}

const ADDRESS_TOO_LONG = limit('noRoom', '5.1.1', 'Address too long');

class Scanner {
  readonly tokens: ByteString[] = [];
  readonly problems: AddressProblem[] = [];
  failed = false;
  at: number;
  readonly #text: ByteString;
  readonly #delimiter: string;
  #token = '';
  #size = 0;
  #state: Kind = 'atom';
  #escaping = false;
  #comments = 0;
  #brackets = 0;
  #route = false;

  constructor(text: ByteString, delimiter: string, start: number) {
    this.#text = text;
    this.#delimiter = delimiter;
    this.at = start;
  }

  run(): void {
    let next = NONE;
    let more = true;
    while (more) {
      const read = this.#word(next);
      this.#endToken();
      more = read !== undefined && !this.failed;
      next = read ?? NONE;
    }
  }

  /**
   * Reads to the end of a token. Returns the first character of the next one (NONE: not read yet), or undefined at
   * the end.
   */
  #word(pending: string): string | undefined {
    let character = pending;
    for (;;) {
      if (character !== NONE && !this.#escaping) this.#keep(character);
      if (this.#state === 'atom' && this.#comments === 0 && !this.#escaping) this.#keepPlain();
      const read = this.failed ? undefined : this.#read();
      if (read === undefined) return undefined;
      character = read;
      if (this.#escaping) {
        this.#escaping = false;
        if (this.#comments > 0) {
          character = NONE;
          continue;
        }
        // outside quotes \! is an exclamation mark, for users whose shell made them escape it
        if (character !== '!' || this.#state === 'quoted') {
          this.#keep('\\');
          continue;
        }
      }
      character = this.#balance(character);
      if (character === NONE) continue;
      if (character === this.#delimiter && this.#brackets === 0 && this.#state !== 'quoted') return undefined;
      const kind = kindOf(character);
      const ends = this.#enter(kind);
      if (kind === 'blank' && this.#state === 'blank') character = NONE;
      if (ends) return character;
    }
  }

  /** The next character. A mark that is missing at the end, or before a comma, is reported and inserted. */
  #read(): string | undefined {
    const character = this.#text[this.at];
    this.at += 1;
    const quoted = this.#state === 'quoted';
    if (character === undefined) {
      if (quoted) return this.#repair('"', '"');
      if (this.#comments > 0) return this.#repair('(', ')');
      return this.#brackets > 0 ? this.#repair('<', '>') : undefined;
    }
    if (character !== this.#delimiter || this.#comments > 0 || quoted) return character;
    if (this.#brackets === 0) return undefined;
    return character === ',' && !this.#route ? this.#repair('<', '>') : character;
  }

  #repair(missing: keyof typeof UNBALANCED, closing: string): string {
    this.#unbalanced(missing);
    this.at -= 1;
    return closing;
  }

  /** Counts comments and brackets. Returns the character, or NONE if it is no part of a token. */
  #balance(character: string): string {
    if (character === '\\') this.#escaping = true;
    else if (this.#state === 'quoted') return character;
    else if (character === '(') {
      this.#comments += 1;
      return NONE;
    } else if (character === ')') {
      if (this.#comments > 0) this.#comments -= 1;
      else return this.#surplus(')');
    } else if (this.#comments > 0) return NONE;
    else if (character === '<') {
      this.#brackets += 1;
      if (this.#route === false) this.#route = this.#routeFollows();
    } else if (character === '>') {
      this.#route = false;
      if (this.#brackets > 0) this.#brackets -= 1;
      else return this.#surplus('>');
    } else if (this.#delimiter === ' ' && isSpace(character.charCodeAt(0))) return ' ';
    return character;
  }

  /** Keeps a bounded number: a text can have very many of them. */
  #unbalanced(mark: keyof typeof UNBALANCED): void {
    if (this.problems.length < MOST_PROBLEMS) this.problems.push(UNBALANCED[mark]);
  }

  #surplus(mark: keyof typeof UNBALANCED): string {
    this.#unbalanced(mark);
    return NONE;
  }

  #routeFollows(): boolean {
    let i = this.at;
    while (i < this.#text.length && isSpace(this.#text.charCodeAt(i))) i += 1;
    return this.#text[i] === '@';
  }

  /** Enters the state for a character of this kind. True if a token ends before it. */
  #enter(kind: Kind): boolean {
    const before = this.#state;
    if (before === 'quoted') {
      if (kind === 'quoted') this.#state = 'operator';
      return false;
    }
    this.#state = kind;
    return before === 'operator' || (before === 'atom' && kind !== 'atom');
  }

  #keep(character: string): void {
    if (this.#size >= SCAN_LIMIT) this.#fail(ADDRESS_TOO_LONG);
    this.#size += 1;
    this.#token += character;
  }

  /** Keeps the plain characters that follow in an atom, all in one step. */
  #keepPlain(): void {
    const start = this.at;
    const most = Math.min(this.#text.length, start + SCAN_LIMIT - this.#size);
    let end = start;
    while (end < most && PLAIN[this.#text.charCodeAt(end)]) end += 1;
    if (end === start) return;
    this.#token += this.#text.slice(start, end);
    this.#size += end - start;
    this.at = end;
  }

  #endToken(): void {
    if (this.failed || this.#token === '') return;
    if (this.#size >= SCAN_LIMIT) this.#fail(ADDRESS_TOO_LONG);
    else if (this.tokens.length >= TOKEN_LIMIT) this.#fail(limit('tokens', '5.1.0', 'prescan: too many tokens'));
    else if (this.#token.length > NAME_LIMIT) this.#fail(limit('tokens', '5.1.0', 'prescan: token too long'));
    else this.tokens.push(this.#token);
    this.#size += 1;
    this.#token = '';
  }

  #fail(problem: AddressProblem): void {
    if (!this.failed) this.problems.push(problem);
    this.failed = true;
    this.tokens.length = 0;
  }
}

/** The tokens of an address up to the delimiter (a comma, a blank, a colon; '' for none). */
export function tokenize(text: ByteString, delimiter = '', start = 0): Scan {
  return scanPlain(text, delimiter, start) ?? scan(text, delimiter, start);
}

/**
 * The tokens of a text without quotes, blanks, comments and escapes, whose brackets balance: nearly every address, four
 * times as fast. undefined: another text, or one that is long enough for the limits of a scan.
 */
function scanPlain(text: ByteString, delimiter: string, start: number): Scan | undefined {
  const tokens: ByteString[] = [];
  const most = Math.min(text.length, start + NAME_LIMIT);
  let brackets = 0;
  let at = start;
  while (at < most) {
    const first = at;
    while (at < most && PLAIN[text.charCodeAt(at)]) at += 1;
    if (at > first) {
      tokens.push(text.slice(first, at));
      continue;
    }
    const character = text[at]!;
    if (kindOf(character) !== 'operator') return undefined;
    if (character === delimiter) break;
    if (character === '<') brackets += 1;
    else if (character === '>') brackets -= 1;
    if (brackets < 0) return undefined;
    tokens.push(character);
    at += 1;
  }
  const isAll = at === text.length || text[at] === delimiter;
  return isAll && brackets === 0 ? { tokens, problems: [], end: at, failed: false } : undefined;
}

function scan(text: ByteString, delimiter: string, start: number): Scan {
  const scanner = new Scanner(text, delimiter, start);
  scanner.run();
  const { tokens, problems, failed } = scanner;
  return { tokens, problems, end: Math.min(Math.max(scanner.at - 1, start), text.length), failed };
}

/** The text that BlankSub puts between two words. */
const BLANK_SUBSTITUTE = '.';

/** By the first byte: true for a word, which is an atom and no mark of sendmail's rules (bytes 0x80 to 0x9f). */
const WORD: readonly boolean[] = KINDS.map((kind, byte) => kind === 'atom' && (byte < 0x80 || byte >= 0xa0));

/**
 * Tokens -> text, in the form of map keys, class names and shown addresses: a dot between two words.
 *
 * @param end the number of tokens that count
 */
export function joinTokens(
  tokens: readonly ByteString[],
  blank: string = BLANK_SUBSTITUTE,
  end: number = tokens.length,
): ByteString {
  let text = '';
  let wordBefore = false;
  for (let i = 0; i < end; i++) {
    const token = tokens[i]!;
    const word = WORD[token.charCodeAt(0)] ?? true;
    text += wordBefore && word ? blank + token : token;
    wordBefore = word;
  }
  return text;
}

/** Compares tokens without case. */
export function sameTokens(a: readonly ByteString[], b: readonly ByteString[]): boolean {
  return a.length === b.length && a.every((token, i) => token === b[i] || foldCase(token) === foldCase(b[i]!));
}

/** Removes quotes, and a backslash before any character. */
export function stripQuotes(text: ByteString): ByteString {
  // the usual text of a rule: one quoted string
  if (text[0] === '"' && text.indexOf('"', 1) === text.length - 1 && !text.includes('\\')) return text.slice(1, -1);
  return text.includes('"') || text.includes('\\') ? text.replace(/\\(.)|["\\]/gs, '$1') : text;
}
