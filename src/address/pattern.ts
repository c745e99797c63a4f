/**
 * A pattern of a rewriting rule, such as `< error : $- $+ > $*`, and tokens -> what each wildcard stands for.
 *
 * Some tables have values that sendmail puts in front of the address and then reads together with it, so that a value
 * which is no complete one runs on into the address. Only its own way of matching gives its answers there: every wildcard
 * takes as little as it can, from left to right. `$-` is one token, `$+` one or more, `$*` any number, `$=c` tokens that
 * together are a word of class c, `$~[` one token that is no bracket. Words compare without regard to case.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import type { Tokens } from './canonify.ts';
import { joinTokens } from './tokens.ts';

/** Whether a word, in any case, is in a class. */
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

/** Reads a pattern, in which blanks separate the tokens. */
export function pattern(text: string): Pattern {
  return text.split(' ').map(partOf);
}

/** What the wildcards stand for; undefined: the tokens are of another form. All `$=c` are of the class `isWord`. */
export function match(pattern: Pattern, tokens: Tokens, isWord?: ClassTest): readonly Tokens[] | undefined {
  const found: Tokens[] = [];
  return matchFrom(pattern, 0, tokens, 0, found, isWord) ? found : undefined;
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
