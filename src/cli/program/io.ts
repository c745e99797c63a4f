/**
 * The part of the process that a program uses. Programs are functions, `main(argv, io) -> exit status`, so tests call them
 * directly; the files in `programs/` pass the real process. Arguments are byte strings, like everything below the public face.
 */
export interface Io {
  /** Standard input, as it arrives. A chunk may be overwritten when the next one is requested. */
  readonly stdin: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Lines that a person types at a terminal, with editing and history. Absent if the input is not a terminal. */
  typedLines?(prompt: string): AsyncIterable<string>;
  /** Writes byte strings (one character a byte) or bytes; output keeps the order of calls. */
  out(data: string | Uint8Array): void;
  err(data: string | Uint8Array): void;
  /**
   * Writes to standard error without waiting for its reader; false: the reader has not taken the earlier output, and this text
   * is left out. Absent: `err` never waits.
   */
  log?(data: string): boolean;
  /** Writes buffered output at once, for people who wait for it. Absent if nothing is buffered. */
  flush?(): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The name by which the program was called; getopt's messages start with it. */
  readonly argv0: string;
  /** Standard error is a terminal: progress lines make sense. */
  readonly isTerminal: boolean;
  /** Standard output is a terminal whose user wants color. Absent: it is not. */
  readonly takesColor?: boolean;
}

/** A program: gets everything through its arguments, and returns its exit status. */
export type Program = (argv: readonly string[], io: Io) => number | Promise<number>;
