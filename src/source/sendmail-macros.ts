/**
 * sendmail's macros in configuration text: `$j`, `${name}`, `$?x...$|...$.` -> their values.
 *
 * Defined by sendmail's "Installation and Operation Guide", section 5.1. A macro without a value is empty; values are
 * expanded in turn, to a depth of 10 as in sendmail, deeper ones are left out. At most 10,000 macros are replaced in one
 * text, so definitions that multiply cannot keep us busy.
 */
import type { ByteString } from '../core/bytes.ts';

/** A macro's value by name (`j`, `client_addr`), not yet expanded. */
export type Macros = (name: string) => ByteString | undefined;

const MAX_DEPTH = 10;
const MAX_REPLACED = 10_000;
const TOKEN = /\$(?:\{([^}]*)\}|\?\{([^}]*)\}|\?([\s\S])|&([\s\S])|([\s\S]))/g;

/** Replaces every macro in `text`; `$$` is a dollar sign. */
export function expandMacros(text: ByteString, macros: Macros): ByteString {
  let replaced = 0;
  const value = (name: string, depth: number): ByteString => {
    if (depth > MAX_DEPTH || ++replaced > MAX_REPLACED) return '';
    return expandOnce(macros(name) ?? '', (inner) => value(inner, depth + 1));
  };
  return expandOnce(text, (name) => value(name, 1));
}

function expandOnce(text: ByteString, value: (name: string) => ByteString): ByteString {
  if (!text.includes('$')) return text;
  /** One entry for each `$?` that is open: whether its text counts now. */
  const open: boolean[] = [];
  let out = '';
  let end = 0;
  const put = (piece: ByteString): void => {
    if (!open.includes(false)) out += piece;
  };
  for (const match of text.matchAll(TOKEN)) {
    const [whole, braced, testedBraced, tested, deferred, letter] = match;
    put(text.slice(end, match.index));
    end = match.index + whole.length;
    const test = testedBraced ?? tested;
    if (test !== undefined) open.push(value(test) !== '');
    else if (letter === '|' && open.length > 0) open.push(!open.pop());
    else if (letter === '.' && open.length > 0) open.pop();
    else if (letter === '$') put('$');
    else put(value(braced ?? deferred ?? letter ?? ''));
  }
  put(text.slice(end));
  return out;
}
