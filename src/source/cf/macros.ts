/**
 * Macros: names -> values, and text with macros, in the inner form (inner-form.ts), -> text.
 *
 * Values stay as they were written. There are two layers: the values of the file, and above them those that test mode, a map or
 * the daemon sets. Removing a macro from the upper layer makes the file's value visible again.
 *
 * Limits, as in sendmail: 10 levels of macros in macros, 4,095 bytes of an expansion.
 * Source: sendmail's "Installation and Operation Guide", section 5.1, and sendmail 8.17 itself.
 */
import type { ByteString } from '../../core/bytes.ts';
import { toInner } from './inner-form.ts';
import { MacroNames, type NameId } from './macro-names.ts';
import { ELSE, END_IF, IF, MACRO, QUOTED, REPLACEMENT, SYMBOL_MACROS } from './symbols.ts';
import { unquote } from './unquote.ts';

const MAX_LEVELS = 10;
const MAX_EXPANSION = 4095;
/** Bytes of a value, and of a line of the configuration after expansion. */
const MAX_LINE = 2047;

const BUILT_IN: ReadonlySet<ByteString> = new Set([
  ...SYMBOL_MACROS.map(([, symbol]) => symbol),
  ...Array.from('0123456789', (digit) => REPLACEMENT + digit),
]);

/** The macros of a configuration. Their names are those of classes too. */
export class Macros extends MacroNames {
  readonly #file: (ByteString | undefined)[] = [];
  #set: (ByteString | undefined)[] = [];
  readonly #complain: (text: string) => void;

  constructor(complain: (text: string) => void) {
    super(complain);
    this.#complain = complain;
    for (const [letter, symbol] of SYMBOL_MACROS) this.#file[letter.charCodeAt(0)] = symbol;
    for (const digit of '0123456789') this.#file[digit.charCodeAt(0)] = REPLACEMENT + digit;
    this.#file['n'.charCodeAt(0)] = 'MAILER-DAEMON';
  }

  /** Defines a macro as the file does. */
  defineInFile(id: NameId, value: ByteString): void {
    this.#file[id] = value;
  }

  /** Sets a macro in the upper layer; undefined removes it there. */
  set(id: NameId, value: ByteString | undefined): void {
    this.#set[id] = value;
  }

  /** The file's value; undefined for the symbols. */
  inFile(name: string): ByteString | undefined {
    const value = this.#file[this.id(name)];
    return value !== undefined && BUILT_IN.has(value) ? undefined : value;
  }

  value(id: NameId): ByteString | undefined {
    return this.#set[id] ?? this.#file[id];
  }

  /** The values above those of the file, to be restored later. */
  layer(): readonly (ByteString | undefined)[] {
    return this.#set.slice();
  }

  restore(layer: readonly (ByteString | undefined)[]): void {
    this.#set = layer.slice();
  }

  /** Expands macros and conditions. Later definitions do not count. */
  expand(text: ByteString, limit: number = MAX_LINE): ByteString {
    return expand(text, (id) => this.value(id), this.#complain).slice(0, limit);
  }
}

/** The value of a D line, the text after the name. */
export function readValue(text: ByteString): ByteString {
  return unquote(text).text.slice(0, MAX_LINE);
}

/** The value of a macro in the inner form. */
type InnerValue = (id: NameId) => ByteString | undefined;

function expand(text: ByteString, value: InnerValue, complain: (text: string) => void): ByteString {
  let expanded = text;
  for (let level = 0; HAS_SYMBOL.test(expanded); level++) {
    const { text: once, again } = expandOnce(expanded, value);
    expanded = once;
    if (!again) break;
    if (level >= MAX_LEVELS) {
      complain(`expand: recursion too deep (${MAX_LEVELS} max)`);
      break;
    }
  }
  return expanded;
}

function expandOnce(text: ByteString, innerValue: InnerValue): { readonly text: ByteString; readonly again: boolean } {
  const conditions = new Conditions(innerValue);
  let expanded = '';
  let again = false;
  for (let i = 0; i < text.length; i++) {
    let piece = text[i]!;
    if (piece === QUOTED) {
      piece += text[++i] ?? '';
    } else if (piece === IF) {
      conditions.open(text.charCodeAt(++i));
      continue;
    } else if ((piece === ELSE || piece === END_IF) && conditions.isOpen) {
      if (piece === ELSE) conditions.turn();
      else conditions.close();
      continue;
    } else if (piece === MACRO) {
      const value = i + 1 < text.length ? innerValue(text.charCodeAt(++i)) : undefined;
      if (value === undefined) continue;
      piece = value;
      again ||= !conditions.isSkipping && HAS_SYMBOL.test(value.replace(/\xff[\s\S]/g, ''));
    }
    if (!conditions.isSkipping) expanded += piece.slice(0, MAX_EXPANSION - expanded.length);
  }
  return { text: expanded, again };
}

/** A macro's value as a file has it, by its name (`j`, `client_addr`). */
export type MacroText = (name: string) => ByteString | undefined;

/** The symbols that {@link expandMacros} follows: `$?x`, `$|`, `$.`, and `$&x` as if it were `$x`. */
const FOLLOWED: ReadonlyMap<NameId, ByteString> = new Map(
  (
    [
      ['?', IF],
      ['|', ELSE],
      ['.', END_IF],
      ['&', MACRO],
    ] as const
  ).map(([letter, symbol]) => [letter.charCodeAt(0), symbol]),
);

/** Replaces every macro in a text, as when a value is used. `$$` is a dollar sign; other symbols are left out. */
export function expandMacros(text: ByteString, macros: MacroText): ByteString {
  if (!text.includes('$')) return text;
  const names = new MacroNames(() => undefined);
  const values = new Map<NameId, ByteString | undefined>(FOLLOWED);
  const innerValue = (id: NameId): ByteString | undefined => {
    if (!values.has(id)) {
      const value = macros(names.name(id));
      values.set(id, value === undefined ? undefined : toInner(value, names));
    }
    return values.get(id);
  };
  const expanded = expand(toInner(text, names), innerValue, () => undefined);
  return expanded.replace(/\xff([\s\S])|\x81[\s\S]?|[\x80-\x9f]/g, (_, quoted?: string) => quoted ?? '');
}

const HAS_SYMBOL = /[\x80-\x9f]/;

/** `$?x ... $| ... $.`, nested. */
class Conditions {
  isSkipping = false;
  #depth = 0;
  #skipped = 0;
  readonly #value: InnerValue;

  constructor(value: InnerValue) {
    this.#value = value;
  }

  get isOpen(): boolean {
    return this.#depth > 0;
  }

  open(id: NameId): void {
    this.#depth++;
    if (this.isSkipping) this.#skipped++;
    else this.isSkipping = (this.#value(id) ?? '') === '';
  }

  turn(): void {
    if (this.#skipped === 0) this.isSkipping = !this.isSkipping;
  }

  close(): void {
    this.#depth--;
    if (this.#skipped === 0) this.isSkipping = false;
    if (this.isSkipping) this.#skipped--;
  }
}
