/**
 * Rulesets: their names and numbers, and their rules. 0 to 99 are numbers that a file may use; names get numbers from 199
 * downwards in the order in which they appear. A number is shown by the name that was given to it last.
 */
import type { ByteString } from '../core/bytes.ts';
import { isSpace } from '../core/fold.ts';
import type { Reports } from './reports.ts';

const MOST = 200;
/** The numbers that a file may use are below this one; no more names than this have numbers. */
export const MAX_NUMBER: number = MOST / 2;
const SHOWN_NAME = 20;

/** A rule, as written. */
export interface Rule {
  readonly left: readonly string[];
  readonly right: readonly string[];
  /** Its first and its last line in the file. */
  readonly line: number;
  readonly lastLine: number;
}

/** `-1`: there is no such ruleset; an invalid name was reported. */
export interface ParsedRuleset {
  readonly number: number;
  /** The offset at which the text goes on. */
  readonly next: number;
}

/** The rulesets of a configuration. */
export class Rulesets {
  readonly rules: (Rule[] | undefined)[] = [];
  readonly #names: (string | undefined)[] = [];
  /** Numbers by name; -1 for a name that got none. */
  readonly #numbers = new Map<string, number>();
  #nextNumber = MOST;
  readonly #reports: Reports;

  constructor(reports: Reports) {
    this.#reports = reports;
  }

  /** The name of a number, or the number. */
  name(number: number): string {
    return this.#names[number] ?? String(number);
  }

  hasName(number: number): boolean {
    return this.#names[number] !== undefined;
  }

  /** Finds a ruleset by the number or name at the start of a text. */
  find(text: ByteString): number {
    return this.#parse(text, false).number;
  }

  /** Puts a rule at the end of a ruleset. */
  add(number: number, rule: Rule): void {
    this.rules[number] ??= [];
    this.rules[number].push(rule);
  }

  /** Finds a ruleset or makes it, as an S line and a mailer's S= and R= do: `name`, `12`, `name=12`. */
  enter(text: ByteString): ParsedRuleset {
    return this.#parse(text, true);
  }

  #parse(text: ByteString, enter: boolean): ParsedRuleset {
    let start = 0;
    while (start < text.length && isSpace(text.charCodeAt(start))) start++;
    const rest = text.slice(start);
    if (/^[0-9]/.test(rest)) return this.#numbered(rest, start);
    const name = /^[A-Za-z]\w*/.exec(rest)?.[0];
    if (name !== undefined) return this.#named(name, text, start + name.length, enter);
    this.#reports.system(`invalid ruleset name: "${rest.slice(0, SHOWN_NAME)}"`);
    return { number: -1, next: start };
  }

  #numbered(rest: ByteString, start: number): ParsedRuleset {
    const digits = /^[0-9]+/.exec(rest)![0];
    const number = int32(digits);
    const next = start + digits.length;
    if (number >= 0 && number < MAX_NUMBER) return { number, next };
    this.#reports.system(`bad ruleset ${number} (${MAX_NUMBER} max)`);
    return { number: -1, next };
  }

  #named(name: string, text: ByteString, end: number, enter: boolean): ParsedRuleset {
    let next = end;
    while (next < text.length && isSpace(text.charCodeAt(next))) next++;
    const known = this.#numbers.get(name);
    if (known === undefined && !enter) return { number: -1, next };
    if (known === undefined) this.#numbers.set(name, -1);
    const written = next > end ? name : text.slice(end - name.length);
    const given = enter && text[next] === '=' ? this.#given(written, text, next + 1) : undefined;
    const wanted = given?.number ?? this.#free(written, known ?? -1);
    const number = this.#settle(written, known ?? -1, wanted);
    if (number >= 0) this.#numbers.set(name, number);
    if (enter && number >= 0) this.#names[number] = name;
    return { number, next: given?.next ?? next };
  }

  /** The number after `name=`. */
  #given(name: string, text: ByteString, at: number): ParsedRuleset {
    const [whole, digits = ''] = /^[ \t\n\v\f\r]*([0-9]*)/.exec(text.slice(at))!;
    const next = at + whole.length;
    if (digits === '') {
      this.#reports.system(`bad ruleset definition "${name}" (number required after \`=')`);
      return { number: -1, next };
    }
    const number = int32(digits);
    if (number >= 0 && number < MAX_NUMBER) return { number, next };
    this.#reports.system(`bad ruleset number ${number} in "${name}" (${MAX_NUMBER} max)`);
    return { number: -1, next };
  }

  #free(name: string, known: number): number {
    if (known >= 0) return known;
    if (--this.#nextNumber >= MAX_NUMBER) return this.#nextNumber;
    this.#reports.system(`${name}: too many named rulesets (${MAX_NUMBER} max)`);
    return -1;
  }

  #settle(name: string, known: number, wanted: number): number {
    if (known >= 0 && wanted >= 0 && wanted !== known) {
      this.#reports.system(`${name}: ruleset changed value (old ${known}, new ${wanted})`);
      return known;
    }
    return wanted;
  }
}

/** Digits that always fit. */
const FEW_DIGITS = 9;

/** strtol's number, cut to an int. */
function int32(digits: string): number {
  if (digits.length <= FEW_DIGITS) return Number(digits);
  const number = BigInt(digits);
  const most = 0x7fff_ffff_ffff_ffffn;
  return Number(BigInt.asIntN(32, number > most ? most : number));
}
