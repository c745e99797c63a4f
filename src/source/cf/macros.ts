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
const TOKEN = /\$(?:\{([^}]*)\}|\?\{([^}]*)\}|\?([\s\S])|&([\s\S])|([\s\S]))/g;

/** Replaces every macro in `text`; `$$` is a dollar sign. */
export function expandMacros(text: ByteString, macros: Macros): ByteString {
  let replaced = 0;
  let bytes = 0;
  const value = (name: string, depth: number): ByteString => {
    if (depth > MAX_DEPTH || ++replaced > MAX_REPLACED) return '';
    const text = macros(name) ?? '';
    bytes += text.length;
    return bytes > MAX_VALUE_BYTES ? '' : expandOnce(text, (inner) => value(inner, depth + 1));
  };
  return expandOnce(text, (name) => value(name, 1));
}

function expandOnce(text: ByteString, value: (name: string) => ByteString): ByteString {
  if (!text.includes('$')) return text;
  const tests = new OpenTests();
  let out = '';
  let end = 0;
  const put = (piece: ByteString): void => {
    if (tests.hold) out += piece;
  };
  for (const match of text.matchAll(TOKEN)) {
    const [whole, braced, testedBraced, tested, deferred, letter] = match;
    put(text.slice(end, match.index));
    end = match.index + whole.length;
    const test = testedBraced ?? tested;
    if (test !== undefined) tests.open(value(test) !== '');
    else if (letter === '|' && tests.any) tests.open(!tests.close());
    else if (letter === '.' && tests.any) tests.close();
    else if (letter === '$') put('$');
    else put(value(braced ?? deferred ?? letter ?? ''));
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
