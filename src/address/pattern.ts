/**
 * A pattern of a rewriting rule, such as `< error : $- $+ > $*`, and tokens -> the tokens that each wildcard matches.
 *
 * `$-` is one token, `$+` one or more, `$*` any number, `$=c` tokens that together are a word of class c, `$~[` one
 * token that is no bracket. From left to right every wildcard takes as few tokens as possible. Words compare without
 * case. Reason: sendmail puts the value of some tables before the address and matches both together, so an incomplete
 * value runs on into the address. Only the same way of matching gives the same results.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import type { Tokens } from './canonify.ts';
import { joinTokens } from './tokens.ts';

/** True if a word, in any case, is in a class. */
export type ClassTest = (word: ByteString) => boolean;

type Part =
  | { readonly kind: 'word'; readonly word: ByteString }
  | { readonly kind: 'run'; readonly least: number; readonly most: number }
  | { readonly kind: 'class' }
  | { readonly kind: 'noBracket' };

export type Pattern = readonly Part[];

function partOf(text: string): Part {
  switch (text) {
    case '$-':
      return { kind: 'run', least: 1, most: 1 };
    case '$+':
      return { kind: 'run', least: 1, most: Number.POSITIVE_INFINITY };
    case '$*':
      return { kind: 'run', least: 0, most: Number.POSITIVE_INFINITY };
    case '$~[':
      return { kind: 'noBracket' };
    default:
      return text.startsWith('$=') ? { kind: 'class' } : { kind: 'word', word: foldCase(text) };
  }
}

/** Parses a pattern whose tokens are separated by blanks. */
export function pattern(text: string): Pattern {
  return text.split(' ').map(partOf);
}

/** The tokens of each wildcard; undefined: no match. Every `$=c` uses the class `isWord`. */
export function match(pattern: Pattern, tokens: Tokens, isWord?: ClassTest): readonly Tokens[] | undefined {
  if (!holdsWords(pattern, tokens)) return undefined;
  const found: Tokens[] = [];
  return matchFrom(pattern, 0, tokens, 0, found, isWord) ? found : undefined;
}

/** Most patterns fail because a word is missing: searching for it first costs less than matching wildcards. */
function holdsWords(pattern: Pattern, tokens: Tokens): boolean {
  for (const part of pattern) {
    if (part.kind !== 'word') continue;
    const { word } = part;
    let i = tokens.length - 1;
    while (i >= 0 && !(tokens[i]!.length === word.length && foldCase(tokens[i]!) === word)) i--;
    if (i < 0) return false;
  }
  return true;
}

function matchFrom(
  pattern: Pattern,
  p: number,
  tokens: Tokens,
  t: number,
  found: Tokens[],
  isWord: ClassTest | undefined,
): boolean {
  const part = pattern[p];
  if (part === undefined) return t === tokens.length;
  if (part.kind === 'word') {
    const token = tokens[t];
    const same = token === part.word || (token !== undefined && foldCase(token) === part.word);
    return same && matchFrom(pattern, p + 1, tokens, t + 1, found, isWord);
  }
  const { least, most } = part.kind === 'run' ? part : { least: 1, most: part.kind === 'class' ? tokens.length : 1 };
  const longest = Math.min(most, tokens.length - t);
  for (let length = least; length <= longest; length += 1) {
    const taken = tokens.slice(t, t + length);
    if (part.kind === 'noBracket' && taken[0] === '[') return false;
    if (part.kind === 'class' && !isWord?.(joinTokens(taken))) continue;
    found.push(taken);
    if (matchFrom(pattern, p + 1, tokens, t + length, found, isWord)) return true;
    found.pop();
  }
  return false;
}
