/**
 * What a program sees of its process. Programs are functions, `main(argv, io) -> exit status`, so that tests call them
 * in-process; the files in `programs/` give them the real thing. Arguments are byte strings, as everything below the
 * public face.
 */
export interface Io {
  /** Standard input, as it arrives. A chunk may be overwritten when the next one is asked for. */
  readonly stdin: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Lines that a person types at a terminal, with editing and history. Absent where the input is no terminal. */
  typedLines?(prompt: string): AsyncIterable<string>;
  /** Write byte strings (one character a byte) or bytes; the order of calls is the order of output. */
  out(data: string | Uint8Array): void;
  err(data: string | Uint8Array): void;
  /**
   * Writes to standard error without waiting for whoever reads it; false: it did not take what was written before, and this is
   * left out. Absent: `err` never waits.
   */
  log?(data: string): boolean;
  /** Hands over at once what was written: for what people wait for. Absent where nothing is held back. */
  flush?(): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How the program was called: getopt's messages start with it. */
  readonly argv0: string;
  /** Terminal on standard error: progress lines make sense. */
  readonly isTerminal: boolean;
  /** Standard output is a terminal whose user wants color. Absent: it is not. */
  readonly takesColor?: boolean;
}

/** A program: everything it needs comes in, its exit status comes out. */
export type Program = (argv: readonly string[], io: Io) => number | Promise<number>;
