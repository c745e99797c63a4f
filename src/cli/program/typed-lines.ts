/** Lines typed at a terminal, with the editing and history of readline -> byte strings. */
import { createInterface } from 'node:readline';
import { type ByteString, encodeText } from '../../core/bytes.ts';

/** The lines of the process's terminal, after a prompt each. Control-D ends them, control-C ends the program. */
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
