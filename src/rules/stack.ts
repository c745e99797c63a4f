/** The tokens of all running rulesets, one after the other, and where the last result stands in them. */
import { MAX_TOKENS } from './tokens.ts';
import type { Tokens } from './vocabulary.ts';

/** Room for 50 nested calls, each after the tokens of its caller and those that it builds. */
const SIZE = 1 << 18;
/** Room for a right side, before and after its lookups. */
const ROOM_ABOVE = 4 * MAX_TOKENS;

export class Stack {
  readonly tokens: Int32Array = new Int32Array(SIZE);
  /** The offset of the right side or the result that was built last. */
  built = 0;
  /** The marks of its tokens together, and perhaps more. */
  marks = 0;
  /** The offset for the tokens of other rulesets, which a map that is asked may run. */
  top = 0;

  /** Whether there is room after an offset for everything that is built there. */
  hasRoom(end: number): boolean {
    return end + ROOM_ABOVE <= SIZE;
  }

  /** Moves the last result down. */
  settle(count: number, to: number): void {
    const { tokens, built } = this;
    // copyWithin is slower for some ten tokens
    if (built !== to) for (let i = 0; i < count; i++) tokens[to + i] = tokens[built + i]!;
    this.built = to;
  }

  /** The tokens, for a listener. */
  copy(base: number, count: number): Tokens {
    const tokens = new Array<number>(count);
    for (let i = 0; i < count; i++) tokens[i] = this.tokens[base + i]!;
    return tokens;
  }
}

/** The marks of all tokens together. @param marks those of each token, by its number */
export function marksOf(stack: Int32Array, base: number, count: number, marks: readonly number[]): number {
  let all = 0;
  for (let i = base; i < base + count; i++) all |= marks[stack[i]!]!;
  return all;
}
