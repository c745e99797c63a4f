/**
 * Lines that a person types at a terminal, with the editing and the history of readline, as byte strings.
 */
import { createInterface } from 'node:readline';
import { type ByteString, encodeText } from '../../core/bytes.ts';

/** The lines of the process's terminal, each behind the prompt. Control and D ends them, control and C the program. */
export async function* typedLines(prompt: string): AsyncGenerator<ByteString> {
  const typed = createInterface({ input: process.stdin, output: process.stdout, prompt });
  try {
    typed.prompt();
    for await (const line of typed) {
      yield encodeText(line);
      typed.prompt();
    }
  } finally {
    typed.close();
  }
}
