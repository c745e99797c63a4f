/** A range of tokens in the stack of the engine -> its marks, a copy of it, or the range at another place. */
import type { Tokens } from './vocabulary.ts';

/** The marks of all tokens together. @param marks those of each token, by its number */
export function marksOf(stack: Int32Array, base: number, count: number, marks: readonly number[]): number {
  let all = 0;
  for (let i = base; i < base + count; i++) all |= marks[stack[i]!]!;
  return all;
}

/** Moves tokens down. Returns their marks. */
export function settle(stack: Int32Array, from: number, count: number, to: number, marks: readonly number[]): number {
  let all = 0;
  for (let i = 0; i < count; i++) {
    const token = stack[from + i]!;
    stack[to + i] = token;
    all |= marks[token]!;
  }
  return all;
}

/** The tokens, for a listener. */
export function copyOf(stack: Int32Array, base: number, count: number): Tokens {
  const tokens = new Array<number>(count);
  for (let i = 0; i < count; i++) tokens[i] = stack[base + i]!;
  return tokens;
}
