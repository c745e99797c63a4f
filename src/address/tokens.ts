/**
 * Address text -> tokens, by the scanner that sendmail reads addresses with: RFC 822 words, in which each of the
 * OperatorChars `.:%@!^/[]+` and of `<>,;` is a token of its own.
 *
 * Comments go, blanks separate, a quoted string is one token that keeps its quotes, a backslash stays, with the
 * character behind it, in the token that it stands in. Quotes, comments and brackets that do not balance are repaired
 * and reported. Reads byte strings from `start` to a delimiter outside of quotes, comments and brackets, or to the
 * end; linear; what it keeps is bounded by sendmail's limits, however long the text.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase, isSpace } from '../core/fold.ts';
import { EX_OK } from '../core/sysexits.ts';

/** What sendmail says of an address: `553 5.1.3 <x@>... Hostname required` is code, enhanced, the address, text. */
export interface AddressProblem {
  readonly code: number;
  readonly enhanced: string;
  readonly text: string;
  /** The exit status that it asks for; 0: it asks for none. */
  readonly status: number;
  /** True: shown without the address in front of it. */
  readonly bare?: true;
  /** True: shown behind all of the text that was being read, the rest of the list included. */
  readonly whole?: true;
}

export interface Scan {
  readonly tokens: readonly ByteString[];
  readonly problems: AddressProblem[];
  /** Where reading stopped: at the delimiter, at the end of the text, or where a limit was exceeded. */
  readonly end: number;
  /** A limit was exceeded: there are no tokens. */
  readonly failed: boolean;
}

/** Bytes of a token, and of an address, that sendmail does not reach any more (MAXNAME, with the final NUL). */
export const NAME_LIMIT = 256;
/** Bytes of all tokens of a scan, each with a final NUL (PSBUFSIZE less what it keeps free). */
const SCAN_LIMIT = 1251;
/** Tokens of a scan (MAXATOM). */
const TOKEN_LIMIT = 1000;
/** More than an expansion reports, and than fit into a line that newaliases reads, whose last one counts. */
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

/** Kinds by byte: this is asked for every character that is read. */
const KINDS: readonly Kind[] = Array.from({ length: 256 }, (_, byte) => kind(String.fromCharCode(byte)));

/** By the first character. */
function kindOf(text: string): Kind {
  return KINDS[text.charCodeAt(0)] ?? 'atom';
}

/** By byte: an atom's character that means nothing else. */
const PLAIN: readonly boolean[] = KINDS.map((kind, byte) => kind === 'atom' && byte !== 0x5c);

function unbalanced(mark: string): AddressProblem {
  return { code: 553, enhanced: '5.0.0', text: `Unbalanced '${mark}'`, status: EX_OK, whole: true };
}

/** One object each: a text can be full of them. */
const UNBALANCED = {
  '"': unbalanced('"'),
  '(': unbalanced('('),
  ')': unbalanced(')'),
  '<': unbalanced('<'),
  '>': unbalanced('>'),
} as const;

function limit(enhanced: string, text: string): AddressProblem {
  return { code: 553, enhanced, text, status: EX_OK, whole: true };
}

const ADDRESS_TOO_LONG = limit('5.1.1', 'Address too long');

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

  /** Reads to the end of a token. Answers the character that begins the next one (NONE: not read yet), or undefined at the end. */
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
        // outside of quotes \! is an exclamation mark, for people whose shell made them write it so
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

  /** The next character; a mark that is missing at the end, or before a comma, is reported and put in. */
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

  /** Counts comments and brackets; answers the character, or NONE when it is not part of a token. */
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

  /** A text can be full of them; more than anybody reports are not kept. */
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

  /** Takes the state that a character of this kind leads to; true when a token ends before it. */
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

  /** Keeps the plain characters that follow in an atom, all at once. */
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
    else if (this.tokens.length >= TOKEN_LIMIT) this.#fail(limit('5.1.0', 'prescan: too many tokens'));
    else if (this.#token.length > NAME_LIMIT) this.#fail(limit('5.1.0', 'prescan: token too long'));
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

/** The tokens of an address, as far as the delimiter (a comma, a blank, a colon; '' for none). */
export function tokenize(text: ByteString, delimiter = '', start = 0): Scan {
  const scanner = new Scanner(text, delimiter, start);
  scanner.run();
  const { tokens, problems, failed } = scanner;
  return { tokens, problems, end: Math.min(Math.max(scanner.at - 1, start), text.length), failed };
}

/** What BlankSub puts between two words. */
const BLANK_SUBSTITUTE = '.';

/** Tokens -> text, as sendmail shows addresses and builds map keys and class names: a dot between two words. */
export function joinTokens(tokens: readonly ByteString[], blank: string = BLANK_SUBSTITUTE): ByteString {
  let text = '';
  let wordBefore = false;
  for (const token of tokens) {
    const word = kindOf(token) === 'atom';
    text += wordBefore && word ? blank + token : token;
    wordBefore = word;
  }
  return text;
}

/** Tokens compare without regard to case. */
export function sameTokens(a: readonly ByteString[], b: readonly ByteString[]): boolean {
  return a.length === b.length && a.every((token, i) => token === b[i] || foldCase(token) === foldCase(b[i]!));
}

const QUOTING = /["\\]/;

/** Takes quotes away, and backslashes from what they stand before. */
export function stripQuotes(text: ByteString): ByteString {
  return QUOTING.test(text) ? text.replace(/\\(.)|["\\]/gs, '$1') : text;
}
