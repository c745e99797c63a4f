/** `--progress`: one line on a terminal that shows the progress of a long run; removed at the end. */
import type { Io } from './io.ts';

const FIRST_AFTER_MS = 1000;
const EVERY_MS = 250;

/** The line of one program. Runs of under a second show nothing. */
export class Progress {
  readonly #program: string;
  readonly #io: Io;
  #next = Date.now() + FIRST_AFTER_MS;
  #shown = false;

  constructor(program: string, io: Io) {
    this.#program = program;
    this.#io = io;
  }

  /** @param text called when the line is due */
  show(text: () => string): void {
    if (Date.now() < this.#next) return;
    this.#io.err(Buffer.from(`\r${this.#program}: ${text()}`));
    this.#io.flush?.();
    this.#next = Date.now() + EVERY_MS;
    this.#shown = true;
  }

  wipe(): void {
    if (this.#shown) this.#io.err(Buffer.from('\r\x1b[K'));
    this.#shown = false;
  }
}

/** Passes the chunks on, and shows how much was read. */
export async function* withProgress(source: Io['stdin'], program: string, io: Io): AsyncGenerator<Uint8Array> {
  const progress = new Progress(program, io);
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    progress.show(() => `${(bytes / 1e6).toFixed(1)} MB read`);
    yield chunk;
  }
  progress.wipe();
}
