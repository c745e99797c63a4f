/**
 * The metasymbols `$*`, `$#`, `$(` ... -> sendmail's inner form: one character each, of the range 0x80 to 0x9f, which no
 * address may hold. A token that begins with one of them is a metasymbol.
 *
 * Two of them include what follows in their token: `$=w` and `$&{name}` are the symbol and the identity of the name, `$1` is
 * the symbol and the digit. Long names are characters above 0xff, so no text can be mistaken for them.
 *
 * Differences: none that is visible. sendmail numbers long names from 0xa0.
 */

import { ownField } from '../../core/own-field.ts';

/** `$x`, until it is expanded. */
export const MACRO = '\x81';
/** `$&x`, looked up when the rule runs. */
export const LATE_MACRO = '\x82';
/** A byte 0x80 to 0x9f, or 0xff, of the file itself follows. */
export const QUOTED = '\xff';
export const MAP_BEGIN = '\x85';
export const MAP_END = '\x86';
/** `$*` */
export const ANY = '\x90';
/** `$+` */
export const SOME = '\x91';
/** `$-` */
export const ONE = '\x92';
/** `$=` */
export const IN_CLASS = '\x93';
/** `$~` */
export const NOT_IN_CLASS = '\x94';
/** `$1` */
export const REPLACEMENT = '\x95';
/** `$#` */
export const RESOLVED = '\x96';
/** `$@`: the host, the end of a ruleset, an argument of a map, nothing in a pattern. */
export const HOST = '\x97';
/** `$:`: the user, once, the default of a map. */
export const USER = '\x98';
/** `$>` */
export const CALL = '\x99';
/** `$?` */
export const IF = '\x9a';
/** `$|` */
export const ELSE = '\x9b';
/** `$.` */
export const END_IF = '\x9c';
/** `$[` */
export const HOST_BEGIN = '\x9d';
/** `$]` */
export const HOST_END = '\x9e';

/** The macros that stand for a symbol: `$*` is the macro `*`. */
export const SYMBOL_MACROS: readonly (readonly [letter: string, symbol: string])[] = [
  ['*', ANY],
  ['+', SOME],
  ['-', ONE],
  ['=', IN_CLASS],
  ['~', NOT_IN_CLASS],
  ['#', RESOLVED],
  ['@', HOST],
  [':', USER],
  ['>', CALL],
  ['?', IF],
  ['|', ELSE],
  ['.', END_IF],
  ['[', HOST_BEGIN],
  [']', HOST_END],
  ['(', MAP_BEGIN],
  [')', MAP_END],
  ['&', LATE_MACRO],
];

const LETTERS = new Map(SYMBOL_MACROS.map(([letter, symbol]) => [symbol, letter]));
const PLAIN = /^[\x20-\x7e]*$/;
const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * A token as sendmail prints it: symbols as they are written, bytes from 0xa0 as `M-` and the byte less 128, no other
 * control characters than line breaks and tabs.
 *
 * @param nameOf the name of a macro or class by its identity
 */
export function shown(token: string, nameOf: (id: number) => string): string {
  if (PLAIN.test(token)) return token;
  let text = '';
  for (let i = 0; i < token.length; i++) {
    const symbol = token[i]!;
    if (symbol === REPLACEMENT) {
      text += '$';
      if (i + 1 < token.length) text += printed(token[++i]!);
    } else if (symbol === MACRO || symbol === LATE_MACRO) {
      text += symbol === MACRO ? '$' : '$&';
      if (i + 1 < token.length && '=~&?'.includes(token[i + 1]!)) text += token[++i]!;
      if (i + 1 < token.length) text += shownName(token.charCodeAt(++i), nameOf);
    } else if (LETTERS.has(symbol)) {
      text += `$${LETTERS.get(symbol)}`;
      if ((symbol === IN_CLASS || symbol === NOT_IN_CLASS) && i + 1 < token.length)
        text += shownName(token.charCodeAt(++i), nameOf);
    } else {
      text += symbol >= '\x80' ? `M-${printed(String.fromCharCode(symbol.charCodeAt(0) & 0x7f))}` : printed(symbol);
    }
  }
  return text;
}

/** Tokens in a line, a blank before each. */
export function shownTokens(tokens: readonly string[], nameOf: (id: number) => string): string {
  let text = '';
  for (const token of tokens) text += ` ${shown(token, nameOf)}`;
  return text;
}

function printed(character: string): string {
  return PLAIN.test(character) ? character : (ownField(ESCAPES, character) ?? '');
}

function shownName(id: number, nameOf: (id: number) => string): string {
  return id >= 0x80 ? `{${nameOf(id)}}` : String.fromCharCode(id);
}
