/**
 * sendmail's macros in configuration text: `$j`, `${name}`, `$?x...$|...$.` -> their values.
 *
 * Defined by sendmail's "Installation and Operation Guide", section 5.1. A macro without a value is empty; values are
 * expanded in turn, to a depth of 10 as in sendmail, deeper ones are left out. At most 10,000 macros are replaced in one
 * text, with 64 KB of values in all, so definitions that multiply cannot keep us busy.
 */
import type { ByteString } from '../../core/bytes.ts';

/** A macro's value by name (`j`, `client_addr`), not yet expanded. */
export type Macros = (name: string) => ByteString | undefined;

const MAX_DEPTH = 10;
const MAX_REPLACED = 10_000;
const MAX_VALUE_BYTES = 1 << 16;
const TOKEN = /\$(?:\{([^}]*)\}|\?\{([^}]*)\}|\?([\s\S])|(&(?:\{[^}]*\}|[\s\S]))|([\s\S]))/g;

/** Replaces every macro in `text`, those to be replaced late (`$&x`) among them; `$$` is a dollar sign. */
export function expandMacros(text: ByteString, macros: Macros): ByteString {
  return expand(text, macros, { isSet: isSetIn(macros), late: (name, value) => value(name), symbol: () => undefined });
}

/**
 * The same when a line of the configuration is read: `$&x` is not replaced yet, and `$=`, `$*` and the like are the bytes
 * that stand for them in sendmail.
 */
export function expandWhenRead(text: ByteString, macros: Macros): ByteString {
  const late = (name: string): ByteString => `\x82${name}`;
  return expand(text, macros, { isSet: isSetIn(macros), late, symbol: (letter) => SYMBOLS[letter] });
}

/** The byte that `$=` is: the name of a class follows. */
export const CLASS_SYMBOL = '\x93';

const SYMBOLS: Readonly<Record<string, ByteString>> = {
  '*': '\x90',
  '+': '\x91',
  '-': '\x92',
  '=': CLASS_SYMBOL,
  '~': '\x94',
  '#': '\x96',
  '@': '\x97',
  ':': '\x98',
  '>': '\x99',
  '|': '\x9b',
  '.': '\x9c',
  '[': '\x9d',
  ']': '\x9e',
  '(': '\x85',
  ')': '\x86',
  ...Object.fromEntries(Array.from('123456789', (digit) => [digit, `\x95${digit}`])),
};

/** How what is no plain macro is taken. */
interface Reading {
  /** A macro counts as set when there is anything in it, be it a macro that is empty. */
  readonly isSet: (name: string) => boolean;
  readonly late: (name: string, value: (name: string) => ByteString) => ByteString;
  readonly symbol: (letter: string) => ByteString | undefined;
}

function isSetIn(macros: Macros): (name: string) => boolean {
  return (name) => (macros(name) ?? '') !== '';
}

function expand(text: ByteString, macros: Macros, reading: Reading): ByteString {
  let replaced = 0;
  let bytes = 0;
  const value = (name: string, depth: number): ByteString => {
    if (depth > MAX_DEPTH || ++replaced > MAX_REPLACED) return '';
    const text = macros(name) ?? '';
    bytes += text.length;
    return bytes > MAX_VALUE_BYTES ? '' : expandOnce(text, (inner) => value(inner, depth + 1), reading);
  };
  return expandOnce(text, (name) => value(name, 1), reading);
}

function expandOnce(text: ByteString, value: (name: string) => ByteString, reading: Reading): ByteString {
  if (!text.includes('$')) return text;
  const tests = new OpenTests();
  let out = '';
  let end = 0;
  const put = (piece: ByteString): void => {
    if (tests.hold) out += piece;
  };
  for (const match of text.matchAll(TOKEN)) {
    const [whole, braced, testedBraced, tested, late, letter = ''] = match;
    put(text.slice(end, match.index));
    end = match.index + whole.length;
    const test = testedBraced ?? tested;
    if (test !== undefined) tests.open(reading.isSet(test));
    else if (letter === '|' && tests.any) tests.open(!tests.close());
    else if (letter === '.' && tests.any) tests.close();
    else if (letter === '$') put('$');
    else if (late !== undefined) put(reading.late(late.replace(/^&\{?|\}$/g, ''), value));
    else put(reading.symbol(letter) ?? value(braced ?? letter));
  }
  put(text.slice(end));
  return out;
}

/** The `$?` that are open: text counts while all of them hold. */
class OpenTests {
  readonly #open: boolean[] = [];
  #failed = 0;

  get any(): boolean {
    return this.#open.length > 0;
  }

  get hold(): boolean {
    return this.#failed === 0;
  }

  open(holds: boolean): void {
    this.#open.push(holds);
    if (!holds) this.#failed++;
  }

  /** Ends the innermost test; what it said. */
  close(): boolean | undefined {
    const holds = this.#open.pop();
    if (holds === false) this.#failed--;
    return holds;
  }
}
