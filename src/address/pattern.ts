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
import { joinTokens, type Tokens } from './tokens.ts';

/** True if a word, in any case, is in a class. */
export type ClassTest = (word: ByteString) => boolean;

interface Part {
  readonly kind: 'word' | 'run' | 'class' | 'noBracket';
  /** Folded; '' for a wildcard. */
  readonly word: ByteString;
  /** The number of tokens that it matches. */
  readonly least: number;
  readonly most: number;
  /** The least number of tokens that the parts after it match. */
  readonly behind: number;
}

export interface Pattern {
  readonly parts: readonly Part[];
  /** The number of words before the first wildcard. */
  readonly lead: number;
  /** The least number of tokens that it matches. */
  readonly least: number;
}

type Shape = Omit<Part, 'behind'>;

function shapeOf(text: string): Shape {
  switch (text) {
    case '$-':
      return { kind: 'run', word: '', least: 1, most: 1 };
    case '$+':
      return { kind: 'run', word: '', least: 1, most: Number.MAX_SAFE_INTEGER };
    case '$*':
      return { kind: 'run', word: '', least: 0, most: Number.MAX_SAFE_INTEGER };
    case '$~[':
      return { kind: 'noBracket', word: '', least: 1, most: 1 };
    default:
      return text.startsWith('$=')
        ? { kind: 'class', word: '', least: 1, most: Number.MAX_SAFE_INTEGER }
        : { kind: 'word', word: foldCase(text), least: 1, most: 1 };
  }
}

/** Parses a pattern whose tokens are separated by blanks. */
export function pattern(text: string): Pattern {
  const shapes = text.split(' ').map(shapeOf);
  const leastOf = (some: readonly Shape[]): number => some.reduce((sum, { least }) => sum + least, 0);
  const wild = shapes.findIndex(({ kind }) => kind !== 'word');
  return {
    parts: shapes.map((shape, i) => ({ ...shape, behind: leastOf(shapes.slice(i + 1)) })),
    lead: wild < 0 ? shapes.length : wild,
    least: leastOf(shapes),
  };
}

/** The tokens of each wildcard; undefined: no match. Every `$=c` uses the class `isWord`. */
export function match(pattern: Pattern, tokens: Tokens, isWord?: ClassTest): readonly Tokens[] | undefined {
  if (!mayMatch(pattern, tokens)) return undefined;
  const { parts } = pattern;
  const ends: number[] = [];
  return matchFrom(parts, 0, tokens, 0, ends, isWord) ? takenBy(parts, tokens, ends) : undefined;
}

/**
 * Most patterns fail because a word is missing: searching for the words in their order first costs less than matching wildcards.
 */
function mayMatch({ parts, lead, least }: Pattern, tokens: Tokens): boolean {
  const { length } = tokens;
  if (length < least || !fits(parts[parts.length - 1]!, tokens[length - 1])) return false;
  for (let p = 0; p < lead; p++) if (!isSame(tokens[p]!, parts[p]!.word)) return false;
  let t = lead;
  for (let p = lead; p < parts.length; p++) {
    const { kind, word } = parts[p]!;
    if (kind !== 'word') continue;
    while (t < length && !isSame(tokens[t]!, word)) t++;
    if (t === length) return false;
    t++;
  }
  return true;
}

/** Whether a part may match this token at its edge. */
function fits(part: Part, token: ByteString | undefined): boolean {
  return part.kind !== 'word' || (token !== undefined && isSame(token, part.word));
}

function isSame(token: ByteString, word: ByteString): boolean {
  return token === word || (token.length === word.length && foldCase(token) === word);
}

/** @param ends where the tokens of each part end */
function matchFrom(
  parts: readonly Part[],
  p: number,
  tokens: Tokens,
  t: number,
  ends: number[],
  isWord: ClassTest | undefined,
): boolean {
  if (p === parts.length) return t === tokens.length;
  const { kind, word, least, most, behind } = parts[p]!;
  if (kind === 'word') {
    ends[p] = t + 1;
    return t < tokens.length && isSame(tokens[t]!, word) && matchFrom(parts, p + 1, tokens, t + 1, ends, isWord);
  }
  if (kind === 'noBracket' && tokens[t] === '[') return false;
  const last = tokens.length - behind;
  const longest = most < last - t ? t + most : last;
  const next = parts[p + 1];
  // the last wildcard takes all the rest
  for (let end = next === undefined && t + least < last ? last : t + least; end <= longest; end++) {
    if (next !== undefined && !fits(next, tokens[end])) continue;
    if (kind === 'class' && !isWord?.(joinTokens(tokens.slice(t, end)))) continue;
    ends[p] = end;
    if (matchFrom(parts, p + 1, tokens, end, ends, isWord)) return true;
  }
  return false;
}

function takenBy(parts: readonly Part[], tokens: Tokens, ends: readonly number[]): readonly Tokens[] {
  const taken: Tokens[] = [];
  for (let p = 0; p < parts.length; p++) {
    if (parts[p]!.kind !== 'word') taken.push(tokens.slice(p === 0 ? 0 : ends[p - 1], ends[p]));
  }
  return taken;
}
