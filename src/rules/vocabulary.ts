/**
 * Tokens -> small numbers, so that rules compare and copy numbers; and back.
 *
 * A number means the same token until {@link Vocabulary.clear}, which makes everything invalid that was compiled with it. The
 * facts about a token are in arrays, by its number.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { CALL, HOST, HOST_BEGIN, HOST_END, MAP_BEGIN, MAP_END, shown, USER } from '../source/cf/symbols.ts';

/** Tokens, by their numbers. */
export type Tokens = readonly number[];

/** Bits of a mark: the token begins a map; a call; it ends a part of a map; it has a quote or a backslash. */
export const BEGINS_MAP: number = 1 << 31;
export const BEGINS_CALL: number = 1 << 30;
export const ENDS_PART: number = 1 << 29;
export const HAS_QUOTE: number = 1 << 28;
/** The other bits, one for each word. */
const WORD_BITS = 28;
const SYMBOLS: ReadonlyMap<string, number> = new Map([
  [MAP_BEGIN, BEGINS_MAP],
  [HOST_BEGIN, BEGINS_MAP],
  [CALL, BEGINS_CALL],
  [MAP_END, ENDS_PART],
  [HOST_END, ENDS_PART],
  [HOST, ENDS_PART],
  [USER, ENDS_PART],
]);

export class Vocabulary {
  readonly texts: ByteString[] = [];
  /** The first character, 0 for none. */
  readonly codes: number[] = [];
  /** The number of the same token in lower case. */
  readonly folded: number[] = [];
  /** One bit for the word, the same in lower and upper case; and the bits above. */
  readonly marks: number[] = [];
  readonly #numbers = new Map<ByteString, number>();
  /** Those of one character, by its code: half of the tokens of an address. */
  readonly #characters: (number | undefined)[] = new Array(0x100).fill(undefined);
  readonly #shown: (string | undefined)[] = [];

  /** The number of tokens. */
  get size(): number {
    return this.texts.length;
  }

  /** Forgets everything. */
  clear(): void {
    this.#numbers.clear();
    this.#characters.fill(undefined);
    for (const each of [this.texts, this.codes, this.folded, this.marks, this.#shown]) each.length = 0;
  }

  number(text: ByteString): number {
    if (text.length !== 1) return this.#numbers.get(text) ?? this.#add(text);
    const code = text.charCodeAt(0);
    const known = this.#characters[code];
    if (known !== undefined) return known;
    const token = this.#numbers.get(text) ?? this.#add(text);
    if (code <= 0xff) this.#characters[code] = token;
    return token;
  }

  numbers(texts: readonly ByteString[]): number[] {
    const tokens: number[] = [];
    for (let i = 0; i < texts.length; i++) tokens.push(this.number(texts[i]!));
    return tokens;
  }

  words(tokens: Tokens): ByteString[] {
    return tokens.map((token) => this.texts[token]!);
  }

  /** Tokens as sendmail prints them, a blank before each. @param nameOf the name of a macro or class by its identity */
  shown(tokens: Tokens, nameOf: (id: number) => string): string {
    let line = '';
    for (let i = 0; i < tokens.length; i++) line += this.#shownToken(tokens[i]!, nameOf);
    return line;
  }

  /** The same without the first blank. JavaScript joins the pieces when the text is read, which most traces never are. */
  text(tokens: Tokens, nameOf: (id: number) => string): string {
    if (tokens.length === 0) return '';
    let line = this.#shownToken(tokens[0]!, nameOf).slice(1);
    for (let i = 1; i < tokens.length; i++) line += this.#shownToken(tokens[i]!, nameOf);
    return line;
  }

  /** With the blank before it. */
  #shownToken(token: number, nameOf: (id: number) => string): string {
    this.#shown[token] ??= ` ${shown(this.texts[token]!, nameOf)}`;
    return this.#shown[token];
  }

  #add(text: ByteString): number {
    const lower = foldCase(text);
    const folded = lower === text ? this.texts.length : this.number(lower);
    const token = this.texts.length;
    this.#numbers.set(text, token);
    this.texts.push(text);
    this.codes.push(text === '' ? 0 : text.charCodeAt(0));
    this.folded.push(folded);
    this.marks.push((1 << (folded % WORD_BITS)) | (SYMBOLS.get(text.charAt(0)) ?? 0) | quoteMark(text));
    this.#shown.push(undefined);
    return token;
  }
}

function quoteMark(text: ByteString): number {
  return text.includes('"') || text.includes('\\') ? HAS_QUOTE : 0;
}
