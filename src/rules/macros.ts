/**
 * Macros: names -> values, and text with macros -> text.
 *
 * Values stay as they were written. There are two layers: the values of the file, and above them those that test mode, a map or
 * the daemon sets. Removing a macro from the upper layer makes the file's value visible again.
 *
 * Limits, as in sendmail: 10 levels of macros in macros, 20 letters a name, 4,095 bytes of an expansion.
 */
import type { ByteString } from '../core/bytes.ts';
import type { Reports } from './reports.ts';
import { ELSE, END_IF, IF, MACRO, QUOTED, REPLACEMENT, SYMBOL_MACROS } from './symbols.ts';

const MAX_LEVELS = 10;
const MAX_NAME = 20;
const MAX_EXPANSION = 4095;
/** Bytes of a line of the configuration after expansion. */
const MAX_LINE = 2047;

/** The first number of a long name, above all bytes. The low 7 bits are those of sendmail's own numbers. */
const FIRST_LONG_NAME = 0x1a0;

/** The identity of a name: its character code, or a number of our own for a long one. */
export type NameId = number;

/** The name that was read; 0: none, and the reason was reported. */
export interface ParsedName {
  readonly id: NameId;
  /** The offset at which the text goes on. */
  readonly next: number;
}

/** The macros of a configuration. Their names are those of classes too. */
export class Macros {
  readonly #ids = new Map<string, NameId>();
  readonly #names: string[] = [];
  readonly #file: (ByteString | undefined)[] = [];
  #set: (ByteString | undefined)[] = [];
  readonly #reports: Reports;

  constructor(reports: Reports) {
    this.#reports = reports;
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

  /** The identity of a name without braces. */
  id(name: string): NameId {
    if (name.length === 1) return name.charCodeAt(0);
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = FIRST_LONG_NAME + this.#names.length;
    this.#names.push(name);
    this.#ids.set(name, id);
    return id;
  }

  /** The name of an identity, without braces. */
  name(id: NameId): string {
    if (id > 0x20 && id <= 0x7f) return String.fromCharCode(id);
    return this.#names[id - FIRST_LONG_NAME] ?? '***UNDEFINED MACRO***';
  }

  /** Reads the name at a place: a character, or letters, digits and `_` in braces. */
  parseName(text: ByteString, at: number): ParsedName {
    if (at >= text.length || text.startsWith('{}', at)) {
      this.#reports.system('Name required for macro/class');
      return { id: 0, next: at };
    }
    if (text[at] !== '{') return { id: text.charCodeAt(at), next: at + 1 };
    let name = '';
    let next = at + 1;
    for (; next < text.length && text[next] !== '}' && name.length < MAX_NAME; next++) {
      const character = text[next]!;
      if (/^\w$/.test(character)) name += character;
      else this.#reports.system(`Invalid macro/class character ${character}`);
    }
    if (text[next] === '}') return this.#named(name, next + 1);
    if (next >= text.length) this.#reports.system(`Unbalanced { on ${name}`);
    else this.#reports.system(`Macro/class name ({${name}}) too long (${MAX_NAME} chars max)`);
    this.#reports.system('Unable to assign macro/class ID (mid = 0xffffffff)');
    return { id: 0, next };
  }

  #named(name: string, next: number): ParsedName {
    return { id: this.id(name), next };
  }

  /** Expands macros and conditions. Later definitions do not count. */
  expand(text: ByteString, limit: number = MAX_LINE): ByteString {
    let expanded = text;
    for (let level = 0; ; level++) {
      if (!HAS_SYMBOL.test(expanded)) return expanded.slice(0, limit);
      const { text: once, again } = this.#expandOnce(expanded);
      expanded = once;
      if (!again) return expanded.slice(0, limit);
      if (level >= MAX_LEVELS) {
        this.#reports.system(`expand: recursion too deep (${MAX_LEVELS} max)`);
        return expanded.slice(0, limit);
      }
    }
  }

  #expandOnce(text: ByteString): { readonly text: ByteString; readonly again: boolean } {
    const conditions = new Conditions((id) => this.value(id));
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
        const value = i + 1 < text.length ? this.value(text.charCodeAt(++i)) : undefined;
        if (value === undefined) continue;
        piece = value;
        again ||= !conditions.isSkipping && HAS_SYMBOL.test(value.replace(/\xff[\s\S]/g, ''));
      }
      if (!conditions.isSkipping) expanded += piece.slice(0, MAX_EXPANSION - expanded.length);
    }
    return { text: expanded, again };
  }
}

const HAS_SYMBOL = /[\x80-\x9f]/;

/** `$?x ... $| ... $.`, nested. */
class Conditions {
  isSkipping = false;
  #depth = 0;
  #skipped = 0;
  readonly #value: (id: NameId) => ByteString | undefined;

  constructor(value: (id: NameId) => ByteString | undefined) {
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
