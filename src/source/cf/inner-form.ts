/**
 * The text of a sendmail.cf <-> sendmail's inner form of it: `$x` and `${name}` become {@link MACRO} and the identity of the
 * name, `$=x` becomes MACRO, `=` and the identity. Bytes that could be mistaken for symbols are quoted.
 *
 * Source: sendmail 8.17 itself. Pure, linear.
 */
import type { ByteString } from '../../core/bytes.ts';
import { isSpace } from '../../core/fold.ts';
import type { MacroNames } from './macro-names.ts';
import { MACRO, QUOTED } from './symbols.ts';

const HAS_MARK = /[$#\x80-\x9f\xff]/;
const SYMBOLS = /[\x80-\x9f\xff]/g;

/** The state of a conversion: `out` is the inner form of the text before `at`. */
interface Conversion {
  readonly text: ByteString;
  at: number;
  out: ByteString;
}

/** @param hasComments `#` begins a comment up to the line break, except after `\`, which is removed */
export function toInner(given: ByteString, names: MacroNames, hasComments = false): ByteString {
  if (!HAS_MARK.test(given)) return given;
  const state = { text: given.replace(SYMBOLS, `${QUOTED}$&`), at: 0, out: '' };
  while (state.at < state.text.length) {
    takePlain(state);
    if (state.text[state.at] === '$') takeDollar(state, names);
    else if (state.text[state.at] === '#') takeHash(state, hasComments);
  }
  return state.out;
}

function takePlain(state: Conversion): void {
  const { text, at } = state;
  while (state.at < text.length && text[state.at] !== '$' && text[state.at] !== '#') state.at++;
  state.out += text.slice(at, state.at);
}

function takeHash(state: Conversion, hasComments: boolean): void {
  const { text, at, out } = state;
  state.at++;
  if (!hasComments || at === 0 || out.endsWith(MACRO)) state.out += '#';
  else if (out.endsWith('\\')) state.out = `${out.slice(0, -1)}#`;
  else {
    const end = text.indexOf('\n', at);
    state.out = withoutBlanks(out);
    state.at = end < 0 ? text.length : end;
  }
}

function takeDollar(state: Conversion, names: MacroNames): void {
  const { text } = state;
  const next = text[++state.at];
  if (next === undefined || next === '$') {
    state.out += '$';
    state.at++;
    return;
  }
  state.out += MACRO;
  if ('=~&?'.includes(next)) {
    state.out += next;
    state.at++;
  }
  const name = names.parseName(text, state.at);
  // an invalid name ends the line; after one that is too long, the line goes on
  const isEnd = name.id === 0 && name.next === state.at;
  state.out += String.fromCharCode(name.id);
  state.at = isEnd ? text.length : name.next;
}

/** Removes white space, but not line breaks, at the end; the first character stays. */
function withoutBlanks(text: ByteString): ByteString {
  let end = text.length;
  while (end > 1 && text[end - 1] !== '\n' && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

/** The inner form as a file has it: `$x`, `${name}`, `$$`. */
export function written(inner: ByteString, names: MacroNames): string {
  return inner.replace(/\xff([\s\S])|\x81([=~&?]?)([\s\S])|\x81$|\$/g, (whole, quoted, kind, id) => {
    if (quoted !== undefined) return quoted as string;
    return id === undefined
      ? whole === '$'
        ? '$$'
        : ''
      : `$${kind}${writtenName((id as string).charCodeAt(0), names)}`;
  });
}

function writtenName(id: number, names: MacroNames): string {
  return id < 0x100 ? String.fromCharCode(id) : `{${names.name(id)}}`;
}

/** Text whose macros are expanded, as bytes: symbols that are left stay, and long names follow them without braces. */
export function bytesOf(inner: ByteString, names: MacroNames): ByteString {
  return inner.replace(
    /\xff([\s\S])|[\u0100-\uffff]/g,
    (id, quoted?: string) => quoted ?? names.name(id.charCodeAt(0)),
  );
}
