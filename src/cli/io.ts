/**
 * What a program sees of its process. Programs are functions, `main(argv, io) -> exit status`, so that tests call them
 * in-process; the files in `programs/` give them the real thing.
 */
export interface Io {
  /** Standard input, as it arrives. */
  readonly stdin: AsyncIterable<Uint8Array> & { readonly fd?: number };
  /** Write byte strings (one character a byte) or bytes; order between the two streams is the callers'. */
  out(data: string | Uint8Array): void;
  err(data: string | Uint8Array): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How the program was called: getopt's messages start with it. */
  readonly argv0: string;
  /** Terminal on standard error: progress lines make sense. */
  readonly isTerminal: boolean;
}
