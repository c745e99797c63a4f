/**
 * sendmail's macros in configuration text: `$j`, `${name}`, `$?x...$|...$.` -> their values.
 *
 * A macro without a value is empty. Values are expanded in turn.
 * Limits: depth 10, as in sendmail; deeper macros are left out. 10,000 macros in one text, and 64 KB of values in
 * all, so definitions that multiply cannot take much time.
 * Source: sendmail's "Installation and Operation Guide", section 5.1.
 */
import type { ByteString } from '../../core/bytes.ts';
import { ownField } from '../../core/own-field.ts';

/** A macro's unexpanded value by its name (`j`, `client_addr`). */
export type Macros = (name: string) => ByteString | undefined;

const MAX_DEPTH = 10;
const MAX_REPLACED = 10_000;
const MAX_VALUE_BYTES = 1 << 16;
const TOKEN = /\$(?:\{([^}]*)\}|\?\{([^}]*)\}|\?([\s\S])|(&(?:\{[^}]*\}|[\s\S]))|([\s\S]))/g;

/** Replaces every macro in `text`, also deferred ones (`$&x`). `$$` is a dollar sign. */
export function expandMacros(text: ByteString, macros: Macros): ByteString {
  return expand(text, macros, { isSet: isSetIn(macros), late: (name, value) => value(name), symbol: () => undefined });
}

/**
 * Replaces macros as when a line of the configuration is read: `$&x` stays deferred, and `$=`, `$*` and the like
 * become the bytes that sendmail uses for them.
 */
export function expandWhenRead(text: ByteString, macros: Macros): ByteString {
  const late = (name: string): ByteString => `\x82${name}`;
  return expand(text, macros, { isSet: isSetIn(macros), late, symbol: (letter) => ownField(SYMBOLS, letter) });
}

/** The byte for `$=`: the name of a class follows. */
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

/** The treatment of macros that are not plain. */
interface Reading {
  /** True if a macro is not empty; a macro that only holds an empty macro counts as set. */
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

/** The open `$?` tests: text counts while all of them hold. */
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

  /** Ends the innermost test. Returns its result. */
  close(): boolean | undefined {
    const holds = this.#open.pop();
    if (holds === false) this.#failed--;
    return holds;
  }
}
