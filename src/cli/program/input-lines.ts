/**
 * Chunks of standard input -> lines as byte strings, without their newlines. Memory is one line of at most {@link
 * MAX_INPUT_LINE} bytes; time is linear, whatever the size of the chunks.
 */
import type { Io } from './io.ts';

/** Longest line, in bytes. */
export const MAX_INPUT_LINE: number = 1024 * 1024;

/** Lines in order; undefined replaces one that is too long. The last line may lack its newline. */
export async function* inputLines(chunks: Io['stdin']): AsyncGenerator<string | undefined> {
  let pieces: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    for (const [i, piece] of Buffer.from(chunk).toString('latin1').split('\n').entries()) {
      if (i > 0) {
        yield length > MAX_INPUT_LINE ? undefined : pieces.join('');
        pieces = [];
        length = 0;
      }
      length += piece.length;
      if (length > MAX_INPUT_LINE) pieces = [];
      else if (piece !== '') pieces.push(piece);
    }
  }
  if (length > 0) yield length > MAX_INPUT_LINE ? undefined : pieces.join('');
}
