/**
 * `-d` levels -> the output of the engine in test mode: rulesets always, and rules from `-d21.2` on.
 *
 * Followed: 21 (rules, except for the addresses of tokens in memory at 21.15) and 60 (maps).
 */
import type { ByteString } from '../core/bytes.ts';
import type { NameId } from '../source/cf/macro-names.ts';
import type { Macros } from '../source/cf/macros.ts';
import { shown, shownTokens } from '../source/cf/symbols.ts';
import type { Rule } from './rulesets.ts';
import type { TemporaryFailure, Trace } from './trace.ts';
import type { Tokens, Vocabulary } from './vocabulary.ts';

const RULES = 21;
const MAPS = 60;
const MOST = 100;

/** The names of tokens and macros. */
interface Names {
  readonly macros: Macros;
  readonly vocabulary: Vocabulary;
}

export class DebugTrace implements Trace {
  readonly listens = true;
  readonly #levels = new Array<number>(MOST).fill(0);
  readonly #print: (text: string) => void;
  readonly #nameOf: (id: NameId) => string;
  readonly #vocabulary: Vocabulary;

  constructor(print: (text: string) => void, { macros, vocabulary }: Names) {
    this.#print = print;
    this.#nameOf = (id) => macros.name(id);
    this.#vocabulary = vocabulary;
  }

  /** Reads `21.12`, `0-99.1`, `21.4,60.5`. A category without a level has level 1; an empty text is level 1 of all categories. */
  set(flags: ByteString): void {
    const text = flags === '' ? '0-99.1' : flags;
    for (const item of text.split(/[, \t]+/)) {
      const [, first, last, level = '1'] = /^([0-9]+)(?:-([0-9]+))?(?:\.([0-9]+))?/.exec(item) ?? [];
      if (first === undefined) continue;
      const to = Math.min(Number(last ?? first), MOST - 1);
      for (let i = Number(first); i <= to; i++) this.#levels[i] = Number(level);
    }
  }

  get rules(): boolean {
    return this.#levels[RULES]! > 0;
  }

  get tries(): boolean {
    return this.rules;
  }

  input(ruleset: string, tokens: Tokens): void {
    this.#print(`${ruleset.slice(0, 16).padEnd(16)}   input:${this.#tokens(tokens)}\n`);
  }

  returns(ruleset: string, tokens: Tokens): void {
    this.#print(`${ruleset.slice(0, 16).padEnd(16)} returns:${this.#tokens(tokens)}\n`);
  }

  trying({ left, lastLine }: Rule): void {
    const where = this.#at(RULES, 15) ? ` (line ${lastLine})` : '';
    if (this.#at(RULES, 12)) this.#print(`-----trying rule${where}:${shownTokens(left, this.#nameOf)}\n`);
  }

  fails(): void {
    if (this.#at(RULES, 10)) this.#print('----- rule fails\n');
  }

  matches({ right }: Rule): void {
    if (this.#at(RULES, 12)) this.#print(`-----rule matches:${shownTokens(right, this.#nameOf)}\n`);
  }

  rewritten(tokens: Tokens): void {
    if (this.#at(RULES, 4)) this.#print(`rewritten as:${this.#tokens(tokens)}\n`);
  }

  workspace(tokens: Tokens): void {
    if (this.#at(RULES, 1)) this.#print(`workspace: ${this.#tokens(tokens)}\n`);
  }

  skips(ruleset: string, number: number): void {
    if (this.#at(RULES, 3)) this.#print(`-----skip subr ${ruleset} (${number})\n`);
  }

  macro(id: NameId, value: ByteString | undefined, isLeft = false): void {
    const side = isLeft ? 'LHS' : 'RHS';
    if (this.#at(RULES, 2)) this.#print(`rewrite: ${side} $&{${this.#nameOf(id)}} => "${value ?? '(NULL)'}"\n`);
  }

  asks(map: string, key: ByteString, args: readonly ByteString[]): void {
    if (!this.#at(MAPS, 1)) return;
    const all = this.#at(MAPS, 5) ? [key, ...args].map((arg, i) => `, %${i}=${arg}`).join('') : '';
    this.#print(`map_lookup(${map}, ${shown(key, this.#nameOf)}${all}) => `);
  }

  asked(
    _map: string,
    _key: ByteString,
    _args: readonly ByteString[],
    value: ByteString | undefined,
    status: number,
  ): void {
    if (this.#at(MAPS, 1)) this.#print(`${value ?? 'NOT FOUND'} (${status}), ad=0\n`);
  }

  cannotTell(map: string, key: ByteString, { isCalm, instead }: TemporaryFailure): void {
    if (!isCalm && this.#at(MAPS, 1)) this.#print(`map_lookup(${map}, ${key}) tempfail: errno=0\n`);
    if (instead !== undefined && this.#at(MAPS, 4)) this.#print(`map_lookup tempfail: returning "${instead}"\n`);
  }

  #at(category: number, level: number): boolean {
    return this.#levels[category]! >= level;
  }

  #tokens(tokens: Tokens): string {
    return this.#vocabulary.shown(tokens, this.#nameOf);
  }
}
