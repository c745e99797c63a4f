/**
 * The names of macros and classes: one character, or `{name}` of letters, digits and `_`; `{x}` is `x`. Each has a number.
 *
 * Errors: other characters are left out, and names of more than 25 characters, without a closing brace or of no character
 * count as none, each with sendmail's complaint.
 * Source: sendmail's "Installation and Operation Guide", section 5.1, and sendmail 8.17 itself.
 */
import type { ByteString } from '../../core/bytes.ts';

const MAX_NAME = 25;

/** The first number of a long name, above all bytes. The low 7 bits are those of sendmail's own numbers. */
const FIRST_LONG_NAME = 0x1a0;

/** The number of a name: its character code, or a number of our own for a long one. */
export type NameId = number;

/** The name that was read; 0: none, and the reason was reported. */
export interface ParsedName {
  readonly id: NameId;
  /** The offset at which the text goes on. */
  readonly next: number;
}

export class MacroNames {
  readonly #ids = new Map<string, NameId>();
  readonly #names: string[] = [];
  readonly #complain: (text: string) => void;

  constructor(complain: (text: string) => void) {
    this.#complain = complain;
  }

  /** The number of a name without braces. */
  id(name: string): NameId {
    if (name.length === 1) return name.charCodeAt(0);
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = FIRST_LONG_NAME + this.#names.length;
    this.#names.push(name);
    this.#ids.set(name, id);
    return id;
  }

  /** The name of a number, without braces. */
  name(id: NameId): string {
    if (id > 0x20 && id <= 0x7f) return String.fromCharCode(id);
    return this.#names[id - FIRST_LONG_NAME] ?? '***UNDEFINED MACRO***';
  }

  /** Reads the name at a place. */
  parseName(text: ByteString, at: number): ParsedName {
    if (at >= text.length || text.startsWith('{}', at)) {
      this.#complain('Name required for macro/class');
      return { id: 0, next: at };
    }
    if (text[at] !== '{') return { id: text.charCodeAt(at), next: at + 1 };
    let name = '';
    let next = at + 1;
    for (; next < text.length && text[next] !== '}' && name.length < MAX_NAME; next++) {
      const character = text[next]!;
      if (/^\w$/.test(character)) name += character;
      else this.#complain(`Invalid macro/class character ${character}`);
    }
    if (text[next] === '}') return { id: this.id(name), next: next + 1 };
    if (next >= text.length) this.#complain(`Unbalanced { on ${name}`);
    else this.#complain(`Macro/class name ({${name}}) too long (${MAX_NAME} chars max)`);
    this.#complain('Unable to assign macro/class ID (mid = 0xffffffff)');
    return { id: 0, next };
  }
}
