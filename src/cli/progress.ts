/** `--progress`: on a terminal, one line that says how much input a long run has read; wiped at the end. */
import type { Io } from './io.ts';

const FIRST_AFTER_MS = 1000;
const EVERY_MS = 250;

/** Passes the chunks on. Runs of under a second show nothing. */
export async function* withProgress(source: Io['stdin'], program: string, io: Io): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let next = Date.now() + FIRST_AFTER_MS;
  let shown = false;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (Date.now() >= next) {
      io.err(`\r${program}: ${(bytes / 1e6).toFixed(1)} MB read`);
      next = Date.now() + EVERY_MS;
      shown = true;
    }
    yield chunk;
  }
  if (shown) io.err('\r\x1b[K');
}
