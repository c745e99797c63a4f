/** The place of an entry: a line of a source file, counted from 1; without a line, a map that has no source file. */
export interface Source {
  readonly file: string;
  readonly line?: number;
}
